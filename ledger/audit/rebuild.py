"""Rebuilds everything that follows from the log, and from nothing else.

What is rebuilt is what entries say; whether they may say it is for ``verify``. A source
may answer differently the second time: the root over all entries read here is returned,
to be held against the root that was verified.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from ledger.audit.books import Moves
from ledger.audit.growing import GrowingTree
from ledger.audit.history import HistoryReader
from ledger.audit.ordered import OrderedState
from ledger.audit.parsing import Foreseen, Taken, take_apart
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import AnyAct, Replay, place_of
from ledger.audit.steps import Observer, Step, Until
from ledger.audit.stretches import LinesInOrder, Stretch
from ledger.audit.workers import Workers
from ledger.domain.errors import RejectionError
from ledger.domain.rules.dates import date_in
from ledger.domain.state import LedgerRecord, Record
from ledger.integrity.merkle import leaf_hash

__all__ = [
    "Effort",
    "Observer",
    "Rebuilt",
    "Step",
    "UnreadableHistoryError",
    "Until",
    "apply_act",
    "rebuild",
    "rebuild_all",
]


class UnreadableHistoryError(Exception):
    """The log cannot be replayed; audit it first."""

    def __init__(self, position: int) -> None:
        """Name the first entry that cannot be read."""
        super().__init__(position)
        self.position = position


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What a replay may use: processes, told how many entries to expect, and memory.

    ``in_memory_max`` records are kept in memory; None stands for the usual number.
    """

    workers: Workers = field(default_factory=Workers)
    size: int | None = None
    in_memory_max: int | None = None


@dataclass(slots=True, kw_only=True)
class Rebuilt:
    """The state and the books after the last entry that was applied.

    ``entries`` and ``root`` are of all that was read, even of what lies beyond.
    """

    state: OrderedState = field(default_factory=OrderedState)
    replay: Replay = field(init=False)
    position: int = -1
    recorded_at: str = ""
    entries: int = 0
    root: bytes = b""

    def __post_init__(self) -> None:
        """Stand before entry 0."""
        self.replay = Replay(self.state)

    @property
    def date(self) -> str:
        """Return the date of the last entry in the ledger's time zone."""
        record = self.state.find(LedgerRecord, 0)
        return date_in(record.time_zone if record else "UTC", self.recorded_at)

    def close(self) -> None:
        """Let go of what was written down."""
        self.state.close()


def rebuild(entries: Iterable[bytes]) -> Iterator[tuple[Record, ...]]:
    """Yield the records that each entry changes, from position 0 on.

    Raises:
        UnreadableHistoryError: an entry cannot be read back.
        NoRoomError: there is no room on the disk for what lies still.
    """
    with closing(OrderedState()) as state:
        replay, reader = Replay(state), HistoryReader()
        for position, raw in enumerate(entries):
            recorded = reader.read(raw, position=position)
            if recorded is None:
                raise UnreadableHistoryError(position)
            yield replay.evolve(recorded.act)
            replay.take_news()


def rebuild_all(
    entries: Iterable[SourceEntry],
    *,
    until: Until,
    observers: Sequence[Observer] = (),
    on_leaf: Callable[[bytes], None] | None = None,
    effort: Effort | None = None,
) -> Rebuilt:
    """Apply the entries of a source up to a point; read, but do not apply, the rest.

    ``on_leaf`` is told the leaf hash of every entry, applied or not.

    Raises:
        UnreadableHistoryError: an entry cannot be read back or applied.
        NoRoomError: there is no room on the disk for what lies still.
        WorkerLostError: a process that read entries died.
    """
    effort = effort or Effort()
    rebuilt = Rebuilt(state=OrderedState(effort.in_memory_max))
    run, tree, going = _Run(rebuilt, observers, until=until), GrowingTree(on_leaf), True
    position = 0
    with closing(_pieces(map(_bare, entries), run, effort=effort)) as pieces:
        for some, found in pieces:
            if isinstance(found, Taken):
                tree.add(found.leaf)
                going = going and run.apply(some[0].raw, found, position=position)
            else:
                tree.add_all(found.leaves)
                going = going and run.apply_lines(some, found, position=position)
            position += len(some)
    frontier = tree.finish()
    rebuilt.entries, rebuilt.root = frontier.size, frontier.root()
    return rebuilt


def _bare(stored: SourceEntry) -> SourceEntry:
    # Where a store has filed it is not asked here.
    return SourceEntry(raw=stored.raw)


def _pieces(
    entries: Iterator[SourceEntry], run: "_Run", *, effort: Effort
) -> Generator[tuple[Sequence[SourceEntry], Taken | Stretch], None, None]:
    """Yield all entries, those that may be applied taken apart."""
    last, news = run.until.position, run.rebuilt.replay.take_news
    within = entries if last is None else islice(entries, last + 1)
    taking = effort.workers.take_pieces(
        within, size=effort.size, news=news, trusting=True
    )
    with closing(taking) as pieces:
        yield from pieces
    for stored in entries:
        yield [stored], Taken(leaf_hash(stored.raw))


