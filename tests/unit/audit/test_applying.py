"""Entries are applied alike, whether they were read in full or passed by."""

from collections.abc import Callable

import orjson
import pytest

from ledger.audit.applying import Applying, _Following
from ledger.audit.ordered import OrderedState
from ledger.audit.ports import SourceEntry
from ledger.audit.rebuild import Effort, Rebuilt, Until, rebuild_all
from ledger.audit.replay import AnyAct
from ledger.audit.steps import Step
from ledger.audit.stretches import Stretch
from ledger.audit.workers import Workers
from ledger.domain.state import KINDS, LotRecord, Slice
from tests.listing import AHEAD, ALONE, BY_RANGES, LINES, listings, ranged
from tests.tampering.copies import copy_of

Change = Callable[[Stretch], Stretch]


class Noting:
    """Notes where each entry stands and is filed, whether it is plain or not."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.steps: list[tuple[object, ...]] = []
        self.passed = 0

    def before(self, act: AnyAct, state: Slice) -> None:
        """Nothing: it notes what was applied."""

    def after(self, step: Step, _state: Slice) -> None:
        """Note an entry."""
        self.steps.append(step[:5])

    def pass_by(self, step: Step, state: Slice) -> None:
        """Note one that was not read."""
        self.passed += 1
        self.after(step, state)


class Wanting(Noting):
    """Wants to see all that some learners get."""

    def wants(self, lot: str, learner_id: str) -> bool:
        """Tell whether it is one of every second learner's."""
        return bool(lot) and learner_id[-1] in "02468ace"


def applied(workers: Workers, observer: Noting, *, verified: bool) -> Rebuilt:
    """Replay a ledger of lists with somebody looking on."""
    effort = Effort(workers=workers, verified=verified)
    entries = listings()[0].entries
    return rebuild_all(entries, until=Until(), observers=[observer], effort=effort)


def told(found: Rebuilt) -> list[object]:
    """Return all records, and how far it has come."""
    kinds = [list(found.state.all_of(kind)) for kind in KINDS.values()]
    books = found.replay.books.kept()
    found.close()
    return [*kinds, books.awards, books.awarded_milli, found.position, found.root]


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize("kind", [Noting, Wanting])
def test_whoever_looks_on_sees_each_entry_once_in_its_place(
    kind: type[Noting], *, verified: bool
) -> None:
    """Its bytes, its hash, and the stream it belongs to, as if all were read."""
    alone, ahead = Noting(), kind()

    expected = told(applied(ALONE, alone, verified=False))
    found = told(applied(AHEAD, ahead, verified=verified))

    assert ahead.steps == alone.steps
    assert found == expected
    assert alone.passed == 0
    assert ahead.passed > LINES


def replay(change: Change, *, verified: bool) -> list[object]:
    """Replay lists that come with something else said of the stretches."""
    rebuilt = Rebuilt(state=OrderedState(verified=verified), verified=verified)
    applying = Applying(rebuilt.state, rebuilt.replay, observers=())
    news, position = rebuilt.replay.take_news, 0
    pieces = AHEAD.take_pieces(listings()[0].entries, size=None, news=news)
    for entries, found in pieces:
        if isinstance(found, Stretch):
            applying.apply_lines(entries, change(found), position=position)
        else:
            applying.apply(entries[0].raw, found, position=position)
        position += len(entries)
    rebuilt.position = applying.position
    return told(rebuilt)


@pytest.mark.parametrize("verified", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        lambda one: one._replace(as_of=0),
        lambda one: one._replace(kid="another#key"),
    ],
    ids=["rules-changed", "another-key"],
)
def test_lines_that_are_not_as_foreseen_are_read_in_full(
    change: Change, *, verified: bool
) -> None:
    """Then they do what they say."""
    as_it_is = replay(lambda one: one, verified=verified)

    assert replay(change, verified=verified) == as_it_is


def moved(raw: bytes, by: int) -> SourceEntry:
    """Return an entry that stands so much later."""
    line, _, words = raw.partition(b"\n")
    said = orjson.loads(line)
    places = {name: said[name] + by for name in ("batch", "position") if name in said}
    return SourceEntry(raw=orjson.dumps(said | places) + b"\n" + words)


@pytest.mark.parametrize("in_memory_max", [0, 1_000])
def test_what_an_unverified_log_says_twice_is_there_once(in_memory_max: int) -> None:
    """A list that stands there again changes what it has made, however it is read."""
    entries = listings()[0].entries
    again = [moved(one.raw, LINES + 1) for one in entries[-LINES - 1 :]]
    found = []
    for workers in (ALONE, AHEAD):
        effort = Effort(workers=workers, in_memory_max=in_memory_max)
        found.append(rebuild_all([*entries, *again], until=Until(), effort=effort))

    lots = [one.position for one in found[1].state.all_of(LotRecord)]
    assert lots[-LINES:] == list(range(len(entries) + 1, len(entries) + LINES + 1))
    expected, ahead = map(told, found)
    assert ahead == expected


def test_lines_without_their_header_are_passed_by_none() -> None:
    """Nobody was told that any would come."""
    reader = _Following()

    reader.pass_lines([bytes(32)], recorded_at="2026-09-01T08:00:00.000Z")

    assert not reader.in_batch


def test_a_source_that_workers_read_themselves_is_replayed_alike() -> None:
    """By ranges of its own, and not by what the ordering process reads."""
    ours, _ = listings()
    source = ranged(copy_of(ours))
    effort = Effort(workers=BY_RANGES, ranged=source, verified=True)
    alone = rebuild_all(ours.entries, until=Until(), effort=Effort(workers=ALONE))

    found = rebuild_all((), until=Until(), effort=effort)

    assert found.root == alone.root
    assert told(found) == told(alone)


@pytest.mark.parametrize("most", [0, 1])
def test_accounts_that_are_forgotten_are_asked_for_again(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few of them are remembered as open."""
    expected = told(applied(ALONE, Noting(), verified=False))

    monkeypatch.setattr("ledger.audit.ordered._OPEN_MAX", most)

    assert told(applied(AHEAD, Noting(), verified=False)) == expected
