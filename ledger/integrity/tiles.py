"""Hash tiles (C2SP tlog-tiles): the tree in immutable pieces of 256 hashes.

Tile (level, index) holds the hashes of tree level ``8 * level`` from ``256 * index``
on; a complete tile never changes.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from ledger.integrity.merkle import HASH_BYTES, node_hash
from ledger.integrity.proofs import ReadNode

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256


class ReadTile(Protocol):
    """Reads hash tiles."""

    def __call__(self, level: int, index: int, *, width: int) -> bytes:
        """Return at least the first ``width`` hashes of a tile, joined."""
        ...


def tile_path(level: int, index: int, *, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile: ``tile/0/x001/234`` or with ``.p/<width>``."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:  # noqa: PLR2004  # the format groups by thousands
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def width_of(level: int, index: int, *, size: int) -> int:
    """Return how many hashes a tile has in a tree of ``size`` leaves."""
    hashes = size >> (TILE_HEIGHT * level)
    return max(0, min(TILE_WIDTH, hashes - index * TILE_WIDTH))


def tile_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of hashes: a whole tile, or part of one."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(*pair) for pair in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def split_hashes(tile: bytes) -> list[bytes]:
    """Return the hashes that a tile joins."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


class TileEdge:
    """The tiles at the right edge of a growing tree, still incomplete."""

    def __init__(self, *, size: int, read_tile: ReadTile) -> None:
        """Read the edge of a tree of ``size`` leaves."""
        self._rows: list[list[bytes]] = []
        self._starts: list[int] = []
        level = 0
        while size >> (TILE_HEIGHT * level):
            hashes = size >> (TILE_HEIGHT * level)
            index, width = divmod(hashes, TILE_WIDTH)
            row = split_hashes(read_tile(level, index, width=width)) if width else []
            self._rows.append(row[:width])
            self._starts.append(index)
            level += 1

    def extend(self, leaves: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
        """Add leaf hashes; yield (level, index, bytes) of each tile they complete."""
        for leaf in leaves:
            yield from self._add(0, leaf)

    def _add(self, level: int, hash_: bytes) -> Iterator[tuple[int, int, bytes]]:
        if level == len(self._rows):
            self._rows.append([])
            self._starts.append(0)
        row = self._rows[level]
        row.append(hash_)
        if len(row) < TILE_WIDTH:
            return
        yield level, self._starts[level], b"".join(row)
        self._rows[level] = []
        self._starts[level] += 1
        yield from self._add(level + 1, tile_root(row))


def node_reader(read_tile: ReadTile) -> ReadNode:
    """Return a reader of single nodes over tiles, one read per tile.

    A node between two tile levels is computed from the hashes below it.
    """
    cache: dict[tuple[int, int], list[bytes]] = {}

    def read(level: int, index: int) -> bytes:
        tile_level, rise = divmod(level, TILE_HEIGHT)
        first = index << rise
        tile_index, offset = divmod(first, TILE_WIDTH)
        needed = offset + (1 << rise)
        row = cache.get((tile_level, tile_index), [])
        if len(row) < needed:
            row = split_hashes(read_tile(tile_level, tile_index, width=needed))
            cache[tile_level, tile_index] = row
        return tile_root(row[offset:needed])

    return read
