"""A line is passed in its turn only if all that was assumed of it is so."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from ledger.audit.history import HistoryReader
from ledger.audit.packing import pack, unpack
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import Replay
from ledger.audit.spans import pieces_of
from ledger.audit.spilling import SpillingState, StreamRecord
from ledger.audit.stretches import LinesInOrder, Stretch, Unread
from ledger.audit.workers import Workers
from ledger.domain.state import AccountRecord, LotRecord, StatementRecord
from tests.listing import AHEAD, FILED_ELSEWHERE, LINES, listings

AWARDS = LINES - 1
"""Their like came in a list before: one is read by itself, and the rest follow."""
Turn = tuple[Replay, SpillingState, HistoryReader, Stretch, list[SourceEntry]]


def turn(*, of_awards: bool = True) -> Turn:
    """Return all as it is when a stretch of awards, or of accounts, has its turn."""
    ours, _ = listings()
    state, reader = SpillingState(), HistoryReader()
    replay = Replay(state)
    pieces = AHEAD.take_pieces(ours.entries, size=None, news=replay.take_news)
    position = 0
    for entries, found in pieces:
        if isinstance(found, Stretch) and any(found.columns.award_ids) == of_awards:
            return replay, state, reader, found, list(entries)
        for stored in entries:
            recorded = reader.read(stored.raw, position=position)
            assert recorded is not None
            assert list(replay.apply(recorded.act)) == []
            position += 1
    raise AssertionError


def passed(now: Turn) -> int:
    """Return how many lines are passed."""
    replay, state, _, stretch, entries = now
    lines = LinesInOrder(replay, state)
    return lines.take(stretch, entries, start=0, end=len(entries))


def test_all_lines_are_passed_where_nothing_is_in_the_way() -> None:
    """Filed or not: a source may tell no place."""
    now = turn()
    unfiled = [SourceEntry(raw=one.raw) for one in now[4]]

    assert passed(now) == AWARDS
    assert passed((*turn()[:4], unfiled)) == AWARDS


def test_what_is_there_already_stops_a_stretch_before_it() -> None:
    """An award, an id that was used, a stream that another entry has begun."""
    stretch = turn()[3]
    award, used = stretch.columns.award_ids[2], stretch.columns.ids[1]
    lot = LotRecord.model_validate_json(
        stretch.patterns[0].own.filled_at(stretch.columns, 2)
    )
    said = StatementRecord(iss=stretch.iss, id=used, payload_hash="h", position=1)
    begun = StreamRecord(stream=f"award:{award}", version=1)

    for record, count in ((lot, 2), (said, 1), (begun, 2)):
        now = turn()
        now[1].put([record])
        assert passed(now) == count


@pytest.mark.parametrize("changes", [{"closed": True}, {"merged_into": "learner_x"}])
def test_an_account_that_is_not_open_stops_a_stretch(
    changes: dict[str, object],
) -> None:
    """Or one that was never opened."""
    now = turn()
    _, state, _, stretch, entries = now
    learner_id = stretch.columns.learner_ids[0]
    account = state.find(AccountRecord, learner_id)
    assert account is not None

    state.put([account.replacing(**changes)])
    assert passed(now) == 0
    empty = SpillingState()
    assert passed((Replay(empty), empty, now[2], stretch, entries)) == 0


@pytest.mark.parametrize("change", FILED_ELSEWHERE, ids=str)
def test_a_line_that_is_filed_elsewhere_stops_a_stretch(
    change: dict[str, object],
) -> None:
    """Its place is reported where it is read by itself."""
    now = turn(of_awards=False)
    entries = [*now[4]]
    entries[1] = replace(entries[1], **change)  # type: ignore[arg-type]  # its own fields

    assert passed((*now[:4], entries)) == 1


def test_a_shared_record_that_changed_since_stops_a_stretch() -> None:
    """Every line looked at it; of what changed before they were told."""
    now = turn()
    changed = [one for one in now[1].known.values() if one is not None and one.shared]
    stale = now[3]._replace(as_of=0)

    now[0]._note(changed)  # noqa: SLF001
    assert passed((*now[:3], stale, now[4])) == 0


Change = Callable[[Stretch], Stretch]


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one._replace(iss="another"),
        lambda one: one._replace(kid="another#key"),
        lambda one: one._replace(batch=1),
        lambda one: one._replace(recorded_at="2000-01-01T00:00:00.000Z"),
        lambda one: one._replace(recorded_on="2000-01-01"),
    ],
    ids=["issuer", "key", "batch", "clock", "date"],
)
def test_lines_of_another_batch_are_not_expected(change: Change) -> None:
    """Or of another key, issuer or time."""
    _, _, reader, stretch, _ = turn()
    first = stretch.columns.positions[0]

    assert reader.expected(stretch, start=0, position=first) == AWARDS
    assert reader.expected(change(stretch), start=0, position=first) == 0
    assert reader.expected(stretch, start=0, position=first + 1) == 0
    # The next line of the batch is another one.
    assert reader.expected(stretch, start=1, position=first + 1) == 0


def test_without_its_header_no_line_is_expected() -> None:
    """But singles are, which have none; and they are not where a batch is open."""
    _, _, reader, stretch, _ = turn()
    singles = stretch._replace(batch=None)

    first = stretch.columns.positions[0]
    for some, expected in ((stretch, 0), (singles, AWARDS)):
        assert HistoryReader().expected(some, start=0, position=first) == expected
    assert reader.expected(singles, start=0, position=first) == 0


def test_a_batch_whose_clock_went_back_is_read_line_by_line() -> None:
    """Each line is told to have gone back, too."""
    _, _, reader, stretch, _ = turn()
    reader._recorded_at = "9999-01-01T00:00:00.000Z"  # noqa: SLF001

    first = stretch.columns.positions[0]
    assert reader.expected(stretch, start=0, position=first) == 0


def test_a_stretch_arrives_as_it_was_sent() -> None:
    """It is columns already."""
    stretch = turn()[3]

    assert unpack(pack([stretch])) == [stretch]


def test_a_worker_that_lost_an_entry_is_not_believed() -> None:
    """As many come back as were sent."""
    _, _, _, stretch, entries = turn()

    with pytest.raises(ValueError, match=str(AWARDS)):
        list(pieces_of([*entries, entries[0]], [stretch]))


def test_what_a_line_makes_tells_what_it_is_before_it_is_read() -> None:
    """Its kind and key are known, and its text is that of the record."""
    now = turn()
    assert passed(now) == AWARDS
    award = now[3].columns.award_ids[0]

    kept = cast("dict[object, object]", dict(now[1].known))
    unread = kept[LotRecord, award]
    lot = now[1].find(LotRecord, award)

    assert isinstance(unread, Unread)
    assert (unread.kind, unread.shared, unread.key) == ("lots", False, award)
    assert unread.read() == lot


def test_whoever_looks_at_none_ahead_takes_each_alone() -> None:
    """However many there are."""
    ours, _ = listings()
    replay = Replay()

    alone = Workers(at_once=0).take_pieces(
        ours.entries, size=None, news=replay.take_news
    )

    assert all(len(entries) == 1 for entries, _ in alone)
