"""Rebuilds everything that follows from the log, and from nothing else.

What is rebuilt is what entries say; whether they may say it is for ``verify``. A source
may answer differently the second time: the root over all entries read here is returned,
to be held against the root that was verified.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice

from ledger.audit.applying import Applying, UnreadableHistoryError
from ledger.audit.foreseeing import News
from ledger.audit.growing import GrowingTree
from ledger.audit.history import HistoryReader
from ledger.audit.ordered import OrderedState
from ledger.audit.parsing import Taken
from ledger.audit.ports import RangedSource, SourceEntry
from ledger.audit.replay import AnyAct, Replay
from ledger.audit.spans import Piece
from ledger.audit.steps import Observer, Step, Until
from ledger.audit.stretches import Stretch
from ledger.audit.workers import Workers
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What a replay may use: processes, told how many entries to expect, and memory.

    ``in_memory_max`` records are kept in memory; None stands for the usual number. Of a
    log that was ``verified`` nothing is looked up that an audit has seen: that what an
    entry makes is new, and that an account is open. A ``ranged`` source, which gives
    the same entries, is read by the processes themselves, unless its end is cut off.
    """

    workers: Workers = field(default_factory=Workers)
    size: int | None = None
    in_memory_max: int | None = None
    verified: bool = False
    ranged: RangedSource | None = None


@dataclass(slots=True, kw_only=True)
class Rebuilt:
    """The state and the books after the last entry that was applied.

    ``entries`` and ``root`` are of all that was read, even of what lies beyond.
    """

    state: OrderedState = field(default_factory=OrderedState)
    verified: bool = False
    replay: Replay = field(init=False)
    position: int = -1
    recorded_at: str = ""
    entries: int = 0
    root: bytes = b""

    def __post_init__(self) -> None:
        """Stand before entry 0."""
        self.replay = Replay(self.state, verified=self.verified)

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
    state = OrderedState(effort.in_memory_max, verified=effort.verified)
    rebuilt = Rebuilt(state=state, verified=effort.verified)
    applying = Applying(state, rebuilt.replay, observers=observers)
    news, tree, position = rebuilt.replay.take_news, GrowingTree(on_leaf), 0
    is_within = True
    with closing(_pieces(entries, until, news=news, effort=effort)) as pieces:
        for some, found in pieces:
            tree.add_all(found.leaves if isinstance(found, Stretch) else [found.leaf])
            is_within = is_within and until.holds(position, _recorded_at(found))
            if is_within and isinstance(found, Stretch):
                applying.apply_lines(some, found, position=position)
            elif is_within and isinstance(found, Taken):
                applying.apply(some[0].raw, found, position=position)
            position += len(some)
    rebuilt.position, rebuilt.recorded_at = applying.position, applying.recorded_at
    frontier = tree.finish()
    rebuilt.entries, rebuilt.root = frontier.size, frontier.root()
    return rebuilt


def _recorded_at(found: Taken | Stretch) -> str:
    if isinstance(found, Stretch):
        return found.recorded_at
    # What lies beyond a position was not even taken apart.
    return "" if found.bank is None else found.bank.recorded_at


def _pieces(
    entries: Iterable[SourceEntry],
    until: Until,
    *,
    news: Callable[[], News],
    effort: Effort,
) -> Generator[tuple[Sequence[SourceEntry], Taken | Stretch], None, None]:
    """Yield all entries, those that may be applied taken apart."""
    last, all_ = until.position, iter(entries)
    within = all_ if last is None else islice(all_, last + 1)
    with closing(_taking(within, until, news=news, effort=effort)) as pieces:
        yield from pieces
    # Of what is replayed to its end nothing is left.
    for stored in () if last is None else all_:
        yield [stored], Taken(leaf_hash(stored.raw))


def _taking(
    within: Iterable[SourceEntry],
    until: Until,
    *,
    news: Callable[[], News],
    effort: Effort,
) -> Generator[Piece[SourceEntry], None, None]:
    workers, ranged, size = effort.workers, effort.ranged, effort.size
    if ranged is not None and until.position is None and workers.are_worth(size):
        return workers.take_source(ranged, news=news, trusting=True)
    return workers.take_pieces(within, size=size, news=news, trusting=True)


def apply_act(
    act: AnyAct, raw: bytes, *, rebuilt: Rebuilt, observers: Sequence[Observer]
) -> None:
    """Apply one act, with everybody looking on.

    Raises:
        UnreadableHistoryError: it is about something that does not exist.
    """
    applying = Applying(rebuilt.state, rebuilt.replay, observers=observers)
    applying.apply_act(act, Taken(leaf_hash(raw)), raw=raw)
    rebuilt.position, rebuilt.recorded_at = act.position, act.recorded_at
