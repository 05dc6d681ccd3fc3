"""A log's folder: immutable files, and one checkpoint that moves on.

1. A file is written beside its place, brought to the disk, and renamed: under its own
   name it is whole or not there.
2. A file that is there stays as it is. Other bytes under its name are a fault.
3. The checkpoint follows when all names that it needs are on the disk.
"""

from pathlib import Path
from typing import Final

from ledger.integrity.tile_names import CHECKPOINT
from ledger.publishing.disk import Disk

WRITING: Final = ".writing"
"""The one file being written; what a crash left of it is written over."""


class PublishingFaultError(Exception):
    """The folder is not of this log, or not as it was published: nothing is written.

    ``name`` is the file that has other bytes than it should, under the log.
    """

    def __init__(self, name: str) -> None:
        """Keep the name."""
        super().__init__(name)
        self.name = name


class LogFolder:
    """The files of one log."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        """Use a folder; it is made when something is put into it."""
        self.path = path
        self._disk = disk or Disk()
        self._unsettled: dict[Path, None] = {}

    def prepare(self) -> None:
        """Make the folder, if it is not there."""
        self._make(self.path)

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, None if there is none of this name."""
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def put(self, name: str, content: bytes) -> None:
        """Put an immutable file; it need not be on the disk before ``settle``.

        Raises:
            PublishingFaultError: it is there, with other bytes.
        """
        target = self.path / name
        there = self.read(name)
        if there is None:
            self._make(target.parent)
            self._place(target, content)
        elif there != content:  # 2
            raise PublishingFaultError(name)
        else:
            # Whoever put it may have stopped before its name was on the disk.
            self._unsettled[target.parent] = None

    def settle(self) -> None:
        """Bring every name that was put to the disk."""
        for folder in list(self._unsettled):
            self._disk.settle(folder)
            del self._unsettled[folder]

    def put_checkpoint(self, note: str) -> None:
        """Show a checkpoint, all that it needs being on the disk."""
        self.settle()  # 3
        self._place(self.path / CHECKPOINT, note.encode())
        self.settle()

    def drop_partial(self, whole: str) -> None:
        """Remove the partial states of a tile that is whole, and so holds them."""
        folder = self.path / f"{whole}.p"
        if not folder.is_dir():
            return
        for file in sorted(folder.iterdir()):
            self._disk.remove(file)
        self._disk.remove(folder)

    def _place(self, target: Path, content: bytes) -> None:
        writing = self.path / WRITING
        self._disk.write(writing, content)  # 1
        self._disk.rename(writing, target)
        self._unsettled[target.parent] = None

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make(folder.parent)
        self._disk.make_folder(folder)
        # The name of a new folder stands in the one above it.
        self._unsettled[folder.parent] = None
