"""An audit counts what witnesses cosigned, and names what does not hold."""

from typing import Final

import pytest

from ledger.audit.cosigned import cosigned_by, cosigned_in
from ledger.audit.findings import WitnessFigures
from ledger.audit.ports import CosignedNote
from ledger.audit.witnessed import Witnesses
from ledger.integrity.checkpoints import Checkpoint, sign_checkpoint
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.merkle import EMPTY
from ledger.integrity.quorum import Policy
from ledger.store.heads import Head, StoredHead, head_state
from tests.cosigning import checked, cosigned, found, instant
from tests.tampering.cosigned import NAMES, POLICY
from tests.witnesses import HONEST, LOG_KEY, ORIGIN

STRANGER: Final = SigningKey.generate("stranger", KeyUse.CHECKPOINT)


def test_what_was_cosigned_is_counted_by_witness() -> None:
    """Strangers and forged lines do not count."""
    everyone = dict.fromkeys(NAMES, 0)
    first, last = cosigned(2, everyone), cosigned(4, {"north": 1})
    lines = str(first.note).splitlines(keepends=True)[-len(NAMES) :]
    moved = CosignedNote(size=3, note=HONEST.note(3) + "".join(lines))

    check = checked([first, moved, last], [instant(0)] * 4)

    assert check.figures == WitnessFigures(
        cosigned=2,
        with_quorum=1,
        quorum_size=2,
        seen={"east": 2, "north": 4, "south": 2},
    )
    assert found(check) == {(2, "cosignature-invalid")}
    assert [one.detail for one in check.findings] == list(NAMES)


def test_one_fork_is_told_once_with_its_run() -> None:
    """From the last checkpoint on that witnesses and entries agree about."""
    other = Checkpoint(origin=ORIGIN, size=5, root=bytes(32))
    notes = [cosigned(2, {"east": 0}), cosigned(5, {"east": 0})]
    twice = CosignedNote(size=5, note=HONEST.note(4))
    strange = CosignedNote(size=5, note=sign_checkpoint(other, STRANGER))
    forked = CosignedNote(size=5, note=sign_checkpoint(other, LOG_KEY))

    check = checked([*notes, twice, strange, forked], [instant(0)] * 6)

    assert [(one.code, one.position, one.last) for one in check.findings] == [
        ("cosigned-unsigned", 4, None),
        ("cosigned-unsigned", 4, None),
        ("cosigned-differs", 4, 4),
    ]


@pytest.mark.parametrize("recorded", [None, "2026-02-30T00:00:00.000Z"])
def test_an_entry_without_a_time_has_no_fault_of_witnesses(
    recorded: str | None,
) -> None:
    """It is at fault for itself."""
    check = checked([cosigned(2, {"east": 0, "north": 0})], [instant(0), recorded])

    assert check.findings == []


def test_a_policy_of_nobody_asks_for_no_quorum() -> None:
    """However old the log is."""
    nobody = Policy.read(b"[quorum]\nneeded = 0\nof = []\n")

    check = checked(
        [], [instant(0), instant(90)], witnesses=Witnesses(policy=nobody, now=None)
    )

    assert check.findings == []


def test_lines_find_the_heads_of_their_sizes() -> None:
    """Also when a head between them cannot be read, or there is none of that size."""
    heads = [filed(version, size) for version, size in enumerate((2, 3, 5), start=1)]
    broken = StoredHead(version=9, number=-9, topic="", state=b"{}")
    lines = [(2, "a"), (2, "b"), (4, "c"), (5, "d"), (6, "e")]

    read = list(cosigned_in([heads[0], broken, *heads[1:]], lines))

    assert read == [
        CosignedNote(size=2, note=HONEST.note(2) + "ab"),
        CosignedNote(size=4, note=None),
        CosignedNote(size=5, note=HONEST.note(5) + "d"),
        CosignedNote(size=6, note=None),
    ]


def filed(version: int, size: int) -> StoredHead:
    """Return a head as a store files it."""
    frontier = EMPTY.extend(HONEST.leaves(size))
    head = Head(
        version=version,
        size=size,
        root=frontier.root(),
        note=HONEST.note(size),
        frontier=frontier,
        recorded_at=instant(0),
        first_position=0,
    )
    return StoredHead(
        version=version, number=-version, topic="", state=head_state(head)
    )


@pytest.mark.parametrize("note", [None, "no note", HONEST.note(3), HONEST.note(0)])
def test_a_source_of_one_note_shows_what_is_cosigned_there(note: str | None) -> None:
    """One that says no size shows nothing, and one over nothing covers nothing."""

    class Folder:
        def checkpoint(self) -> str | None:
            return note

    shown = list(cosigned_by(Folder()).notes)

    assert len(shown) == (note not in {None, "no note"})
    assert checked(shown, [instant(0)] * 3).findings == []


def test_each_fault_of_what_was_cosigned_has_its_place() -> None:
    """Late, early, without quorum for a day, beyond the end, and of no size."""
    notes = [
        CosignedNote(size=1, note=None),
        cosigned(2, {"east": 26}),
        cosigned(4, {"east": 29}),
        cosigned(9, {"east": 60}),
    ]

    check = checked(notes, [instant(hour) for hour in (0, 1, 30, 30, 56, 70)])

    assert [(one.code, one.position, one.last) for one in check.findings] == [
        ("cosigned-missing", 0, None),
        ("cosigned-missing", 6, None),
        ("cosigned-late", 0, 1),
        ("cosigned-early", 2, 3),
        ("quorum-missing", 0, 3),
    ]


def test_a_bank_that_runs_is_held_to_the_auditors_clock() -> None:
    """Of a copy only its own entries tell how much time has passed."""
    notes = [cosigned(1, {"east": 0, "north": 0})]
    recorded = [instant(0), instant(1)]
    late = Witnesses(policy=POLICY, now=instant(26))

    assert checked(notes, recorded).findings == []
    assert found(checked(notes, recorded, witnesses=late)) == {(1, "quorum-missing")}
