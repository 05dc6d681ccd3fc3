"""Inclusion proofs out of leaf hashes that were read on the way."""

from ledger.audit.spilling import explaining, nameless
from ledger.integrity.merkle import HASH_BYTES
from ledger.integrity.proofs import InclusionProof, prove_inclusion
from ledger.integrity.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    TileNodes,
    split_hashes,
    tile_root,
)

_TABLE = (
    "CREATE TABLE tiles (level INTEGER, number INTEGER, hashes BLOB, "
    "PRIMARY KEY (level, number))"
)


class Leaves:
    """Every hash of a tree, in tiles in a file; what is in memory does not grow."""

    def __init__(self) -> None:
        """Start with none.

        Raises:
            NoRoomError: the file cannot be made.
        """
        self._edge: list[bytearray] = [bytearray()]
        self._size = 0
        with explaining():
            self._file = nameless()
            self._file.execute(_TABLE)
        self._nodes = TileNodes(self._read_tile)

    def add(self, leaf: bytes) -> None:
        """Take the next leaf.

        Raises:
            NoRoomError: the file cannot be written.
        """
        self._size += 1
        self._add(0, leaf)

    def leaf(self, position: int) -> bytes:
        """Return the hash of one."""
        return self._nodes.read(0, position)

    def prove(self, position: int) -> InclusionProof:
        """Prove that a leaf is in the tree of all that were taken."""
        return prove_inclusion(position, self._size, read_node=self._nodes.read)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _add(self, level: int, hash_: bytes) -> None:
        if level == len(self._edge):
            self._edge.append(bytearray())
        row = self._edge[level]
        row += hash_
        if len(row) < TILE_WIDTH * HASH_BYTES:
            return
        hashes = bytes(row)
        # So many leaves are in whole tiles of this level, and this is the last of them.
        number = (self._size >> TILE_HEIGHT * (level + 1)) - 1
        with explaining():
            values = (level, number, hashes)
            self._file.execute("INSERT INTO tiles VALUES (?, ?, ?)", values)
        row.clear()
        self._add(level + 1, tile_root(split_hashes(hashes)))

    def _read_tile(self, level: int, index: int, *, width: int) -> bytes:
        del width
        sql = "SELECT hashes FROM tiles WHERE level = ? AND number = ?"
        with explaining():
            row = self._file.execute(sql, (level, index)).fetchone()
        return bytes(self._edge[level]) if row is None else row[0]