def apply_act(
    act: AnyAct, raw: bytes, *, rebuilt: Rebuilt, observers: Sequence[Observer]
) -> None:
    """Apply one act, with everybody looking on.

    Raises:
        UnreadableHistoryError: it is about something that does not exist.
    """
    run = _Run(rebuilt, observers, until=Until())
    run.apply_act(act, Taken(leaf_hash(raw)), raw=raw)


class _Run:
    """Applies entry after entry, up to a point, with everybody looking on."""

    def __init__(
        self, rebuilt: Rebuilt, observers: Sequence[Observer], *, until: Until
    ) -> None:
        self.rebuilt = rebuilt
        self.until = until
        self._observers = observers
        self._reader = HistoryReader()
        self._lines = LinesInOrder(rebuilt.replay, rebuilt.state)

    def apply(self, raw: bytes, taken: Taken, *, position: int) -> bool:
        """Apply an entry; False if it lies beyond the point.

        Raises:
            UnreadableHistoryError: it cannot be read back or applied.
        """
        foreseen, bank = taken.foreseen, taken.bank
        # What lies beyond a position was not even taken apart.
        if not self.until.holds(position, bank.recorded_at if bank else ""):
            return False
        if foreseen is not None and bank is not None:
            if self._pass(taken, foreseen, position=position):
                place = foreseen.stream, foreseen.topic
                step = Step(position, bank.recorded_at, raw, taken.leaf, place)
                self._tell(step)
                return True
            taken = take_apart(raw)
        recorded = self._reader.place(taken, position)
        if recorded is None:
            raise UnreadableHistoryError(position)
        self.apply_act(recorded.act, taken, raw=raw, moves=recorded.moves)
        return True

    def apply_act(
        self, act: AnyAct, taken: Taken, *, raw: bytes, moves: Moves | None = None
    ) -> None:
        """Apply one act."""
        rebuilt = self.rebuilt
        try:
            for one in self._observers:
                one.before(act, rebuilt.state)
            changes = rebuilt.replay.evolve(act, moves)
        except (LookupError, RejectionError) as error:
            raise UnreadableHistoryError(act.position) from error
        at, place = act.recorded_at, place_of(act)
        step = Step(act.position, at, raw, taken.leaf, place, act, changes)
        self._tell(step)

    def apply_lines(
        self, entries: Sequence[SourceEntry], stretch: Stretch, *, position: int
    ) -> bool:
        """Apply lines in a row; False if they lie beyond the point.

        Raises:
            UnreadableHistoryError: one cannot be read back or applied.
        """
        within, start = self.until.holds(position, stretch.recorded_at), 0
        while within and start < len(entries):
            at = position + start
            passed = self._pass_lines(entries, stretch, start=start, position=at)
            if not passed:
                raw = entries[start].raw
                self.apply(raw, take_apart(raw), position=at)
            start += passed or 1
        return within

    def _pass_lines(
        self,
        entries: Sequence[SourceEntry],
        stretch: Stretch,
        *,
        start: int,
        position: int,
    ) -> int:
        """Apply lines that are as they were foreseen; return how many."""
        count = self._reader.expected(stretch, start=start, position=position)
        end = self._unwanted(stretch, start=start, end=start + count)
        passed = self._lines.take(stretch, entries, start=start, end=end)
        lines = range(start, start + passed)
        if passed:
            leaves = stretch.line_leaves[start : start + passed]
            self._reader.pass_lines(leaves, recorded_at=stretch.recorded_at)
            self.rebuilt.position = position + passed - 1
            self.rebuilt.recorded_at = stretch.recorded_at
        if self._observers:
            for at in lines:
                step = _step_of(
                    stretch, at, raw=entries[at].raw, shift=position - start
                )
                self._tell(step)
        return passed

    def _unwanted(self, stretch: Stretch, *, start: int, end: int) -> int:
        """Return up to where nobody wants a line to be read in full."""
        columns = stretch.columns
        for at in range(start, end):
            lot = columns.award_ids[at]
            learner_id = columns.learner_ids[at] if lot else ""
            if any(one.wants(lot, learner_id) for one in self._observers):
                return at
        return end

    def _pass(self, taken: Taken, foreseen: Foreseen, *, position: int) -> bool:
        lot = "" if foreseen.awarded_milli is None else str(foreseen.made[0].key)
        learner_id = foreseen.learner_id or ""
        if any(one.wants(lot, learner_id) for one in self._observers):
            return False
        return self.rebuilt.replay.take_foreseen(taken, position, reader=self._reader)

    def _tell(self, step: Step) -> None:
        for one in self._observers:
            one.after(step, self.rebuilt.state)
        self.rebuilt.position = step.position
        self.rebuilt.recorded_at = step.recorded_at


def _step_of(stretch: Stretch, at: int, *, raw: bytes, shift: int) -> Step:
    pattern, columns = stretch.patterns[stretch.which[at]], stretch.columns
    name = columns.award_ids[at] or columns.learner_ids[at]
    place = pattern.prefix + name, pattern.topic
    return Step(shift + at, stretch.recorded_at, raw, stretch.leaves[at], place)
