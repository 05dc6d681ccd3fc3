"""Bundles for tests: made of a bank's database, and changed line by line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from ledger.audit.bundles.form import Bundle, Scope
from ledger.audit.bundles.making import make_bundle
from ledger.audit.bundles.part import PartReport, verify_part
from ledger.audit.database import DatabaseSource
from ledger.audit.findings import Finding
from ledger.integrity.encoding import b64decode, b64encode
from tests.bank import Bank

Lines = list[dict[str, Any]]  # Any: JSON as it stands in the file.
Change = Callable[[Lines], object]


def export(bank: Bank, scope: Scope, *, shown: tuple[str, ...] = ()) -> bytes:
    """Return the bundle of a bank's own database."""
    source = DatabaseSource(bank.url)
    try:
        made = make_bundle(source, ledger=bank.ledger, scope=scope, disclosures=shown)
        return b"".join(made)
    finally:
        source.close()


def read_lines(raw: bytes) -> Lines:
    """Return the lines, the header's first."""
    return [orjson.loads(line) for line in raw.splitlines()]


def write_bundle(folder: Path, lines: Lines, *, name: str = "changed") -> Bundle:
    """Write lines in their one spelling, and open the file."""
    texts = (orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in lines)
    path = folder / f"{name}.bundle"
    path.write_bytes(b"".join(text + b"\n" for text in texts))
    return Bundle(path)


def check(folder: Path, raw: bytes, *, ledger: str) -> PartReport:
    """Verify the bytes of a part."""
    path = folder / "part.bundle"
    path.write_bytes(raw)
    return verify_part(Bundle(path), ledger=ledger)


def places(findings: tuple[Finding, ...]) -> set[tuple[str, int]]:
    """Return what was found, and where."""
    return {(one.code, one.position) for one in findings}


def edit_entry(line: dict[str, Any], *, old: bytes, new: bytes) -> None:
    """Change an entry's bytes."""
    raw = b64decode(line["entry"])
    assert old in raw
    line["entry"] = b64encode(raw.replace(old, new))


def flip(text: str) -> str:
    """Return a hash with its first bit turned."""
    raw = b64decode(text)
    return b64encode(bytes([raw[0] ^ 128]) + raw[1:])
