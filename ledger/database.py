"""Opens databases: SQLite in WAL mode with every commit on disk, or PostgreSQL."""

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    create_engine,
    event,
    exc,
    inspect,
)
from sqlalchemy.engine import make_url

BUSY_TIMEOUT_SECONDS: Final = 10
CLOSING_MILLISECONDS: Final = 1_000
"""To wait for others before a database is left: that its log is gone is a nicety."""
IMMEDIATE: Final = "skillbank_immediate"
"""Execution option of a connection that is going to write."""
KEEPS_PAGES: Final = "skillbank_keeps_pages"
"""Execution option of one that will write again and again, all over the file."""
KEPT_KIB: Final = 65_536
"""Of a SQLite file such a connection keeps so much in memory, others 2 MB.

What a group looks up is what it changes then: ids at random, each on a page of its own.
"""
LOG_PAGES: Final = 16_000
"""Of SQLite's write-ahead log: so many, and they go to the file, 64 MB at once.

Groups change the same pages again and again. The more of them the log holds, the more
rarely each is written to the file, and the more rarely all wait for the disk.
"""
SPILL_PAGES: Final = 4_000
"""Changed pages that a SQLite connection holds before some leave it early, 16 MB.

A batch of a thousand changes some 3,000 of a large ledger: pages that leave early are
read back, and written again. What a connection reads is held within SQLite's own bound.
SQLite looks at the last byte of this number, too: a multiple of 256 means no bound.
"""


class DatabaseUrlError(Exception):
    """Neither a SQLite file nor a PostgreSQL address."""


def open_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Open a database by its URL; a new SQLite file is readable by its owner only.

    Raises:
        DatabaseUrlError: another kind of database.
    """
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return _open_sqlite(parsed.database or "", pool_size=pool_size)
        case "postgresql":
            address = parsed.set(drivername="postgresql+psycopg")
            engine = create_engine(
                address,
                pool_size=pool_size,
                max_overflow=pool_size,
                pool_pre_ping=True,
                # What the last connection prepared and holds serves whoever is next.
                pool_use_lifo=True,
            )
            event.listen(engine, "checkin", _forget_mode)
            return engine
        case other:
            raise DatabaseUrlError(other)


def create_missing(connection: Connection, metadata: MetaData) -> None:
    """Create the tables that are not there.

    To ask once which ones are there is cheaper than to ask for each of them, which is
    what a toolkit does: a bank has about fifty.
    """
    there = set(inspect(connection).get_table_names())
    missing = [one for one in metadata.tables.values() if one.name not in there]
    if missing:
        metadata.create_all(connection, tables=missing)


@contextmanager
def open_connection(engine: Engine) -> Iterator[Connection]:
    """Open a connection for reading only, without asking more than the reading asks.

    On SQLite it sees one moment. PostgreSQL shows every statement its own moment
    anyhow: there, beginning and ending a transaction would be two journeys for nothing.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


def open_for_reading(url: str) -> Engine:
    """Open a database that is only looked at; nothing is created or changed.

    Raises:
        DatabaseUrlError: another kind of database.
    """
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            path = Path(parsed.database or "").resolve()
            # A closed database has no write-ahead log, and shall have none after us.
            closed = not path.with_name(f"{path.name}-wal").exists()
            mode = "mode=ro&immutable=1" if closed else "mode=ro"
            place = f"sqlite:///file:{quote(str(path))}?{mode}&uri=true"
            engine = create_engine(place)
            event.listen(engine, "connect", _read_any_text)
            return engine
        case "postgresql":
            address = parsed.set(drivername="postgresql+psycopg")
            return create_engine(
                address, execution_options={"postgresql_readonly": True}
            )
        case other:
            raise DatabaseUrlError(other)


def _read_any_text(connection: sqlite3.Connection, _record: object) -> None:
    """Read what was stored as text and is none as another text, not as an error."""
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")


def _open_sqlite(path: str, *, pool_size: int) -> Engine:
    if path in {"", ":memory:"}:
        raise DatabaseUrlError(path)
    file = Path(path)
    if not file.exists():
        mode = stat.S_IRUSR | stat.S_IWUSR
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, mode))
    engine = create_engine(
        f"sqlite:///{file}",
        pool_size=pool_size,
        max_overflow=pool_size,
        # What the writer's last connection holds is still true for its next group.
        pool_use_lifo=True,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _forget_mode(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    """Let PostgreSQL say whether the next one writes.

    Whoever only read leaves behind that the next may write, which would hold against a
    database that was made read-only.
    """
    if connection is not None and not connection.closed:
        connection.read_only = None


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    # The driver's own BEGIN would come late and never IMMEDIATE: we say it ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    _enter_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
    cursor.execute(f"PRAGMA cache_spill={SPILL_PAGES}")
    cursor.close()


def _enter_wal(cursor: sqlite3.Cursor) -> None:
    """Have a write-ahead log, also where several open a new file at once.

    SQLite does not wait for others there, as it does everywhere else.

    Raises:
        OperationalError: somebody keeps the file for too long, or it is none.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(1 / 100)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    immediate = options.get(IMMEDIATE, False)
    if options.get(KEEPS_PAGES) and not connection.info.get(KEEPS_PAGES):
        connection.exec_driver_sql(f"PRAGMA cache_size=-{KEPT_KIB}")
        connection.info[KEEPS_PAGES] = True
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def close_engine(engine: Engine) -> None:
    """Close all connections; a SQLite database is left as one file, without a WAL.

    A database that does not answer any more is let go as it is: its WAL is read by
    whoever opens it next.
    """
    if engine.dialect.name == "sqlite":
        with suppress(exc.DBAPIError, exc.TimeoutError), engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql(f"PRAGMA busy_timeout={CLOSING_MILLISECONDS}")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
    engine.dispose()
