"""The tables of the log. State tables stand in ``state_tables``."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
    select,
    text,
)

from ledger.database import IMMEDIATE, create_missing
from ledger.store.heads import HEAD_TOPIC

SCHEMA_VERSION: Final = 1

_COLUMNS_THERE: Final = {
    "sqlite": (
        "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c"
        " WHERE m.type = 'table'"
    ),
    "postgresql": (
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema()"
    ),
}
_OPENING: Final = 7_553_011
"""The number of the advisory lock under which tables are created."""

OPENING_TOPICS: Final = frozenset(
    ("account.opened.v1", "batch.v1", "credit.awarded.v1")
)
"""Each begins a stream and never follows in one: the rules take an id once."""

_APART: Final = ", ".join(f"'{one}'" for one in sorted({*OPENING_TOPICS, HEAD_TOPIC}))
IN_STREAMS: Final = f"topic NOT IN ({_APART})"
"""What is found by its stream. A question must say so, or the index is of no use."""

metadata = MetaData()

stored_events = Table(
    "stored_events",
    metadata,
    Column("originator_id", Text, nullable=False),
    Column("originator_version", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column(
        "notification_id",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Index(
        "stored_events_in_streams",
        "originator_id",
        "originator_version",
        unique=True,
        sqlite_where=text(IN_STREAMS),
        postgresql_where=text(IN_STREAMS),
    ),
)
"""Entries under ``position + 1``; log heads under minus their version.

Streams of awards are named at random: an index of all of them would cost a page of its
own for each award. What opens a stream is found through the state (``openings``), and
heads are found by their numbers. A database of an earlier release holds all streams
unique instead, and does as well.
"""

log_groups = Table(
    "log_groups",
    metadata,
    Column(
        "size",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("first_position", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Index("log_groups_recorded_at", "recorded_at"),
)
"""One row per group: finds the checkpoint that closed it. Derived from the heads."""

log_tiles = Table(
    "log_tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("tile_index", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
)
"""Complete hash tiles (C2SP tlog-tiles), each with its one hash on the level above.

Derived from the entries.
"""

log_restores = Table(
    "log_restores",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("restored_at", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("compared_at", Text),
    Column("compared_size", BigInteger),
    Column("lost", BigInteger),
)
"""One row per restore of this ledger, see ``restores``."""
cosignatures = Table(
    "cosignatures",
    metadata,
    Column(
        "size",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("witness", Text, primary_key=True),
    Column("seconds", BigInteger, nullable=False),
    Column("line", Text, nullable=False),
    Index("cosignatures_witness", "witness", "size"),
)
"""What witnesses signed. Not derivable: a backup holds it, too."""

witness_alarms = Table(
    "witness_alarms",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("witness", Text, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("request", Text, nullable=False),
    Column("answer", Text, nullable=False),
)
"""What witnesses answered that speaks of a fork: kept as it was said."""

schema_version = Table(
    "schema_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)


class SchemaVersionError(Exception):
    """The database was made by a newer release than this one."""

    def __init__(self, found: int) -> None:
        """Name the version found."""
        super().__init__(f"schema version {found}, this release knows {SCHEMA_VERSION}")
        self.found = found


class StateFormError(Exception):
    """A state table is of an earlier release: all must be made anew from the log."""

    def __init__(self, table: str) -> None:
        """Name the table."""
        super().__init__(f"{table} has other columns than this release reads")
        self.table = table


def prepare_schema(engine: Engine, state: MetaData, *, any_state: bool = False) -> None:
    """Create what is missing of log and state; refuse what is another's, and leave it.

    ``any_state`` is for whoever makes the state anew: it may be of any form.

    Raises:
        SchemaVersionError: the tables are of a later release.
        StateFormError: those of the state are of an earlier one.
    """
    with engine.connect() as opened:
        connection = opened.execution_options(**{IMMEDIATE: True})
        # Two processes that open a new database at once would both create its tables.
        # SQLite's BEGIN IMMEDIATE makes one wait; PostgreSQL needs to be told.
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_OPENING})")
        schema_version.create(connection, checkfirst=True)
        found = connection.execute(select(schema_version.c.version)).scalar()
        if found is None:
            connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
        elif found > SCHEMA_VERSION:
            raise SchemaVersionError(found)
        create_missing(connection, metadata)
        create_missing(connection, state)
        if found is not None and not any_state:
            check_form(connection, state)
        connection.commit()


def check_form(connection: Connection, state: MetaData) -> None:
    """Hold the columns of tables that are there against those that are read.

    SQLite takes the quoted name of a column that is missing for a text, and finds
    nothing: what counts already would be forgotten without a word.

    Raises:
        StateFormError: a table has others.
    """
    there: dict[str, set[str]] = {}
    asked = _COLUMNS_THERE[connection.dialect.name]
    for table, column in connection.exec_driver_sql(asked):
        there.setdefault(table, set()).add(column)
    for name, table in state.tables.items():
        if name in there and there[name] != set(table.columns.keys()):
            raise StateFormError(name)
