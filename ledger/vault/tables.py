"""The tables of the vault. No column holds a person's value in clear."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from ledger.database import create_missing
from ledger.vault.keys import MasterKeyError

metadata = MetaData()

check = Table(
    "vault_check", metadata, Column("check_value", LargeBinary, primary_key=True)
)
"""Derived from the master key: tells a wrong one at once."""

learners = Table(
    "vault_learners",
    metadata,
    Column("learner_id", Text, primary_key=True),
    Column("wrapped_key", LargeBinary),
    Column("erased_at", Text),
    Column("retention_class", Text),
    Column("retention_basis", Text),
    Column("retention_until", Text),
)
"""A learner without a key is erased. While a retention runs, erasing is refused."""

sealed = Table(
    "vault_sealed",
    metadata,
    Column("iss", Text, primary_key=True),
    Column("statement_id", Text, primary_key=True),
    Column("payload_hash", Text, primary_key=True),
    Column("learner_id", Text, primary_key=True),
    Column("expires_at", Text),
    Column("content", LargeBinary, nullable=False),
    Index("vault_sealed_learner_id", "learner_id"),
    Index("vault_sealed_expires_at", "expires_at"),
)
"""The disclosures of one statement. ``expires_at`` is empty once an entry claims it.

The payload's hash is part of the key: two statements under one id, of which the log
accepts one at most, never overwrite each other's disclosures.
"""

search = Table(
    "vault_search",
    metadata,
    Column("keyed_hash", Text, primary_key=True),
    Column("learner_id", Text, primary_key=True),
    Column("iss", Text, primary_key=True),
    Column("statement_id", Text, primary_key=True),
    Column("payload_hash", Text, primary_key=True),
    Index("vault_search_learner_id", "learner_id"),
    Index("vault_search_statement", "iss", "statement_id"),
)
"""What a learner is found by, and the statement that said so: they go together."""

_OPENING_LOCK: Final = 0x5B_4B_1D_01
"""Any number of our own: who opens the vault first makes its tables."""


def prepare(connection: Connection, *, check_value: bytes) -> None:
    """Create what is missing, and require the master key the vault was made with.

    Raises:
        MasterKeyError: it is another one.
    """
    if connection.dialect.name == "postgresql":
        # SQLite holds its own write lock here. Without one, two processes would make
        # the tables twice, and a vault could be bound to two master keys.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_OPENING_LOCK})")
    create_missing(connection, metadata)
    found = connection.execute(select(check.c.check_value)).scalar()
    if found is None:
        connection.execute(insert(check).values(check_value=check_value))
    elif bytes(found) != check_value:
        raise MasterKeyError


def upsert(
    connection: Connection, table: Table, *, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert rows; where a row with the same key is there, take the new columns."""
    if not rows:
        return
    statement = _inserting(connection, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=changed),
        [dict(row) for row in rows],
    )


def insert_missing(
    connection: Connection, table: Table, *, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    if not rows:
        return
    statement = _inserting(connection, table)
    connection.execute(statement.on_conflict_do_nothing(), [dict(row) for row in rows])


def _inserting(
    connection: Connection, table: Table
) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
