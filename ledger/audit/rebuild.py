"""Rebuilds the writer's state tables from the log alone."""

from collections.abc import Iterable, Iterator

from ledger.audit.history import HistoryReader
from ledger.audit.replay import Replay
from ledger.domain.state import Record


class UnreadableHistoryError(Exception):
    """The log cannot be replayed; audit it first."""

    def __init__(self, position: int) -> None:
        """Name the first entry that cannot be read."""
        super().__init__(position)
        self.position = position


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
