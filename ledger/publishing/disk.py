"""The few acts on a disk that publishing is made of.

Each is one step: between any two of them the machine may stop, and what is visible then
is true. Tests stop it there.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Disk:
    """The machine's own disk."""

    def make_folder(self, folder: Path) -> None:
        """Make a folder that is not there, whose own folder is."""
        folder.mkdir(exist_ok=True)

    def write(self, file: Path, content: bytes) -> None:
        """Write a file anew and bring its bytes to the disk."""
        with file.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())

    def rename(self, file: Path, target: Path) -> None:
        """Put a file under its name, in place of what was there."""
        file.replace(target)

    def settle(self, folder: Path) -> None:
        """Bring the names in a folder to the disk."""
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

    def remove(self, path: Path) -> None:
        """Remove a file, or an empty folder; what is gone already is no fault."""
        with suppress(FileNotFoundError):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Hold a folder against other processes; tell whether it was free.

    The system lets it go when the process ends, however it ends.
    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(opened)
