"""Whatever is done to a bundle is found, at the entry that it was done to."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.audit.bundles.form import Bundle, NotABundleError, Scope, ScopeKind
from ledger.audit.bundles.part import verify_part
from ledger.audit.bundles.whole import BundleSource
from ledger.audit.verify import WrongLedgerError, verify
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.keys import KeyUse, SigningKey
from tests.bank import ORIGIN, Bank
from tests.bundled import (
    Change,
    Lines,
    check,
    edit_entry,
    export,
    flip,
    places,
    read_lines,
    write_bundle,
)
from tests.histories import award_of, write_history

pytestmark = pytest.mark.traced

WHOLE = Scope(kind=ScopeKind.WHOLE)
RANGE = Scope(kind=ScopeKind.RANGE, first=8, last=16)
AWARD = Scope(kind=ScopeKind.AWARD, id=award_of("a-2"))
FLIPS = 8
# The award's part holds positions 0 1 2 8 11 31 33 34 in lines 1 to 8.
HEADER, LINE, REVOKED = 4, 5, 6


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Write a history with singles, batches, corrections and a stolen key."""
    folder = tmp_path_factory.mktemp("forged")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as opened:
        write_history(opened)
        yield opened


@pytest.fixture(scope="module")
def raw(bank: Bank) -> dict[ScopeKind, bytes]:
    """Export once what the tests then change."""
    return {scope.kind: export(bank, scope) for scope in (WHOLE, RANGE, AWARD)}


def turn(line: int, field: str) -> Change:
    """Turn a bit of the first hash of a path."""

    def change(lines: Lines) -> None:
        lines[line][field][0] = flip(lines[line][field][0])

    return change


def put(line: int, **fields: object) -> Change:
    """Put fields of a line."""
    return lambda lines: lines[line].update(fields)


def edit(line: int, old: bytes, *, new: bytes) -> Change:
    """Change an entry's bytes."""
    return lambda lines: edit_entry(lines[line], old=old, new=new)


PARTS: list[tuple[str, Change, tuple[str, int]]] = [
    ("path", turn(LINE, "path"), ("not-included", 11)),
    ("batch-path", turn(LINE, "batch_path"), ("proof-invalid", 11)),
    ("no-path", lambda lines: lines[3].pop("path"), ("path-missing", 2)),
    (
        "no-batch-path",
        lambda lines: lines[LINE].pop("batch_path"),
        ("proof-invalid", 11),
    ),
    ("batch-path-of-none", put(3, batch_path=[]), ("batch-path-wrong", 2)),
    ("position", put(3, position=3), ("position-wrong", 3)),
    ("dropped", lambda lines: lines.pop(REVOKED), ("lines-missing", 35)),
    ("no-header", lambda lines: lines.pop(HEADER), ("line-without-header", 11)),
    ("swapped", lambda lines: lines.insert(2, lines.pop(3)), ("line-out-of-order", 1)),
    ("doubled", lambda lines: lines.append(lines[-1]), ("line-out-of-order", 34)),
    ("unreadable", put(3, more=1), ("line-unreadable", 2)),
    ("not-base64", put(3, entry="a"), ("line-unreadable", 2)),
    (
        "no-entry",
        edit(3, b'"position":2', new=b'"position": 2'),
        ("malformed-entry", 2),
    ),
    ("no-admission", lambda lines: lines.pop(2), ("unknown-key", 2)),
    ("moved", edit(LINE, b'"index":2', new=b'"index":3'), ("line-out-of-order", 11)),
    ("count", put(0, count=9), ("lines-missing", 35)),
    ("award", put(0, scope={"kind": "award", "id": "x"}), ("scope-not-there", 35)),
    (
        "learner",
        put(0, scope={"kind": "learner", "id": "nobody"}),
        ("scope-not-there", 35),
    ),
]


RANGES: list[tuple[str, Change, tuple[str, int]]] = [
    ("frontier", lambda one: turn_run(one, "frontier"), ("run-not-included", 8)),
    ("path", lambda one: turn_run(one, "path"), ("run-not-included", 8)),
    ("short", lambda one: one[0]["run"]["frontier"].clear(), ("run-not-included", 8)),
    ("dropped", lambda one: one.pop(6), ("position-missing", 12)),
    ("batch", lambda one: one.pop(11), ("batch-count-mismatch", 15)),
    ("entry", edit(-3, b'"index":7', new=b'"index":6'), ("line-out-of-order", 16)),
    ("scope", lambda one: one[0]["scope"].update(first=7), ("scope-not-there", 35)),
]


