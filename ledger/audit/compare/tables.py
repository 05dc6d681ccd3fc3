"""A replayed history written into a database of its own, as a bank keeps it.

Entries, state tables and what is derived from heads and leaves: enough for whatever
reads a bank's database to read this one, and for every row to be held against it.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from sqlalchemy import Connection, Engine, Table, insert

from ledger.audit.rebuild import Rebuilt, Step
from ledger.audit.replay import AnyAct
from ledger.domain.state import KINDS, Record, Slice
from ledger.integrity.tiles import TileEdge, split_hashes, tile_root
from ledger.store.heads import StoredHead, read_head_state
from ledger.store.schema import (
    log_groups,
    log_tiles,
    prepare_schema,
    schema_version,
    stored_events,
)
from ledger.store.state_tables import state_tables
from ledger.store.tree import StoredTree

PAGE: Final = 1_000


def derived_tables(*, heads: bool) -> tuple[Table, ...]:
    """Return the tables of a ledger's database that follow from its log.

    Groups follow from the signed heads, which not every source has.
    """
    states = tuple(state_tables().metadata.sorted_tables)
    groups = (log_groups,) if heads else ()
    return (*states, *groups, log_tiles, schema_version)


class TableWriter:
    """Writes entries and tiles as they are replayed, and at the end the state."""

    def __init__(self, engine: Engine) -> None:
        """Make the tables in an empty database."""
        prepare_schema(engine, state_tables().metadata)
        self._connection = engine.connect()
        self._edge = TileEdge(size=0, read_tile=StoredTree(engine).read_tile)
        self._events: list[tuple[object, ...]] = []
        self._tiles: list[tuple[object, ...]] = []

    def before(self, act: AnyAct, state: Slice) -> None:
        """Nothing: only what was applied is written."""

    def after(self, step: Step, state: Slice) -> None:
        """Write an entry, and the tiles that it completes."""
        self.pass_by(step, state)

    def pass_by(self, step: Step, _state: Slice) -> None:
        """Write an entry, whatever it says."""
        stream, topic = step.place
        # The version only has to be new: nobody reads the stream of this copy.
        number = step.position + 1
        self._events.append((stream, number, topic, step.raw, number))
        for level, index, hashes in self._edge.extend((step.leaf,)):
            root = tile_root(split_hashes(hashes))
            self._tiles.append((level, index, hashes, root))
        if len(self._events) >= PAGE:
            self._flush()

    def finish(self, rebuilt: Rebuilt, heads: Iterable[StoredHead]) -> None:
        """Write the state, and the groups that end within what was replayed."""
        self._flush()
        for kind in KINDS.values():
            for page in _pages(rebuilt.state.all_of(kind)):
                state_tables().put(self._connection, page)
        for row in _groups(heads, size=rebuilt.position + 1):
            self._connection.execute(insert(log_groups), row)
        self._connection.commit()
        self._connection.close()

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def _flush(self) -> None:
        _insert(self._connection, stored_events, rows=self._events)
        _insert(self._connection, log_tiles, rows=self._tiles)
        self._events.clear()
        self._tiles.clear()


def _insert(
    connection: Connection, table: Table, *, rows: list[tuple[object, ...]]
) -> None:
    if rows:
        names = [column.name for column in table.columns]
        named = [dict(zip(names, row, strict=True)) for row in rows]
        connection.execute(insert(table), named)


def _pages(records: Iterator[Record]) -> Iterator[list[Record]]:
    while page := list(islice(records, PAGE)):
        yield page


def _groups(heads: Iterable[StoredHead], *, size: int) -> Iterator[dict[str, object]]:
    for stored in heads:
        head = read_head_state(stored.state, version=stored.version)
        if head.size <= size:
            yield {
                "size": head.size,
                "first_position": head.first_position,
                "version": head.version,
                "recorded_at": head.recorded_at,
            }
