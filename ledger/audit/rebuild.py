"""Rebuilds everything that follows from the log, and from nothing else.

What is rebuilt is what entries say; whether they may say it is for ``verify``. A source
may answer differently the second time: the root over all entries read here is returned,
to be held against the root that was verified.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple, Protocol, cast

from ledger.audit.books import Moves
from ledger.audit.history import HistoryReader
from ledger.audit.ordered import OrderedState
from ledger.audit.parsing import Foreseen, Taken, take_apart
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import AnyAct, Replay, place_of
from ledger.audit.workers import Workers
from ledger.domain.errors import RejectionError
from ledger.domain.rules.dates import date_in
from ledger.domain.state import LedgerRecord, Record, Slice
from ledger.integrity.merkle import EMPTY, Frontier, leaf_hash

LEAVES: Final = 1_000
"""The tree grows by so many at a time: nobody asks for the roots between."""


class UnreadableHistoryError(Exception):
    """The log cannot be replayed; audit it first."""

    def __init__(self, position: int) -> None:
        """Name the first entry that cannot be read."""
        super().__init__(position)
        self.position = position


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """How far history is replayed, both inclusive; without either to its end."""

    position: int | None = None
    instant: str | None = None

    def holds(self, position: int, recorded_at: str) -> bool:
        """Tell whether an entry lies within."""
        early = self.position is None or position <= self.position
        return early and (self.instant is None or recorded_at <= self.instant)


class Step(NamedTuple):
    """One entry that was applied: its bytes, and the records it changed.

    Of one that was ``foreseen`` there is no act, and what it made is only written.
    """

    position: int
    recorded_at: str
    raw: bytes
    leaf: bytes
    act: AnyAct | None = None
    changes: tuple[Record, ...] = ()
    foreseen: Foreseen | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Return the stream and the topic of the entry."""
        if self.act is not None:
            return place_of(self.act)
        found = cast("Foreseen", self.foreseen)
        return found.stream, found.topic


class Observer(Protocol):
    """Looks on while history is replayed."""

    def wants(self, foreseen: Foreseen, /) -> bool:
        """Tell whether an entry must be read in full, though it is plain."""
        ...

    def before(self, act: AnyAct, state: Slice, /) -> None:
        """See an act before its effects are in the state."""
        ...

    def after(self, step: Step, state: Slice, /) -> None:
        """See an entry after its effects are in the state."""
        ...


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
    run, tree, going = _Run(rebuilt, observers, until=until), _Tree(), True
    with closing(_taken(iter(entries), run, effort=effort)) as read:
        for position, (stored, taken) in enumerate(read):
            tree.add(taken.leaf)
            if on_leaf is not None:
                on_leaf(taken.leaf)
            going = going and run.apply(stored.raw, taken, position=position)
    frontier = tree.finish()
    rebuilt.entries, rebuilt.root = frontier.size, frontier.root()
    return rebuilt


def _taken(
    entries: Iterator[SourceEntry], run: "_Run", *, effort: Effort
) -> Generator[tuple[SourceEntry, Taken], None, None]:
    """Yield all entries, those that may be applied taken apart."""
    last, news = run.until.position, run.rebuilt.replay.take_news
    within = entries if last is None else islice(entries, last + 1)
    workers = effort.workers
    with closing(workers.take_all(within, size=effort.size, news=news)) as taken:
        yield from taken
    for stored in entries:
        yield stored, Taken(leaf_hash(stored.raw))


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
                step = Step(
                    position, bank.recorded_at, raw, taken.leaf, foreseen=foreseen
                )
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
        step = Step(act.position, act.recorded_at, raw, taken.leaf, act, changes)
        self._tell(step)

    def _pass(self, taken: Taken, foreseen: Foreseen, *, position: int) -> bool:
        if any(one.wants(foreseen) for one in self._observers):
            return False
        return self.rebuilt.replay.take_foreseen(taken, position, reader=self._reader)

    def _tell(self, step: Step) -> None:
        for one in self._observers:
            one.after(step, self.rebuilt.state)
        self.rebuilt.position = step.position
        self.rebuilt.recorded_at = step.recorded_at


class _Tree:
    """The root over what was read, grown many leaves at a time."""

    def __init__(self) -> None:
        self._frontier = EMPTY
        self._leaves: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        self._leaves.append(leaf)
        if len(self._leaves) >= LEAVES:
            self.finish()

    def finish(self) -> Frontier:
        self._frontier = self._frontier.extend(self._leaves)
        self._leaves.clear()
        return self._frontier
