"""Rows that are new and differ from one another in a few columns only.

What they have in common is passed once, and what stands for nothing is not passed at
all: to bind forty columns of a row costs as much as to keep it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from sqlalchemy import Connection

from ledger.domain.state import Record
from ledger.store.arrays import ARRAYS, COLUMNS

if TYPE_CHECKING:
    from ledger.store.state_tables import StateTable

Column = Sequence[str | int | None]


class NewRows(NamedTuple):
    """Rows of records that are new: like the pattern's row, but for some columns.

    ``own`` are those columns by their fields' names, with what stands in the table.
    """

    pattern: Record
    own: Mapping[str, Column]


class Columns(NamedTuple):
    """What is written of rows: columns of their own, and what all of them have."""

    own: Mapping[str, Column]
    common: Mapping[str, object]

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Return the rows, own columns first."""
        common = map(repeat, self.common.values())
        # What all have is repeated without end.
        return zip(*self.own.values(), *common, strict=False)


def columns_of(table: "StateTable", rows: NewRows, *, is_sqlite: bool) -> Columns:
    """Return what is written of rows; other columns hold nothing."""
    pattern = table.form.row(rows.pattern, is_sqlite=is_sqlite)
    names = {one.name: one.column_name for one in table.fields}
    common = {
        one.column_name: value
        for one, value in zip(table.fields, pattern, strict=True)
        if value is not None and one.name not in rows.own
    }
    own = {
        names[name]: column
        for name, column in rows.own.items()
        if column.count(None) < len(column)
    }
    return Columns(own, common)


def insert(connection: Connection, table: "StateTable", *, rows: NewRows) -> None:
    """Put rows; what is there already is an error of the database.

    Raises:
        IntegrityError: the database's own; one of the keys is there.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    columns = columns_of(table, rows, is_sqlite=is_sqlite)
    names = ", ".join(f'"{name}"' for name in (*columns.own, *columns.common))
    sql = f"INSERT INTO {table.name} ({names})"  # own names only
    if is_sqlite:
        made = [*columns.rows()]
        if table.record.slim:
            # As in an upsert: in their order they fill pages.
            made.sort(key=_key_of(table, columns))
        marks = ", ".join("?" for _ in made[0])
        connection.exec_driver_sql(f"{sql} VALUES ({marks})", made)
        return
    arrays = {one.column_name: ARRAYS[one.column] for one in table.fields}
    packed = [COLUMNS[arrays[name]](values) for name, values in columns.own.items()]
    chosen = ", ".join(
        ("own.*", *(f"%b::{arrays[name][:-2]}" for name in columns.common))
    )
    marks = ", ".join(f"%b::{arrays[name]}" for name in columns.own)
    values = f"SELECT {chosen} FROM unnest({marks}) AS own"  # noqa: S608  # own names only
    given = (*columns.common.values(), *packed)
    connection.exec_driver_sql(f"{sql} {values}", given)


# Any: one value, or several.
def _key_of(table: "StateTable", columns: Columns) -> "itemgetter[Any]":
    own = [*columns.own]
    return itemgetter(*(own.index(one) for one in table.keys if one in columns.own))


def count(
    connection: Connection,
    table: "StateTable",
    *,
    wanted: tuple[str, Iterable[str]],
    where: Mapping[str, str | bool | None],
) -> int:
    """Count rows: those with one of many texts in a column, and these values besides.

    ``wanted`` are the column and its texts, spelled as in the table, each of them once.

    Raises:
        KeyError: no such field, or one that is only written if it is unusual.
    """
    name, texts = wanted
    if unknown := {name, *where} - table.asked_for:
        raise KeyError(*unknown)
    is_sqlite = connection.dialect.name == "sqlite"
    mark = "?" if is_sqlite else "%s"
    given = [
        table.spelled(one, value) for one, value in where.items() if value is not None
    ]
    asked = "".join(
        f' AND "{one}" IS NULL' if value is None else f' AND "{one}" = {mark}'
        for one, value in where.items()
    )
    listed: object
    if is_sqlite:
        listed = orjson.dumps([*texts]).decode()
        chosen = "SELECT value FROM json_each(?)"
        found = f'{table.name} WHERE "{name}" IN ({chosen}){asked}'
    else:
        listed = COLUMNS["text[]"]([*texts])
        # Each is looked up by itself, as keys are when records are loaded.
        one = f'SELECT 1 FROM {table.name} WHERE "{name}" = k{asked} LIMIT 1'  # noqa: S608  # own names only
        found = f"unnest(%b::text[]) AS wanted(k) CROSS JOIN LATERAL ({one}) AS found"
    sql = f"SELECT COUNT(*) FROM {found}"  # noqa: S608  # as above
    return int(connection.exec_driver_sql(sql, (listed, *given)).scalar_one())
