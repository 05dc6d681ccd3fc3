"""How databases are opened and left."""

import sqlite3
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, event, exc, inspect

from ledger.database import (
    IMMEDIATE,
    DatabaseUrlError,
    close_engine,
    create_missing,
    open_connection,
    open_engine,
    open_for_reading,
)
from ledger.store.application import LedgerStore
from tests.conformance.store_groups import next_group

Open = Callable[[str], Engine]


def mode_of(file: Path) -> int:
    """Return a file's permissions."""
    return stat.S_IMODE(file.stat().st_mode)


def read_text(engine: Engine, sql: str) -> str:
    """Return the one value that a query gives."""
    with engine.connect() as connection:
        return str(connection.exec_driver_sql(sql).scalar_one())


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("busy_timeout", "10000"),
    ],
)
def test_every_sqlite_commit_reaches_the_disk(
    sqlite_url: str, pragma: str, value: str
) -> None:
    """On each connection: 2 is FULL, so an acknowledged entry survives a power cut."""
    engine = open_engine(sqlite_url)

    with engine.connect(), engine.connect() as second:
        found = second.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()

    assert str(found) == value
    close_engine(engine)


@pytest.mark.parametrize("locks", [True, False], ids=["immediate", "deferred"])
def test_a_writer_takes_the_lock_before_it_reads(
    sqlite_url: str, *, locks: bool
) -> None:
    """Else two that read first would both fail to write."""
    engine, other = open_engine(sqlite_url), open_engine(sqlite_url)
    with engine.connect() as writer, other.connect() as late:
        late.exec_driver_sql("PRAGMA busy_timeout=0")
        late.rollback()
        writer.execution_options(**{IMMEDIATE: locks}).begin()

        expected = pytest.raises(exc.OperationalError) if locks else nullcontext()
        with expected:
            late.execution_options(**{IMMEDIATE: True}).begin()

    close_engine(other)
    close_engine(engine)


def test_a_new_database_is_its_owners_alone(sqlite_url: str, tmp_path: Path) -> None:
    """So are the files that SQLite puts beside it."""
    store = LedgerStore(open_engine(sqlite_url))
    next_group(store).append_to(store)

    modes = {file.name: mode_of(file) for file in tmp_path.iterdir()}

    assert modes == dict.fromkeys(
        ("ledger.db", "ledger.db-shm", "ledger.db-wal"), 0o600
    )
    store.close()


def test_the_permissions_of_an_existing_database_are_left(
    sqlite_url: str, tmp_path: Path
) -> None:
    """An operator may have opened it to a group."""
    close_engine(open_engine(sqlite_url))
    file = tmp_path / "ledger.db"
    file.chmod(0o640)

    close_engine(open_engine(sqlite_url))

    assert mode_of(file) == 0o640


def test_a_closed_database_is_one_file(sqlite_url: str, tmp_path: Path) -> None:
    """It can be copied as it is, and opens with all that was written."""
    store = LedgerStore(open_engine(sqlite_url))
    next_group(store).append_to(store)
    head = store.read_head()

    store.close()

    assert [file.name for file in tmp_path.iterdir()] == ["ledger.db"]
    again = LedgerStore(open_engine(sqlite_url))
    assert again.read_head() == head
    again.close()


@pytest.mark.parametrize("opened", [open_engine, open_for_reading])
def test_another_kind_of_database_is_refused(opened: Open) -> None:
    """A ledger is kept in SQLite or PostgreSQL."""
    with pytest.raises(DatabaseUrlError, match="mysql"):
        opened("mysql://localhost/bank")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    """Each connection would have one of its own, and none would last."""
    with pytest.raises(DatabaseUrlError):
        open_engine(url)


