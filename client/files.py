"""Files that must survive a crash, and files that are nobody else's business."""

import os
import stat
import warnings
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
OWNER_ONLY_FOLDER: Final = 0o700


class LoosePermissionsWarning(UserWarning):
    """A private file can be read by others on this machine."""


def make_private_folder(path: Path) -> None:
    """Make a folder, and those above it, that only its owner can enter."""
    path.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)


def write_new(path: Path, data: bytes) -> None:
    """Write a private file that must not exist yet, down to the disk.

    Raises:
        FileExistsError: it exists; nothing is overwritten.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, OWNER_ONLY), "wb") as file:
        _write_through(file.fileno(), data)
    sync_folder(path.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Write a private file so that after a crash it is there whole or not at all."""
    unfinished = path.with_name(path.name + ".part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(unfinished, flags, OWNER_ONLY), "wb") as file:
        _write_through(file.fileno(), data)
    unfinished.replace(path)
    sync_folder(path.parent)


def append_through(descriptor: int, data: bytes) -> None:
    """Append to an open file, down to the disk."""
    os.lseek(descriptor, 0, os.SEEK_END)
    _write_through(descriptor, data)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder down to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def warn_if_loose(path: Path) -> None:
    """Warn when others on this machine can read a private file."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        warnings.warn(
            f"{path} can be read by others (mode {mode:03o}): "
            f"run `chmod 600 {path}`, and replace the key if others used this machine",
            LoosePermissionsWarning,
            stacklevel=3,
        )


def _write_through(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)
