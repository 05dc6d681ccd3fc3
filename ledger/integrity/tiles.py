"""Hash tiles (C2SP tlog-tiles): the tree in immutable pieces of 256 hashes.

Tile (level, index) holds the hashes of tree level ``8 * level`` from ``256 * index``
on; a complete tile never changes.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, Protocol

from ledger.integrity.merkle import HASH_BYTES, node_hash, row_above
from ledger.integrity.proofs import ReadNode

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
TILES_KEPT: Final = 512
ROOTS_KEPT: Final = 16
"""A group of a thousand entries completes four tiles, and rarely one above them."""

_Rows = tuple[bytes, ...]
"""The nodes of a tile by their height in it, 0 to 7, each row joined."""
_NO_ROWS: Final[_Rows] = (b"",) * TILE_HEIGHT


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


@lru_cache(ROOTS_KEPT)
def whole_root(tile: bytes) -> bytes:
    """Return the root over a complete tile, which its edge and its row both ask for."""
    return tile_root(split_hashes(tile))


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
        tile = b"".join(row)
        yield level, self._starts[level], tile
        self._rows[level] = []
        self._starts[level] += 1
        yield from self._add(level + 1, whole_root(tile))


class TileNodes:
    """Reads single nodes over tiles, and keeps the tiles that were used last.

    A node between two tile levels is computed once for a tile, with all its neighbours:
    a path needs about as many hashes of a tile as there are. Safe from any thread: what
    is known of a tile never changes, there can only come more.
    """

    def __init__(self, read_tile: ReadTile, *, tiles_max: int = TILES_KEPT) -> None:
        """Keep up to ``tiles_max`` tiles, of about 16 KiB each."""
        self._read_tile = read_tile
        self._tiles_max = tiles_max
        self._known: OrderedDict[tuple[int, int], _Rows] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, level: int, index: int) -> bytes:
        """Return the root of the complete subtree (level, index): 32 bytes."""
        tile_level, rise = divmod(level, TILE_HEIGHT)
        tile_index, offset = divmod(index << rise, TILE_WIDTH)
        needed = offset + (1 << rise)
        rows = self._find((tile_level, tile_index), width=needed)
        at = (offset >> rise) * HASH_BYTES
        return rows[rise][at : at + HASH_BYTES]

    def _find(self, place: tuple[int, int], *, width: int) -> _Rows:
        with self._lock:
            known = self._known.get(place, _NO_ROWS)
            if len(known[0]) >= width * HASH_BYTES:
                self._known.move_to_end(place)
                return known
        # Not under the lock: whoever waits for a database holds up nobody else. Two may
        # read the same tile, and either result is right.
        rows = _rise(self._read_tile(*place, width=width), known)
        with self._lock:
            self._known[place] = rows
            self._known.move_to_end(place)
            if len(self._known) > self._tiles_max:
                self._known.popitem(last=False)
        return rows


def _rise(hashes: bytes, known: _Rows) -> _Rows:
    """Return all rows of a tile; those of a shorter state of it are built upon."""
    rows = [hashes]
    for done in known[1:]:
        rows.append(done + row_above(rows[-1][2 * len(done) :]))
    return tuple(rows)


def node_reader(read_tile: ReadTile) -> ReadNode:
    """Return a reader of single nodes over tiles, which reads no tile twice in vain."""
    return TileNodes(read_tile).read
