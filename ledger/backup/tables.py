"""What goes into a backup: every table of log, state and vault, asked of themselves.

A table that a later release adds to one of these is saved without being named here.
Projections are not: they are made anew from the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import MetaData, Select, Table, select

from ledger.store.schema import metadata, schema_version, stored_events
from ledger.store.state_tables import state_tables
from ledger.vault.tables import metadata as vault_metadata

LEDGER: Final = "ledger"
VAULT: Final = "vault"
HEADS: Final = "ledger/heads.ndjson.gz"
ENTRIES: Final = "ledger/entries.ndjson.gz"
_EVENTS: Final = stored_events.c.notification_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a backup: rows of one table, in an order that is always the same."""

    path: str
    table: Table
    rows: Select[tuple[object, ...]]

    @property
    def database(self) -> str:
        """Return whether it is of the ledger or of the vault."""
        return self.path.partition("/")[0]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns, in the order of a row."""
        return tuple(column.name for column in self.table.columns)


def ledger_tables() -> tuple[MetaData, ...]:
    """Return what is created in a ledger's database."""
    return metadata, state_tables().metadata


def ledger_parts() -> list[Part]:
    """Return the parts of a ledger: heads and entries first, since they say it all."""
    heads = select(stored_events).where(_EVENTS <= 0).order_by(_EVENTS.desc())
    entries = select(stored_events).where(_EVENTS > 0).order_by(_EVENTS)
    apart = {stored_events.name, schema_version.name}
    return [
        Part(path=HEADS, table=stored_events, rows=heads),
        Part(path=ENTRIES, table=stored_events, rows=entries),
        *_parts(LEDGER, ledger_tables(), apart=apart),
    ]


def vault_parts() -> list[Part]:
    """Return the parts of a vault."""
    return _parts(VAULT, (vault_metadata,))


def _parts(
    folder: str, described: Iterable[MetaData], *, apart: Iterable[str] = ()
) -> list[Part]:
    left_out = frozenset(apart)
    return [
        Part(
            path=f"{folder}/{table.name}.ndjson.gz",
            table=table,
            rows=select(table).order_by(*table.primary_key.columns),
        )
        for tables in described
        for table in sorted(tables.tables.values(), key=lambda one: one.name)
        if table.name not in left_out
    ]
