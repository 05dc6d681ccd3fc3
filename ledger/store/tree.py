"""Reads the log's Merkle tree: complete tiles as stored, the edge from entries.

A database that does not answer is ``StoreUnavailableError`` here: the writer reads the
edge between two groups, outside any view of the store.
"""

from sqlalchemy import Engine, Select, select

from ledger.integrity.merkle import leaf_hash
from ledger.integrity.proofs import ReadNode
from ledger.integrity.tiles import TILE_WIDTH, node_reader
from ledger.store.asking import asking
from ledger.store.schema import log_tiles, stored_events


class StoredTree:
    """Tiles and nodes of the tree over all stored entries."""

    def __init__(self, engine: Engine) -> None:
        """Use the engine's connections."""
        self._engine = engine

    def read_complete(self, level: int, index: int) -> bytes | None:
        """Return a complete tile, None if the log has not come that far."""
        query = select(log_tiles.c.hashes).where(
            log_tiles.c.level == level, log_tiles.c.tile_index == index
        )
        found = self._read(query)
        return found[0] if found else None

    def read_tile(self, level: int, index: int, *, width: int) -> bytes:
        """Return at least the first ``width`` hashes of a tile."""
        complete = self.read_complete(level, index)
        if complete is not None:
            return complete
        first = index * TILE_WIDTH
        if level == 0:
            return b"".join(self._leaves(first, width))
        return b"".join(self._roots(level - 1, first, count=width))

    def node_reader(self) -> ReadNode:
        """Return a reader of single nodes."""
        return node_reader(self.read_tile)

    def _roots(self, level: int, first: int, *, count: int) -> list[bytes]:
        query = (
            select(log_tiles.c.root)
            .where(
                log_tiles.c.level == level,
                log_tiles.c.tile_index >= first,
                log_tiles.c.tile_index < first + count,
            )
            .order_by(log_tiles.c.tile_index)
        )
        return self._read(query)

    def _leaves(self, first: int, count: int) -> list[bytes]:
        ids = stored_events.c.notification_id
        query = (
            select(stored_events.c.state)
            .where(ids > first, ids <= first + count)
            .order_by(ids)
        )
        return [leaf_hash(state) for state in self._read(query)]

    def _read(self, query: Select[bytes]) -> list[bytes]:
        def ask() -> list[bytes]:
            with self._engine.connect() as connection:
                return [bytes(one) for one in connection.scalars(query)]

        return asking(ask)
