"""SQLite and PostgreSQL keep the same promises."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from tests.conformance.store_fault_contract import DEFERRED, FaultContract
from tests.conformance.store_group_contract import GroupContract
from tests.conformance.store_opening_contract import OpeningContract
from tests.conformance.store_row_contract import RowContract
from tests.databases import Server


class StoreContract(GroupContract, OpeningContract, RowContract, FaultContract):
    """Subclass me, name a fresh database and its faults, and get the whole contract."""


def on_connect(engine: Engine, command: str) -> None:
    """Give each new connection a command."""

    def say(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(command)
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", say)


def run(engine: Engine, *commands: str) -> None:
    """Run commands in one transaction."""
    with engine.begin() as connection:
        for command in commands:
            connection.exec_driver_sql(command)


class TestStoreOnSqlite(StoreContract):
    """A file."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """Name a file in a folder of its own."""
        folder = tmp_path / "bank"
        folder.mkdir()
        return f"sqlite:///{folder / 'ledger.db'}"

    def impatient(self, engine: Engine) -> None:
        """Shorten the busy timeout."""
        on_connect(engine, "PRAGMA busy_timeout=50")

    def read_only(self, engine: Engine) -> None:
        """Let connections query only."""
        on_connect(engine, "PRAGMA query_only=ON")

    @contextmanager
    def locked(self, engine: Engine) -> Iterator[None]:
        """Hold the one lock there is."""
        file = engine.url.database or ""
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    @contextmanager
    def lost(self, url: str) -> Iterator[None]:
        """Take the folder away, as an unmounted disk would be."""
        folder = Path(make_url(url).database or "").parent
        away = folder.rename(folder.with_name("away"))
        yield
        away.rename(folder)

    @contextmanager
    def failing_at_commit(self, engine: Engine) -> Iterator[None]:
        """Break a constraint that is looked at when all is written."""
        run(
            engine,
            "CREATE TABLE elsewhere (number INTEGER PRIMARY KEY)",
            f"CREATE TABLE dangling (number {DEFERRED})",
            "CREATE TRIGGER dangle AFTER INSERT ON log_groups"
            " BEGIN INSERT INTO dangling VALUES (1); END",
        )
        yield
        run(engine, "DROP TRIGGER dangle")


class TestStoreOnPostgresql(StoreContract):
    """A server."""

    server: Server

    @pytest.fixture(autouse=True)
    def _know_server(self, postgres_server: Server) -> None:
        self.server = postgres_server

    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        """Name an empty database."""
        return postgres_url

    def impatient(self, engine: Engine) -> None:
        """Set a lock timeout, as an operator may."""
        on_connect(engine, "SET lock_timeout = '50ms'")

    def read_only(self, engine: Engine) -> None:
        """Let transactions read only."""
        on_connect(engine, "SET default_transaction_read_only = on")

    @contextmanager
    def locked(self, engine: Engine) -> Iterator[None]:
        """Hold a table."""
        with engine.connect() as connection:
            connection.exec_driver_sql("LOCK TABLE stored_events IN EXCLUSIVE MODE")
            yield

    @contextmanager
    def lost(self, url: str) -> Iterator[None]:
        """Refuse connections to the database."""
        name = make_url(url).database
        self.server.psql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        yield
        self.server.psql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    @contextmanager
    def failing_at_commit(self, engine: Engine) -> Iterator[None]:
        """Break a constraint that is looked at when all is written."""
        run(
            engine,
            "CREATE TABLE elsewhere (number INTEGER PRIMARY KEY)",
            f"CREATE TABLE dangling (number {DEFERRED})",
            "CREATE FUNCTION dangle() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN INSERT INTO dangling VALUES (1); RETURN NEW; END'",
            "CREATE TRIGGER dangle AFTER INSERT ON log_groups"
            " FOR EACH ROW EXECUTE FUNCTION dangle()",
        )
        yield
        run(engine, "DROP TRIGGER dangle ON log_groups")
