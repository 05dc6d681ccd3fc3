"""Many rows in one statement, and rows by many keys, on either database.

Raw statements on SQLAlchemy connections, as in the recorder: what SQLAlchemy does for
each row costs more than what the database does with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlalchemy import Column, Connection, Row, Table

from ledger.store.arrays import COLUMNS
from projections.copying import copy_rows

_ARRAYS: Final = {int: "bigint[]", str: "text[]", bytes: "bytea[]"}
_MARKS_MAX: Final = 500
"""Binary keys asked for at once: SQLite's JSON holds none, so each has its mark."""
_COPIED_MIN: Final = 50
"""Fewer rows are inserted: a copy is a conversation of its own."""

Tuples = Sequence[tuple[object, ...]]


def insert_rows(
    connection: Connection,
    table: Table,
    *,
    rows: Sequence[Mapping[str, object]],
    conflict: str = "",
) -> None:
    """Insert rows, each with a value for every column of the table.

    ``conflict`` is the clause that says what becomes of a row that is there already.
    """
    values = itemgetter(*(column.name for column in table.columns))
    insert_tuples(connection, table, rows=list(map(values, rows)), conflict=conflict)


def insert_tuples(
    connection: Connection, table: Table, *, rows: Tuples, conflict: str = ""
) -> None:
    """Insert rows whose values are as the driver takes them, in the columns' order."""
    if not rows:
        return
    is_sqlite = connection.dialect.name == "sqlite"
    if not (is_sqlite or conflict) and len(rows) >= _COPIED_MIN:
        copy_rows(connection, table, rows=rows)
        return
    sql, columns = _inserting(table, conflict, is_sqlite=is_sqlite)
    if is_sqlite:
        connection.exec_driver_sql(sql, rows)
        return
    arrays = zip(columns, zip(*rows, strict=True), strict=True)
    values = tuple(COLUMNS[name](column) for name, column in arrays)
    connection.exec_driver_sql(sql, values)


@cache
def _inserting(
    table: Table, conflict: str, *, is_sqlite: bool
) -> tuple[str, tuple[str, ...]]:
    """Return the statement, and what arrays its columns are passed as."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    columns = tuple(_ARRAYS[column.type.python_type] for column in table.columns)
    marks = ", ".join("?" for _ in columns)
    values = f"VALUES ({marks})"
    if not is_sqlite:
        marks = ", ".join(f"%b::{name}" for name in columns)
        values = f"SELECT * FROM unnest({marks})"  # noqa: S608  # types only
    sql = f"INSERT INTO {table.name} ({names}) {values} {conflict}"  # own names only
    return sql, columns


def rows_by(
    connection: Connection, column: "Column[str]", *, keys: Iterable[str], **where: str
) -> Sequence[Row[Any]]:  # Any: whole rows of the column's table.
    """Return the rows whose column holds one of these texts, and others a value."""
    wanted, values = sorted(set(keys)), tuple(where.values())
    conditions = "".join(f'"{name}" = %s AND ' for name in where)
    table = column.table.description
    sql = f'SELECT * FROM {table} WHERE {conditions}"{column.name}"'  # noqa: S608  # own names only
    return rows_in(connection, sql, keys=wanted, values=values)


def rows_in(
    connection: Connection,
    sql: str,
    *,
    keys: Sequence[str] | Sequence[int],
    values: Sequence[object] = (),
    after: str = "",
) -> Sequence[Row[Any]]:  # Any: whatever is selected.
    """Return the rows of a query that ends in a column: it must hold one of these.

    ``values`` are those of its marks, ``%s``; ``after`` is what it says after the keys.
    """
    if not keys:
        return ()
    if connection.dialect.name == "sqlite":
        marked, wanted = sql.replace("%s", "?"), orjson.dumps(keys).decode()
        whole = f"{marked} IN (SELECT value FROM json_each(?)){after}"  # noqa: S608  # own names only
        return connection.exec_driver_sql(whole, (*values, wanted)).all()
    kind = _ARRAYS[type(keys[0])]
    return connection.exec_driver_sql(
        f"{sql} = ANY(%b::{kind}){after}", (*values, COLUMNS[kind](keys))
    ).all()


def rows_of_bytes(
    connection: Connection, sql: str, *, keys: Sequence[bytes]
) -> Sequence[Row[Any]]:  # Any: whatever is selected.
    """Return the rows of a query that ends in a column of bytes, as ``rows_in``."""
    if connection.dialect.name != "sqlite":
        array = COLUMNS["bytea[]"](keys)
        return connection.exec_driver_sql(f"{sql} = ANY(%b::bytea[])", (array,)).all()
    found: list[Row[Any]] = []
    for start in range(0, len(keys), _MARKS_MAX):
        part = tuple(keys[start : start + _MARKS_MAX])
        marks = ", ".join("?" * len(part))
        found += connection.exec_driver_sql(f"{sql} IN ({marks})", part).all()
    return found
