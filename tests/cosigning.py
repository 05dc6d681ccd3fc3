"""Logs with cosignatures at any times, run through the auditor's check of them."""

import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from ledger.audit.cosigned import Cosigned
from ledger.audit.ports import CosignedNote
from ledger.audit.witnessed import WitnessCheck, Witnesses
from ledger.domain.types import instant_of
from ledger.integrity.checkpoints import parse_note
from ledger.integrity.cosignatures import cosign
from ledger.integrity.merkle import EMPTY
from tests.tampering.cosigned import POLICY, witness_key
from tests.witnesses import HONEST, LOG_KEY, ORIGIN

BEGUN: Final = datetime(2026, 9, 1, tzinfo=UTC)
note_of: Final = functools.cache(HONEST.note)
leaves_of: Final = functools.cache(HONEST.leaves)


def instant(hours: int) -> str:
    """Return an instant so many hours after the log began."""
    return instant_of(BEGUN + timedelta(hours=hours))


def seconds(hours: int) -> int:
    """Return the same in POSIX time."""
    return int((BEGUN + timedelta(hours=hours)).timestamp())


def cosigned(size: int, hours: dict[str, int]) -> CosignedNote:
    """Return the checkpoint of a size, with what each witness added when."""
    note = note_of(size)
    checkpoint, _ = parse_note(note)
    lines = [
        cosign(checkpoint, witness_key(name), name=name, seconds=seconds(when))
        for name, when in sorted(hours.items())
    ]
    return CosignedNote(size=size, note=note + "".join(lines))


def checked(
    notes: Sequence[CosignedNote],
    recorded: Sequence[str | None],
    *,
    witnesses: Witnesses | None = None,
    shows_all: bool = True,
) -> WitnessCheck:
    """Run through a log whose entries were recorded at these instants."""
    check = WitnessCheck(
        witnesses or Witnesses(policy=POLICY),
        Cosigned(iter(notes), shows_all=shows_all),
        origin=ORIGIN,
        keys=lambda: [LOG_KEY.public],
    )
    frontier = EMPTY
    for position, (leaf, at) in enumerate(
        zip(leaves_of(len(recorded)), recorded, strict=True)
    ):
        check.record(position, at)
        frontier = frontier.append(leaf)
        if check.next_size == frontier.size:
            check.compare(frontier)
    check.finish(len(recorded))
    return check


def found(check: WitnessCheck) -> set[tuple[int, str]]:
    """Return each position that a finding concerns, with its code."""
    return {
        (position, one.code)
        for one in check.findings
        for position in range(one.position, (one.last or one.position) + 1)
    }
