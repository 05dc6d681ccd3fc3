"""Reads the log's Merkle tree: complete tiles as stored, the edge from entries.

What was read once is kept within bounds, for good: a log only grows.

A database that does not answer is ``StoreUnavailableError`` here: the writer reads the
edge between two groups, outside any view of the store.
"""

from typing import Final

from sqlalchemy import Engine

from ledger.database import open_connection
from ledger.integrity.merkle import HASH_BYTES, leaf_hash
from ledger.integrity.proofs import ReadNode
from ledger.integrity.tiles import TILE_WIDTH, TileNodes
from ledger.store.asking import asking

_MARKS: Final = {"sqlite": "?", "postgresql": "%s"}
# In the driver's own words: a proof asks one such question, and to put it together and
# to take its answer apart would cost more than the database does.
_COMPLETE: Final = (
    "SELECT hashes FROM log_tiles WHERE level = {mark} AND tile_index = {mark}"
)
_ROOTS: Final = (
    "SELECT root FROM log_tiles WHERE level = {mark} AND tile_index >= {mark}"
    " AND tile_index < {mark} ORDER BY tile_index"
)
_LEAVES: Final = (
    "SELECT state FROM stored_events WHERE notification_id > {mark}"
    " AND notification_id <= {mark} ORDER BY notification_id"
)


class StoredTree:
    """Tiles and nodes of the tree over all stored entries."""

    def __init__(self, engine: Engine) -> None:
        """Use the engine's connections."""
        self._engine = engine
        self._mark = _MARKS[engine.dialect.name]
        self._nodes = TileNodes(self.read_tile)
        self._edges: dict[int, tuple[int, bytes]] = {}

    def read_complete(self, level: int, index: int) -> bytes | None:
        """Return a complete tile, None if the log has not come that far."""
        found = self._read(_COMPLETE, level, index)
        return found[0] if found else None

    def read_tile(self, level: int, index: int, *, width: int) -> bytes:
        """Return at least the first ``width`` hashes of a tile."""
        at, edge = self._edges.get(level, (index, b""))
        known = edge if at == index else b""
        if len(known) >= width * HASH_BYTES:
            return known
        if not known:
            complete = self.read_complete(level, index)
            if complete is not None:
                return complete
        # Of a tile at the edge only what is new is read, but all of that: the next
        # node that is asked for lies to the right. Of two threads the slower may put a
        # shorter edge back, which costs the next one a query.
        first = index * TILE_WIDTH + len(known) // HASH_BYTES
        count = TILE_WIDTH - len(known) // HASH_BYTES
        more = (
            self._leaves(first, count)
            if level == 0
            else self._roots(level - 1, first, count=count)
        )
        edge = known + b"".join(more)
        self._edges[level] = (index, edge)
        return edge

    def node_reader(self) -> ReadNode:
        """Return a reader of single nodes."""
        return self._nodes.read

    def _roots(self, level: int, first: int, *, count: int) -> list[bytes]:
        return self._read(_ROOTS, level, first, first + count)

    def _leaves(self, first: int, count: int) -> list[bytes]:
        # An entry's number is its position and one.
        found = self._read(_LEAVES, first, first + count)
        return [leaf_hash(state) for state in found]

    def _read(self, query: str, *bound: int) -> list[bytes]:
        sql = query.format(mark=self._mark)

        def ask() -> list[bytes]:
            # One question, so one moment: no transaction is needed around it.
            with open_connection(self._engine) as connection:
                # All rows at once: each would let go of the interpreter's lock.
                rows = connection.exec_driver_sql(sql, bound).all()
            return [bytes(row[0]) for row in rows]

        return asking(ask)
