"""What an audit says of cosignatures, against a plain reading of the same rules."""

import itertools
from datetime import datetime
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit.ports import CosignedNote
from ledger.audit.witnessed import Witnesses
from ledger.integrity.quorum import WINDOW, in_window
from tests.cosigning import checked, cosigned, found, instant
from tests.tampering.cosigned import NAMES, NEEDED, POLICY

HOURS: Final = st.integers(-30, 30)
GROUPS: Final = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from((0, 0, 1, 20, 25)),
        st.dictionaries(st.sampled_from(NAMES), HOURS, max_size=3),
    ),
    min_size=1,
    max_size=5,
)
Group = tuple[int, int, dict[str, int]]


@settings(deadline=None, max_examples=60)
@given(GROUPS, st.none() | st.integers(0, 200))
def test_times_and_quorum_are_judged_as_they_are_written_down(
    groups: list[Group], now: int | None
) -> None:
    """Entry by entry: the first cosignature over it, and the largest with quorum."""
    hours, ends, notes, recorded = 0, list[int](), list[CosignedNote](), list[str]()
    for count, passed, by in groups:
        hours += passed
        recorded += [instant(hours)] * count
        ends.append(len(recorded))
        notes.append(cosigned(len(recorded), {k: hours + v for k, v in by.items()}))

    seen = Witnesses(policy=POLICY, now=None if now is None else instant(now))
    check = checked(notes, recorded, witnesses=seen)

    assert found(check) == expected(groups, recorded, ends=ends, now=now)


def expected(
    groups: list[Group], recorded: list[str], *, ends: list[int], now: int | None
) -> set[tuple[int, str]]:
    """Return what a plain reading finds."""
    told: set[tuple[int, str]] = set()
    when: list[tuple[int, int]] = []
    for (_, _, by), end in zip(groups, ends, strict=True):
        at = datetime.fromisoformat(recorded[end - 1])
        when += [(end, int(at.timestamp()) + 3600 * one) for one in by.values()]
    enough = [len(by) >= NEEDED for _, _, by in groups]
    quorum = max(itertools.compress(ends, enough), default=0)
    newest = datetime.fromisoformat(recorded[-1] if now is None else instant(now))
    for position, at_text in enumerate(recorded):
        covering = [one for end, one in when if end > position]
        if covering and not in_window(at_text, first_seconds=min(covering)):
            late = min(covering) >= datetime.fromisoformat(at_text).timestamp()
            told.add((position, "cosigned-late" if late else "cosigned-early"))
        old = newest - datetime.fromisoformat(at_text) > WINDOW
        if position >= quorum and old:
            told.add((position, "quorum-missing"))
    return told
