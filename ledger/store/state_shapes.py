"""How a kind of record lies in its table: columns, key and indexes."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Column, Index, MetaData, Table

from ledger.domain.state import Record
from ledger.store.short_ids import long_id
from ledger.store.state_columns import SQL_TYPES, Field

SPELLED: Final = "spelled"
"""Under this name a column knows what a text in it stands for, if not for itself."""
BLANK: Final = "blank"
"""And under this one what nothing stands for in it."""
CHANGED_FILL: Final = 95
"""Per cent of a page of PostgreSQL that new rows fill: what changes stays on its page,
and no index has to be told."""


def table_of(
    record: type[Record], fields: Sequence[Field], *, metadata: MetaData
) -> Table:
    """Return the table of a kind of record, described in ``metadata``."""
    table = Table(
        f"state_{record.kind}",
        metadata,
        *(_column(one, keys=record.key_fields) for one in _placed(record, fields)),
        # Of a slim row the key is nearly all: SQLite need not keep it twice.
        sqlite_with_rowid=not record.slim,
        postgresql_with={} if record.slim else {"fillfactor": CHANGED_FILL},
    )
    for on in record.indexes:
        _index(table, on)
    return table


def _placed(record: type[Record], fields: Sequence[Field]) -> list[Field]:
    """Put the key first, then numbers: PostgreSQL leaves gaps before one."""
    by_name, widths = {one.name: one for one in fields}, (int, bool, str)
    rest = [one for one in fields if one.name not in record.key_fields]
    rest.sort(key=lambda one: widths.index(one.column))
    return [*(by_name[name] for name in record.key_fields), *rest]


def _column(field: Field, *, keys: Sequence[str]) -> Column[Any]:  # Any: of its type.
    return Column(
        field.column_name,
        SQL_TYPES[field.column],
        primary_key=field.name in keys,
        autoincrement=False,
        nullable=field.nullable,
        info={
            BLANK: field.blank,
            SPELLED: field.load if field.load is long_id else None,
        },
    )


def _index(table: Table, names: Sequence[str]) -> Index:
    """Index rows by columns; nobody asks for those where the first is absent."""
    columns = [table.columns[name] for name in names]
    where = columns[0].is_not(None) if columns[0].nullable else None
    name = f"{table.name}_{'_'.join(names)}"
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)
