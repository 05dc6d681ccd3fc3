"""One unchanging view of a database, in which rows are read a page at a time.

A bank goes on writing beside it: SQLite's write-ahead log and PostgreSQL's versions of
rows keep what the view shows. Both are let go as soon as the view is closed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, inspect, select

from ledger.backup.errors import LogDamagedError
from ledger.backup.tables import Part
from ledger.integrity.errors import CheckpointError
from ledger.store.heads import Head, read_head_state
from ledger.store.schema import stored_events

PAGE: Final = 500


@contextmanager
def view_of(engine: Engine) -> Iterator[Connection]:
    """Open a view of one moment, that of the first query."""
    options: dict[str, Any] = {"yield_per": PAGE}  # Any: as the library takes them.
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect() as connection:
        yield connection.execution_options(**options)


def tables_in(connection: Connection) -> frozenset[str]:
    """Return the names of the tables that are there."""
    return frozenset(inspect(connection).get_table_names())


def pages_of(connection: Connection, part: Part) -> Iterator[Sequence[Sequence[Any]]]:
    """Return the rows of a part, a page at a time; Any: a column's values."""
    yield from connection.execute(part.rows).partitions()


def newest_head(connection: Connection) -> Head | None:
    """Return the newest head, None while the log is empty.

    Raises:
        LogDamagedError: it cannot be read.
    """
    query = (
        select(stored_events.c.originator_version, stored_events.c.state)
        .where(stored_events.c.notification_id < 0)
        .order_by(stored_events.c.notification_id)
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    try:
        return read_head_state(bytes(row[1]), version=row[0])
    except CheckpointError as error:
        raise LogDamagedError from error
