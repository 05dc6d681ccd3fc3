"""What lines have made is found by name, and nothing makes it again."""

from dataclasses import replace

import pytest

from ledger.audit.forms import Columns
from ledger.audit.history import HistoryReader
from ledger.audit.packed import names_of
from ledger.audit.passing import LinesAtOnce, PassingState
from ledger.audit.places import are_filed
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import Replay
from ledger.audit.spilling import StreamRecord
from ledger.audit.stretches import Stretch
from ledger.domain.state import AccountRecord, LotRecord, StatementRecord
from tests.listing import AHEAD, FILED_ELSEWHERE, LINES, HeldRange, learner, listings

AWARDS = LINES - 1
"""Their like came in a list before: one is read by itself, and the rest follow."""
PLENTY = 1_000
Turn = tuple[LinesAtOnce, PassingState, Stretch, list[SourceEntry], Replay]


def turn(*, of_awards: bool = True, in_memory_max: int = PLENTY) -> Turn:
    """Return all as it is when a stretch of awards, or of accounts, has its turn."""
    ours, _ = listings()
    state, reader = PassingState(lines_in_memory_max=in_memory_max), HistoryReader()
    replay = Replay(state)
    lines = LinesAtOnce(replay, state)
    pieces = AHEAD.take_pieces(ours.entries, size=None, news=replay.take_news)
    position = 0
    for entries, found in pieces:
        if isinstance(found, Stretch):
            if any(found.columns.award_ids) == of_awards:
                return lines, state, found, list(entries), replay
            end = len(entries)
            assert lines.take(found, entries, start=0, end=end) == end
            position += end
            continue
        recorded = reader.read(entries[0].raw, position=position)
        assert recorded is not None
        assert list(replay.apply(recorded.act)) == []
        position += 1
    raise AssertionError


def passed(now: Turn, entries: list[SourceEntry] | None = None) -> int:
    """Return how many lines are passed."""
    lines, _, stretch, stored, _ = now
    return lines.take(stretch, entries or stored, start=0, end=len(stored))


@pytest.mark.parametrize("in_memory_max", [0, PLENTY])
def test_lines_are_passed_once(in_memory_max: int) -> None:
    """Whether their names are in memory or not."""
    now = turn(in_memory_max=in_memory_max)

    assert passed(now) == AWARDS
    assert passed(now) == 0
    now[1].close()


def test_where_no_place_is_told_no_stream_is_begun() -> None:
    """Some sources tell none; and one that tells some is read line by line."""
    now, other = turn(), turn()
    unfiled = [SourceEntry(raw=one.raw) for one in now[3]]
    award = now[2].columns.award_ids[0]

    assert passed(now, unfiled) == AWARDS
    assert passed(other, [*other[3][:2], *unfiled[2:]]) == AWARDS

    for (_, state, *_), begun in ((now, False), (other, True)):
        assert ((StreamRecord, f"award:{award}") in state.known) == begun
        assert (LotRecord, award) in state.known


@pytest.mark.parametrize("place", range(4))
def test_what_is_there_already_stops_lines_before_it(place: int) -> None:
    """An award, an id that was used, a stream that another entry has begun."""
    stretch = turn()[2]
    award, used = stretch.columns.award_ids[place], stretch.columns.ids[place]
    text = stretch.patterns[0].own.filled_at(stretch.columns, place)
    lot = LotRecord.model_validate_json(text)
    said = StatementRecord(iss=stretch.iss, id=used, payload_hash="h", position=1)
    begun = StreamRecord(stream=f"award:{award}", version=1)

    for record in (lot, said, begun):
        for in_memory_max in (0, PLENTY):
            now = turn()
            now[1]._in_memory_max = in_memory_max  # noqa: SLF001
            now[1].put([record])
            assert passed(now) == place
            # Behind it they go on.
            start, end = place + 1, len(now[3])
            left = now[0].take(now[2], now[3], start=start, end=end)
            assert left == end - start
            now[1].close()


@pytest.mark.parametrize("name", ["ids", "award_ids"])
def test_a_stretch_that_makes_one_thing_twice_stops_before_the_second(
    name: str,
) -> None:
    """Nobody else has made it before."""
    lines, _, stretch, entries, _ = turn()
    columns = stretch.columns._replace(
        ids=list(stretch.columns.ids), award_ids=list(stretch.columns.award_ids)
    )
    column = getattr(columns, name)
    column[2] = column[0]
    again = stretch._replace(columns=columns, is_filed=True)

    assert lines.take(again, entries, start=0, end=4) == 2


@pytest.mark.parametrize("changes", [{"closed": True}, {"merged_into": "learner_x"}])
@pytest.mark.parametrize("in_memory_max", [0, PLENTY])
def test_an_account_that_is_not_open_stops_lines(
    changes: dict[str, object], in_memory_max: int
) -> None:
    """Even one that a line has opened, and that was known to be open."""
    now = turn(in_memory_max=in_memory_max)
    state, learner_id = now[1], now[2].columns.learner_ids[1]
    assert state._are_open(names_of(now[2].columns.learner_ids))  # noqa: SLF001
    account = state.find(AccountRecord, learner_id)
    assert account is not None

    state.put([account.replacing(**changes)])

    assert passed(now) == 1
    state.close()


