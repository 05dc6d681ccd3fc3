"""Files of a backup: private, on the disk when they are closed, and digested.

A file is gzip over lines. Its digest covers the bytes as they lie there, and is worked
out while it is written and every time it is read.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ledger.backup.errors import BackupDamagedError
from ledger.backup.rows import LINE_BYTES_MAX
from ledger.integrity.encoding import b64encode

OWNER_ONLY: Final = 0o600
OWNER_ONLY_FOLDER: Final = 0o700
_LEVEL: Final = 1
_CHUNK_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Length and SHA-256 (base64url) of a file."""

    length_bytes: int
    sha256: str


class Lines:
    """A file that is being written."""

    def __init__(self, file: BinaryIO) -> None:
        """Compress into a file that is open for writing."""
        self._file = file
        self._hash = hashlib.sha256()
        self._length = 0
        self.rows = 0
        # Without a name and a time in it, the same rows are the same bytes.
        self._gzip = gzip.GzipFile(
            filename="", mode="wb", compresslevel=_LEVEL, fileobj=self, mtime=0
        )

    def add(self, line: bytes) -> None:
        """Write one line."""
        self._gzip.write(line)
        self.rows += 1

    def write(self, data: bytes) -> int:
        """Take what the compressor gives."""
        self._hash.update(data)
        self._length += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Leave it to the end: the whole file is brought to the disk there."""

    def finish(self) -> None:
        """Write what the compressor holds back, and bring all of it to the disk."""
        self._gzip.close()
        self._file.flush()
        os.fsync(self._file.fileno())

    def digest(self) -> Digest:
        """Return the digest of what was written."""
        return Digest(length_bytes=self._length, sha256=b64encode(self._hash.digest()))


@contextmanager
def writing_lines(path: Path) -> Iterator[Lines]:
    """Write a new file."""
    with open_new(path) as file:
        lines = Lines(file)
        yield lines
        lines.finish()


def open_new(path: Path) -> BinaryIO:
    """Open a new file that only its owner can read.

    Raises:
        FileExistsError: it exists.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    return os.fdopen(os.open(path, flags, OWNER_ONLY), "wb")


def sync_folder(path: Path) -> None:
    """Bring the names in a folder down to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Hashed:
    """Hands a file's bytes on, and digests them on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._length = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        self._length += len(data)
        return data

    def digest(self) -> Digest:
        while self.read(_CHUNK_BYTES):
            pass
        return Digest(length_bytes=self._length, sha256=b64encode(self._hash.digest()))


def digest_of(path: Path) -> Digest:
    """Return the digest of a file, in bounded memory.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return _Hashed(file).digest()


def read_lines(folder: Path, path: str, *, expected: Digest) -> Iterator[bytes]:
    """Return the lines of a file, and at the end require its digest.

    Raises:
        BackupDamagedError: it is not the file that was saved.
    """
    with open_saved(folder, path) as file:
        hashed = _Hashed(file)
        with _unpacking(hashed, path) as lines:
            while line := lines.readline(LINE_BYTES_MAX + 1):
                yield _bounded(line, path)
        # The compressor's own end is not the file's: what follows is digested too.
        if hashed.digest() != expected:
            raise BackupDamagedError(path)


def _bounded(line: bytes, path: str) -> bytes:
    if len(line) > LINE_BYTES_MAX:
        raise BackupDamagedError(path)
    return line


@contextmanager
def _unpacking(hashed: _Hashed, path: str) -> Iterator[gzip.GzipFile]:
    try:
        with gzip.GzipFile(fileobj=hashed, mode="rb") as lines:  # type: ignore[call-overload]  # all that it needs is read
            yield lines
    except (OSError, EOFError, zlib.error) as error:
        raise BackupDamagedError(path) from error


def open_saved(folder: Path, path: str) -> BinaryIO:
    """Open a file of a backup.

    Raises:
        BackupDamagedError: it is not there, or cannot be read.
    """
    try:
        return (folder / path).open("rb")
    except OSError as error:
        raise BackupDamagedError(path) from error
