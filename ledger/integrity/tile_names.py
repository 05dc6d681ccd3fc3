"""The resources of a log as C2SP tlog-tiles names them, each in one spelling.

``tile/<L>/<N>[.p/<W>]`` are hash tiles, ``tile/entries/<N>[.p/<W>]`` the entries under
the tiles of level 0.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from ledger.integrity.tiles import TILE_HEIGHT, TILE_WIDTH, tile_path, width_of

CHECKPOINT: Final = "checkpoint"

_PATH: Final = re.compile(
    r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?",
    re.ASCII,
)
_ENTRIES: Final = "entries"
_LEVEL_MAX: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class TileName:
    """A tile, or with ``is_entries`` the bundle of the entries under one of level 0."""

    level: int
    index: int
    width: int
    is_entries: bool = False

    def path(self) -> str:
        """Return its path under the log."""
        path = tile_path(self.level, self.index, width=self.width)
        return path.replace("/0/", f"/{_ENTRIES}/", 1) if self.is_entries else path

    def positions(self, *, first: int = 0, count: int | None = None) -> range:
        """Return the entries under it, or under ``count`` of its hashes."""
        shift = TILE_HEIGHT * self.level
        start = self.index * TILE_WIDTH + first
        end = start + (self.width - first if count is None else count)
        return range(start << shift, end << shift)

    def is_within(self, size: int) -> bool:
        """Tell whether a tree of ``size`` leaves has all of it."""
        return self.width <= width_of(self.level, self.index, size=size)

    def as_whole(self) -> "TileName":
        """Return the name of the complete tile that begins with this one."""
        return replace(self, width=TILE_WIDTH)

    def as_bundle(self) -> "TileName":
        """Return the name of the entries under a tile of level 0."""
        return replace(self, is_entries=True)


def read_tile_path(path: str) -> TileName | None:
    """Return what a path names; None if nothing has this path, in this spelling."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level, groups, partial = found.groups()
    name = TileName(
        level=0 if level == _ENTRIES else int(level),
        index=int(groups.replace("/", "").replace("x", "")),
        width=TILE_WIDTH if partial is None else int(partial),
        is_entries=level == _ENTRIES,
    )
    # Written again: a number with zeroes before it differs, and a width that is none.
    if name.path() != path or name.width == 0 or name.level > _LEVEL_MAX:
        return None
    return name


def names_of(size: int, *, after: int = 0) -> Iterator[TileName]:
    """Name the hash tiles that a tree of ``size`` has and one of ``after`` had not.

    Lowest level first, in order of their indices; partial ones only where the tree
    ends.
    """
    level = 0
    while size >> (TILE_HEIGHT * level):
        hashes = size >> (TILE_HEIGHT * level)
        known = after >> (TILE_HEIGHT * level)
        if hashes > known:
            for index in range(known // TILE_WIDTH, hashes // TILE_WIDTH):
                yield TileName(level=level, index=index, width=TILE_WIDTH)
            if hashes % TILE_WIDTH:
                last, width = divmod(hashes, TILE_WIDTH)
                yield TileName(level=level, index=last, width=width)
        level += 1