def test_an_account_that_was_never_opened_stops_lines() -> None:
    """There is nobody to credit."""
    _, _, stretch, entries, _ = turn()
    state = PassingState()
    replay = Replay(state)
    lines = LinesAtOnce(replay, state)

    assert lines.take(stretch._replace(as_of=0), entries, start=0, end=4) == 0


def test_few_accounts_are_kept_as_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked at again."""
    monkeypatch.setattr("ledger.audit.passing._OPEN_MAX", 0)
    now = turn()
    others = names_of([learner(number + LINES) for number in range(LINES)])
    assert now[1]._are_open(others)  # noqa: SLF001

    assert passed(now) == AWARDS
    assert now[1]._open == set(names_of(now[2].columns.learner_ids))  # noqa: SLF001


@pytest.mark.parametrize("in_memory_max", [0, PLENTY])
def test_accounts_are_counted_once(in_memory_max: int) -> None:
    """One that a line has opened, and that has changed since, is no second one."""
    now = turn(in_memory_max=in_memory_max)
    state = now[1]
    before = state.count(AccountRecord)
    account = state.find(AccountRecord, learner(3))
    assert account is not None

    state.put([account.replacing(closed=True)])

    assert state.count(AccountRecord) == before
    state._in_memory_max = 0  # noqa: SLF001
    state.put([StreamRecord(stream="s", version=1)])
    assert state.count(AccountRecord) == before
    found = state.find(AccountRecord, learner(3))
    assert found is not None
    assert found.closed
    state.close()


@pytest.mark.parametrize("in_memory_max", [0, PLENTY])
def test_what_no_line_has_made_is_nowhere(in_memory_max: int) -> None:
    """Of another kind, another issuer, or with a name that no line has."""
    now = turn(in_memory_max=in_memory_max)
    assert passed(now) == AWARDS
    state, columns = now[1], now[2].columns
    award, used, one = columns.award_ids[1], columns.ids[1], columns.learner_ids[1]

    for ref in (
        (LotRecord, one),
        (LotRecord, used),
        (LotRecord, f"award_{used}"),
        (LotRecord, award.replace("-", "")),
        (LotRecord, "award_of-nobody"),
        (LotRecord, "award_" + "x" * 32),
        (AccountRecord, award),
        (AccountRecord, f"learner_{award[-36:].replace('-', '')}"),
        (StatementRecord, ("another", used)),
        (StatementRecord, (now[2].iss, award)),
        (StreamRecord, f"account:{award}"),
        (StreamRecord, award),
    ):
        assert ref not in state.known
    assert (StreamRecord, f"award:{award}") in state.known
    assert (StreamRecord, f"account:{one}") in state.known
    state.close()


def test_lines_of_two_kinds_are_passed_kind_by_kind() -> None:
    """An account may be opened and credited by the same list."""
    _, state, opened, entries, replay = turn(of_awards=False)
    awarded = turn()[2]
    both = [
        list[str](a) + list[str](b)
        for a, b in zip(opened.columns.texts(), awarded.columns.texts(), strict=True)
    ]
    columns = Columns.of(both, positions=range(len(both[0])))
    mixed = opened._replace(
        patterns=[*opened.patterns, *awarded.patterns],
        which=[0] * len(opened.which) + [1] * len(awarded.which),
        columns=columns,
        is_filed=True,
    )

    lines = LinesAtOnce(replay, state)

    end = len(mixed.which)
    assert lines.take(mixed, entries, start=0, end=end) == end
    for award in awarded.columns.award_ids:
        assert state.find(LotRecord, award) is not None


@pytest.mark.parametrize("change", FILED_ELSEWHERE, ids=str)
def test_a_line_that_is_filed_elsewhere_stops_lines(change: dict[str, object]) -> None:
    """Its place is reported where it is read by itself."""
    now = turn(of_awards=False)
    entries = [*now[3]]
    entries[1] = replace(entries[1], **change)  # type: ignore[arg-type]  # its own fields

    assert passed(now, entries) == 1


def test_a_shared_record_that_changed_since_stops_lines() -> None:
    """Every line looked at it."""
    now = turn()
    changed = [one for one in now[1].known.values() if one is not None and one.shared]

    now[4]._note(changed)  # noqa: SLF001

    assert passed((*now[:2], now[2]._replace(as_of=0), *now[3:])) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"position": 7},
        {"stream": "award:another"},
        {"version": 2},
        {"topic": "account.opened.v1"},
    ],
    ids=str,
)
def test_lines_are_filed_right_where_each_of_them_is(change: dict[str, object]) -> None:
    """As a store numbers and names them."""
    _, _, stretch, entries, _ = turn()
    assert are_filed(stretch, HeldRange(entries).read())

    entries[1] = replace(entries[1], **change)  # type: ignore[arg-type]  # its own fields

    assert not are_filed(stretch, HeldRange(entries).read())
