"""What a log's folder holds at some size, byte for byte as the store gives it."""

from collections.abc import Iterator
from typing import Protocol

from ledger.integrity.entry_bundles import join_entries
from ledger.integrity.merkle import HASH_BYTES
from ledger.integrity.tile_names import TileName, names_of
from ledger.integrity.tiles import TILE_WIDTH, ReadTile
from ledger.publishing.folder import LogFolder
from ledger.store.heads import Head
from ledger.store.reader import StoredEntry


class Entries(Protocol):
    """Reads entries."""

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Return up to ``limit`` entries from position ``after + 1`` on."""
        ...


class Resources:
    """The bytes of tiles and of entry bundles."""

    def __init__(self, entries: Entries, read_tile: ReadTile) -> None:
        """Read from a store."""
        self._entries = entries
        self._read_tile = read_tile

    def read(self, name: TileName) -> bytes:
        """Return what stands under a name, which lies within the log."""
        if name.is_entries:
            after = name.index * TILE_WIDTH - 1
            found = self._entries.read_entries(after=after, limit=name.width)
            return join_entries(one.raw for one in found)
        tile = self._read_tile(name.level, name.index, width=name.width)
        return tile[: name.width * HASH_BYTES]


def resources_of(
    size: int, *, after: int = 0, with_entries: bool = False
) -> Iterator[TileName]:
    """Name what the log of ``size`` has and that of ``after`` had not."""
    for name in names_of(size, after=after):
        yield name
        if with_entries and name.level == 0:
            yield name.as_bundle()


def write_log(
    folder: LogFolder,
    head: Head,
    *,
    resources: Resources,
    after: int = 0,
    with_entries: bool = False,
) -> None:
    """Bring a folder that shows the log of ``after`` entries to a head.

    Raises:
        PublishingFaultError: a file is there already, with other bytes.
    """
    whole: list[str] = []
    for name in resources_of(head.size, after=after, with_entries=with_entries):
        folder.put(name.path(), resources.read(name))
        if name.width == TILE_WIDTH:
            whole.append(name.path())
    folder.put_checkpoint(head.note)
    # Only now does nothing visible need them any more.
    for path in whole:
        folder.drop_partial(path)
