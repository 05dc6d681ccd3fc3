"""Rebuilds everything that follows from the log, and from nothing else.

What is rebuilt is what entries say; whether they may say it is for ``verify``. A source
may answer differently the second time: the root over all entries read here is returned,
to be held against the root that was verified.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from ledger.audit.history import HistoryReader
from ledger.audit.ports import SourceEntry
from ledger.audit.replay import AnyAct, Replay
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
    """One act that was applied: its entry's bytes, and the records it changed."""

    act: AnyAct
    raw: bytes
    changes: tuple[Record, ...]


class Observer(Protocol):
    """Looks on while history is replayed."""

    def before(self, act: AnyAct, state: Slice, /) -> None:
        """See an act before its effects are in the state."""
        ...

    def after(self, step: Step, state: Slice, /) -> None:
        """See an act after its effects are in the state."""
        ...


@dataclass(slots=True, kw_only=True)
class Rebuilt:
    """The state and the books after the last entry that was applied.

    ``entries`` and ``root`` are of all that was read, even of what lies beyond.
    """

    replay: Replay = field(default_factory=Replay)
    position: int = -1
    recorded_at: str = ""
    entries: int = 0
    root: bytes = b""

    @property
    def state(self) -> Slice:
        """Return the state."""
        return self.replay.state

    @property
    def date(self) -> str:
        """Return the date of the last entry in the ledger's time zone."""
        record = self.state.find(LedgerRecord, 0)
        return date_in(record.time_zone if record else "UTC", self.recorded_at)


def rebuild(entries: Iterable[bytes]) -> Iterator[tuple[Record, ...]]:
    """Yield the records that each entry changes, from position 0 on.

    Raises:
        UnreadableHistoryError: an entry cannot be read back.
    """
    replay, reader = Replay(), HistoryReader()
    for position, raw in enumerate(entries):
        recorded = reader.read(raw, position=position)
        if recorded is None:
            raise UnreadableHistoryError(position)
        yield replay.evolve(recorded.act)


def rebuild_all(
    entries: Iterable[SourceEntry],
    *,
    until: Until,
    observers: Sequence[Observer] = (),
    on_leaf: Callable[[bytes], None] | None = None,
) -> Rebuilt:
    """Apply the entries of a source up to a point; read, but do not apply, the rest.

    ``on_leaf`` is told the leaf hash of every entry, applied or not.

    Raises:
        UnreadableHistoryError: an entry cannot be read back or applied.
    """
    rebuilt, reader, tree = Rebuilt(), HistoryReader(), _Tree()
    going = True
    for position, stored in enumerate(entries):
        leaf = leaf_hash(stored.raw)
        tree.add(leaf)
        if on_leaf is not None:
            on_leaf(leaf)
        if not going:
            continue
        recorded = reader.read(stored.raw, position=position)
        if recorded is None:
            raise UnreadableHistoryError(position)
        act = recorded.act
        going = until.holds(position, act.recorded_at)
        if going:
            apply_act(act, stored.raw, rebuilt=rebuilt, observers=observers)
    frontier = tree.finish()
    rebuilt.entries, rebuilt.root = frontier.size, frontier.root()
    return rebuilt


def apply_act(
    act: AnyAct, raw: bytes, *, rebuilt: Rebuilt, observers: Sequence[Observer]
) -> None:
    """Apply one act, with everybody looking on.

    Raises:
        UnreadableHistoryError: it is about something that does not exist.
    """
    try:
        for one in observers:
            one.before(act, rebuilt.state)
        changes = rebuilt.replay.evolve(act)
    except (LookupError, RejectionError) as error:
        raise UnreadableHistoryError(act.position) from error
    step = Step(act, raw, changes)
    for one in observers:
        one.after(step, rebuilt.state)
    rebuilt.position, rebuilt.recorded_at = act.position, act.recorded_at


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
