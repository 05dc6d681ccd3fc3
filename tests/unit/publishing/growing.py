"""A real store whose log is seen as it was at some size, and disks that fail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from typing_extensions import override

from ledger.integrity.merkle import leaf_hash, root_of
from ledger.integrity.tile_names import CHECKPOINT, names_of
from ledger.integrity.tiles import TILE_WIDTH, TileEdge
from ledger.publishing.disk import Disk
from ledger.publishing.showing import head_shown
from ledger.store.application import LedgerStore
from ledger.store.heads import Head
from ledger.store.reader import LogReader, StoredEntry
from tests.conformance.store_groups import Group, head_after, new_entry

SIZES = (1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 700)


@dataclass
class GrowingLog:
    """The log of a store, as it was at one of its heads."""

    store: LedgerStore
    size: int = 0

    @cached_property
    def rows(self) -> list[list[bytes]]:
        """Return the hashes of its tiles by level, from the entries alone."""
        raws = [one.raw for one in self.read_entries(after=-1, limit=SIZES[-1])]
        whole = range(0, len(raws) - TILE_WIDTH + 1, TILE_WIDTH)
        above = [root_of(raws[at : at + TILE_WIDTH]) for at in whole]
        return [[leaf_hash(raw) for raw in raws], above]

    @property
    def log(self) -> LogReader:
        """Return what reads heads and tiles."""
        return self.store.log

    def read_head(self) -> Head | None:
        """Return the head it has come to."""
        return self.log.head_of(self.size)

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Return entries."""
        return self.store.read_entries(after=after, limit=limit)


def fill(store: LedgerStore, sizes: Sequence[int] = SIZES) -> None:
    """Store entries in groups that end at these sizes."""
    head: Head | None = None
    edge = TileEdge(size=0, read_tile=store.log.tree.read_tile)
    for size in sizes:
        first = 0 if head is None else head.size
        entries = [
            new_entry(position, said=b"x" * (position % 5))
            for position in range(first, size)
        ]
        tiles = tuple(edge.extend([leaf_hash(one.raw) for one in entries]))
        head = head_after(head, entries)
        note = f"origin\n{size}\n{head.root.hex()}\n\nsignature\n"
        head = replace(head, note=note)
        group = Group(head=head, entries=tuple(entries), changes=(), tiles=tiles)
        group.append_to(store)


class StoppedError(Exception):
    """The machine stopped."""


class StoppingDisk(Disk):
    """A disk whose machine stops at one step: before it, or right after it.

    What was renamed and never settled may be lost or not; both are seen, since each
    step is also stopped before.
    """

    def __init__(self, stop_at: int, *, after: bool) -> None:
        """Stop at the step of this number, counted from 0."""
        self._left = stop_at
        self._after = after

    def _step(self, act: Callable[[], None]) -> None:
        stops = self._left == 0
        self._left -= 1
        if stops and not self._after:
            raise StoppedError
        act()
        if stops:
            raise StoppedError

    @override
    def make_folder(self, folder: Path) -> None:
        self._step(lambda: Disk.make_folder(self, folder))

    @override
    def write(self, file: Path, content: bytes) -> None:
        half = content[: len(content) // 2]
        if self._left == 0 and not self._after:
            Disk.write(self, file, half)
        self._step(lambda: Disk.write(self, file, content))

    @override
    def rename(self, file: Path, target: Path) -> None:
        self._step(lambda: Disk.rename(self, file, target))

    @override
    def settle(self, folder: Path) -> None:
        self._step(lambda: Disk.settle(self, folder))

    @override
    def remove(self, path: Path) -> None:
        self._step(lambda: Disk.remove(self, path))


def check_visible(folder: Path, log: GrowingLog) -> int:
    """Require that what is visible verifies by itself; return the size it shows."""
    checkpoint = folder / CHECKPOINT
    if not checkpoint.exists():
        return 0
    head = head_shown(checkpoint.read_bytes(), log.log)
    assert head is not None
    for name in names_of(head.size):
        found = (folder / name.path()).read_bytes()
        first = name.index * TILE_WIDTH
        assert found == b"".join(log.rows[name.level][first : first + name.width])
    return head.size