def turn_run(lines: Lines, field: str) -> None:
    """Turn a bit of what proves the run."""
    hashes = lines[0]["run"][field]
    hashes[0] = flip(hashes[0])


CHANGES = [
    pytest.param((kind, change, found), id=f"{kind}-{name}")
    for kind, table in ((ScopeKind.AWARD, PARTS), (ScopeKind.RANGE, RANGES))
    for name, change, found in table
]


@pytest.mark.parametrize("changed", CHANGES)
def test_a_changed_part_is_found(
    bank: Bank,
    raw: dict[ScopeKind, bytes],
    tmp_path: Path,
    *,
    changed: tuple[ScopeKind, Change, tuple[str, int]],
) -> None:
    """By kind and position, whoever changed it; a run has no gap, and is one piece."""
    kind, change, found = changed
    lines = read_lines(raw[kind])

    change(lines)

    report = verify_part(write_bundle(tmp_path, lines), ledger=bank.ledger)
    assert found in places(report.findings), report.findings


@pytest.mark.parametrize("kind", [ScopeKind.AWARD, ScopeKind.RANGE, ScopeKind.WHOLE])
def test_any_flipped_bit_is_found(
    bank: Bank, raw: dict[ScopeKind, bytes], tmp_path: Path, kind: ScopeKind
) -> None:
    """Anywhere in the file: a bundle has one spelling, and no byte of it is free."""
    draw = random.Random(str(kind))  # noqa: S311  # chooses where tests do harm
    path = tmp_path / "flipped"
    for _ in range(FLIPS):
        data = bytearray(raw[kind])
        place = draw.randrange(len(data))
        data[place] ^= 1 << draw.randrange(8)
        path.write_bytes(data)
        assert is_found(path, bank.ledger, kind=kind), place


def is_found(path: Path, ledger: str, *, kind: ScopeKind) -> bool:
    """Tell whether a file is refused, as a whole or at some place."""
    try:
        bundle = Bundle(path)
        if kind is ScopeKind.WHOLE:
            return not verify(BundleSource(bundle), ledger=ledger).passed
        return not verify_part(bundle, ledger=ledger).passed
    except (NotABundleError, WrongLedgerError):
        return True


def test_a_note_of_another_key_vouches_for_nothing(
    bank: Bank, raw: dict[ScopeKind, bytes], tmp_path: Path
) -> None:
    """The checkpoint key is the one that the ledger's name leads to."""
    for kind in (ScopeKind.AWARD, ScopeKind.RANGE):
        lines = read_lines(raw[kind])
        other = SigningKey.generate("operator", KeyUse.CHECKPOINT)
        signed = Checkpoint(origin=ORIGIN, size=35, root=bytes(32))
        lines[0]["checkpoint"] = sign_checkpoint(signed, other)

        report = verify_part(write_bundle(tmp_path, lines), ledger=bank.ledger)

        assert ("checkpoint-signature", 0) in places(report.findings)
        assert report.checkpoint_size == 0


def test_another_name_is_another_ledger(
    raw: dict[ScopeKind, bytes], tmp_path: Path
) -> None:
    """Whether the file says so, or its first entry does, or nothing can be read."""
    other = f"{ORIGIN}#" + "A" * 43
    lines = read_lines(raw[ScopeKind.AWARD])

    with pytest.raises(WrongLedgerError):
        check(tmp_path, raw[ScopeKind.AWARD], ledger=other)
    lines[0]["ledger"] = other
    with pytest.raises(WrongLedgerError):
        verify_part(write_bundle(tmp_path, lines), ledger=other)
    del lines[1]
    with pytest.raises(WrongLedgerError):
        verify_part(write_bundle(tmp_path, lines), ledger=other)
    for more in ({"scope": {"kind": "award", "id": "x", "first": 1}}, {"more": 1}):
        lines[0] |= more
        with pytest.raises(WrongLedgerError):
            verify_part(write_bundle(tmp_path, lines), ledger=other)


def test_lines_cut_off_a_whole_ledger_are_missed(
    bank: Bank, raw: dict[ScopeKind, bytes], tmp_path: Path
) -> None:
    """By the count and by the checkpoint; more than an entry in a line is none."""
    cut = read_lines(raw[ScopeKind.WHOLE])[:-1]
    more = read_lines(raw[ScopeKind.WHOLE])
    more[3]["path"] = []

    for lines, position in ((cut, 34), (more, 2)):
        source = BundleSource(write_bundle(tmp_path, lines))
        report = verify(source, ledger=bank.ledger)
        assert position in [one.position for one in report.findings]