def test_looking_at_a_database_changes_nothing(database_url: str) -> None:
    """Neither PostgreSQL nor SQLite takes a write from who opened it for reading."""
    LedgerStore(open_engine(database_url)).close()
    engine = open_for_reading(database_url)

    with engine.connect() as connection, pytest.raises(exc.DBAPIError):
        connection.exec_driver_sql("DELETE FROM stored_events")

    assert read_text(engine, "SELECT COUNT(*) FROM stored_events") == "0"
    engine.dispose()


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
def test_looking_at_a_database_leaves_no_file(
    sqlite_url: str, tmp_path: Path, *, closed: bool
) -> None:
    """A closed one stays one file; an open one is read with what its WAL holds."""
    store = LedgerStore(open_engine(sqlite_url))
    next_group(store).append_to(store)
    if closed:
        store.close()
    before = sorted(tmp_path.iterdir())

    engine = open_for_reading(sqlite_url)
    assert read_text(engine, "SELECT MAX(notification_id) FROM stored_events") == "3"
    engine.dispose()

    assert sorted(tmp_path.iterdir()) == before
    store.close()


def test_a_database_that_is_not_there_is_not_made_by_looking(
    sqlite_url: str, tmp_path: Path
) -> None:
    """An auditor who mistypes a name is told so."""
    engine = open_for_reading(sqlite_url)

    with pytest.raises(exc.OperationalError):
        engine.connect()

    assert list(tmp_path.iterdir()) == []
    engine.dispose()


def test_a_reader_leaves_its_connection_as_it_found_it(database_url: str) -> None:
    """Whoever writes after it on the same one can still take it all back."""
    engine = open_engine(database_url, pool_size=1)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (number INTEGER)")
    with open_connection(engine) as reader:
        assert reader.exec_driver_sql("SELECT number FROM kept").all() == []

    with engine.connect() as connection:
        connection.exec_driver_sql("INSERT INTO kept VALUES (1)")
        connection.rollback()

    with open_connection(engine) as reader:
        assert reader.exec_driver_sql("SELECT number FROM kept").all() == []
    close_engine(engine)


def test_several_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """None of them is told that it is locked: one in ten was."""
    for number in range(30):
        engines = [open_engine(f"sqlite:///{tmp_path}/{number}.db") for _ in range(6)]
        gate = threading.Barrier(len(engines))
        with ThreadPoolExecutor(len(engines)) as pool:
            assert list(pool.map(partial(first_journal, gate), engines)) == ["wal"] * 6
        for engine in engines:
            engine.dispose()


def first_journal(gate: threading.Barrier, engine: Engine) -> object:
    """Return how the first connection keeps its journal, once all are ready."""
    gate.wait()
    with engine.connect() as connection:
        return connection.exec_driver_sql("PRAGMA journal_mode").scalar()


def test_a_new_file_that_somebody_keeps_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In time, and as what it is."""
    monkeypatch.setattr("ledger.database.BUSY_TIMEOUT_SECONDS", 0.05)
    file = tmp_path / "kept.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as keeping:
        keeping.execute("BEGIN EXCLUSIVE")
        engine = open_engine(f"sqlite:///{file}")
        with pytest.raises(exc.OperationalError, match="locked"):
            engine.connect()
    engine.dispose()


def test_a_new_file_that_somebody_keeps_for_a_moment_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where SQLite itself does not wait."""
    monkeypatch.setattr("ledger.database.BUSY_TIMEOUT_SECONDS", 0)
    file = tmp_path / "kept.db"
    engine = open_engine(f"sqlite:///{file}")
    monkeypatch.undo()
    with closing(sqlite3.connect(file, check_same_thread=False)) as keeping:
        keeping.execute("BEGIN EXCLUSIVE")
        threading.Timer(0.1, keeping.rollback).start()
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    engine.dispose()
    assert found == "wal"


def test_only_tables_that_are_missing_are_made_and_asking_is_one_step(
    database_url: str,
) -> None:
    """However many there are; what one of them holds already stays."""
    engine, metadata = open_engine(database_url), MetaData()
    tables = [Table(f"t{n}", metadata, Column("n", Integer)) for n in range(12)]
    said: list[str] = []
    with engine.begin() as connection:
        tables[3].create(connection)
        connection.execute(tables[3].insert().values(n=7))
        create_missing(connection, metadata)
        event.listen(connection, "before_cursor_execute", lambda *a: said.append(a[2]))
        create_missing(connection, metadata)

        assert len(said) == 1
        assert {one.name for one in tables} <= {*inspect(connection).get_table_names()}
        assert connection.execute(tables[3].select()).scalars().all() == [7]
    close_engine(engine)
