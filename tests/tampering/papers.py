"""Harm to what leaves the bank as a file: receipts, bundles, cosigned checkpoints.

Each is read by whoever holds it, with the ledger's name alone or the bank's key. One
bit is turned, anywhere: it is refused, or what it says is found to be wrong.
"""

import functools
import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

import orjson
from pydantic import BaseModel, ValidationError

from ledger.audit.bundles.form import Bundle, NotABundleError, Scope, ScopeKind
from ledger.audit.bundles.making import make_bundle
from ledger.audit.bundles.part import verify_part
from ledger.audit.bundles.whole import BundleSource
from ledger.audit.findings import Finding
from ledger.audit.verify import WrongLedgerError, verify
from ledger.integrity.checkpoints import parse_note, read_checkpoint
from ledger.integrity.cosignatures import cosign, cosignatures_in, name_key
from ledger.integrity.errors import CheckpointError, ReceiptError
from ledger.integrity.keys import KeyUse
from tests.bank import ORIGIN
from tests.tampering.copies import copy_of
from tests.tampering.crude import flipped
from tests.tampering.grounds import Ground, seeded_key
from tests.tampering.receipts import SHOWN, Shown

Chance = random.Random


class Paper(Protocol):
    """Does one harm to what a ledger has given out, and reads it again."""

    def __call__(self, ground: Ground, theirs: Ground, /, *, chance: Chance) -> str:
        """Say what is wrong with how it was read, nothing if nothing is."""


def flip_receipt(
    ground: Ground, _: Ground, *, chance: Chance, show: Callable[[Ground], Shown]
) -> str:
    """Turn a bit of a receipt; only its statement's id is for filing and unproven."""
    shown = show(ground)
    raw = orjson.dumps(shown.receipt.model_dump(mode="json", exclude_none=True))
    changed = flipped(raw, chance.randrange(len(raw) * 8))
    try:
        receipt = type(shown.receipt).model_validate_json(changed)
        shown.verify(receipt)
    except (ValidationError, ReceiptError):
        return ""
    return "" if _only_filed(shown.receipt, receipt) else f"it holds: {changed!r}"


def _only_filed(receipt: BaseModel, changed: BaseModel) -> bool:
    known, said = (one.model_dump() for one in (receipt, changed))
    differing = {name for name in known if known[name] != said.get(name)}
    return differing == {"statement_id"}


def receipts_hold(ground: Ground, _: Ground, *, chance: Chance) -> str:
    """Verify a receipt as it was given out: no harm."""
    shown = chance.choice([*SHOWN.values()])(ground)
    shown.verify(shown.receipt)
    return ""


def flip_bundle(ground: Ground, _: Ground, *, chance: Chance) -> str:
    """Turn a bit of an exported ledger: found at its entry."""
    return _flip_a_line(ground, Scope(kind=ScopeKind.WHOLE), chance=chance)


def flip_part(ground: Ground, _: Ground, *, chance: Chance) -> str:
    """Turn a bit of some entries that were exported with their proof."""
    first, last = sorted(chance.sample(range(ground.size), 2))
    scope = Scope(kind=ScopeKind.RANGE, first=first, last=last)
    return _flip_a_line(ground, scope, chance=chance)


def _flip_a_line(ground: Ground, scope: Scope, *, chance: Chance) -> str:
    lines = [*make_bundle(copy_of(ground), ledger=ground.bank.ledger, scope=scope)]
    positions = [-1, *(orjson.loads(line)["position"] for line in lines[1:])]
    number = chance.randrange(len(lines))
    changed = flipped(lines[number], chance.randrange(len(lines[number]) * 8))
    raw = b"".join([*lines[:number], changed, *lines[number + 1 :]])
    findings = _findings(ground, raw, is_whole=scope.kind is ScopeKind.WHOLE)
    if findings is None:
        return ""
    # Of a line that says no position, one knows only after which other it stands.
    first, last = positions[max(0, number - 1)] + 1, positions[number]
    if any(_is_within(one, first, last=last) for one in findings if number):
        return ""
    if findings and number == 0:
        return ""
    return f"not found between {first} and {last}: {findings[:1]} {changed!r}"


def _is_within(finding: Finding, first: int, *, last: int) -> bool:
    end = finding.position if finding.last is None else finding.last
    return finding.position <= last and end >= first


def _findings(
    ground: Ground, raw: bytes, *, is_whole: bool
) -> tuple[Finding, ...] | None:
    """Return what is found, None if the file is refused as a whole."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flipped.bundle"
        path.write_bytes(raw)
        try:
            bundle = Bundle(path)
            if is_whole:
                return verify(BundleSource(bundle), ledger=ground.bank.ledger).findings
            return verify_part(bundle, ledger=ground.bank.ledger).findings
        except (NotABundleError, WrongLedgerError):
            return None


def flip_cosigned(ground: Ground, _: Ground, *, chance: Chance) -> str:
    """Turn a bit of a cosigned checkpoint: the log's or the witness's word is gone."""
    note = chance.choice(ground.read_heads).note
    head, _lines = parse_note(note)
    key = seeded_key("witness", "north", use=KeyUse.WITNESS)
    witness = name_key("north.example", key.public)
    cosigned = note + cosign(head, key, name=witness.name, seconds=1_790_000_000)
    raw = cosigned.encode()
    changed = flipped(raw, chance.randrange(len(raw) * 8)).decode(errors="replace")
    try:
        read_checkpoint(changed, origin=ORIGIN, key=ground.bank.checkpoint.public)
        found = cosignatures_in(changed, (witness,))
    except CheckpointError:
        return ""
    return f"both hold: {changed!r}" if found else ""


PAPERS: Final[Mapping[str, Paper]] = MappingProxyType(
    {
        f"flip-receipt-of-a-{name}": functools.partial(flip_receipt, show=show)
        for name, show in SHOWN.items()
    }
    | {
        one.__name__.replace("_", "-"): one
        for one in (receipts_hold, flip_bundle, flip_part, flip_cosigned)
    }
)
