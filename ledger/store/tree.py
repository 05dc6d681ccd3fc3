"""Reads the log's Merkle tree: complete tiles as stored, the edge from entries.

What was read once is kept within bounds, for good: a log only grows.

A database that does not answer is ``StoreUnavailableError`` here: the writer reads the
edge between two groups, outside any view of the store.
"""

from typing import Final

from sqlalchemy import Engine, Select, bindparam, select

from ledger.integrity.merkle import HASH_BYTES, leaf_hash
from ledger.integrity.proofs import ReadNode
from ledger.integrity.tiles import TILE_WIDTH, TileNodes
from ledger.store.asking import asking
from ledger.store.schema import log_tiles, stored_events

_tiles = log_tiles.c
_ids = stored_events.c.notification_id
# Put together once: to do so costs as much as to ask.
_COMPLETE: Final = select(_tiles.hashes).where(
    _tiles.level == bindparam("level"), _tiles.tile_index == bindparam("index")
)
_ROOTS: Final = (
    select(_tiles.root)
    .where(
        _tiles.level == bindparam("level"),
        _tiles.tile_index >= bindparam("first"),
        _tiles.tile_index < bindparam("end"),
    )
    .order_by(_tiles.tile_index)
)
_LEAVES: Final = (
    select(stored_events.c.state)
    .where(_ids > bindparam("first"), _ids <= bindparam("end"))
    .order_by(_ids)
)


class StoredTree:
    """Tiles and nodes of the tree over all stored entries."""

    def __init__(self, engine: Engine) -> None:
        """Use the engine's connections."""
        self._engine = engine
        self._nodes = TileNodes(self.read_tile)
        self._edges: dict[int, tuple[int, bytes]] = {}

    def read_complete(self, level: int, index: int) -> bytes | None:
        """Return a complete tile, None if the log has not come that far."""
        found = self._read(_COMPLETE, level=level, index=index)
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
        return self._read(_ROOTS, level=level, first=first, end=first + count)

    def _leaves(self, first: int, count: int) -> list[bytes]:
        # An entry's number is its position and one.
        found = self._read(_LEAVES, first=first, end=first + count)
        return [leaf_hash(state) for state in found]

    def _read(self, query: Select[bytes], **bound: int) -> list[bytes]:
        def ask() -> list[bytes]:
            with self._engine.connect() as connection:
                # All rows at once: each would let go of the interpreter's lock.
                return [bytes(one) for one in connection.scalars(query, bound).all()]

        return asking(ask)
