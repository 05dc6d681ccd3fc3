"""Many rows in one statement, and rows by many keys, on either database.

Raw statements on SQLAlchemy connections, as in the recorder: what SQLAlchemy does for
each row costs more than what the database does with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlalchemy import Column, Connection, Row, Table

_ARRAYS: Final = {int: "bigint[]", str: "text[]"}


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
    if not rows:
        return
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    values = itemgetter(*(column.name for column in table.columns))
    found = [values(row) for row in rows]
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in table.columns)
        sql = f"INSERT INTO {table.name} ({names}) VALUES ({marks}) {conflict}"  # noqa: S608  # own names only
        connection.exec_driver_sql(sql, found)
        return
    marks = ", ".join(
        f"%b::{_ARRAYS[column.type.python_type]}" for column in table.columns
    )
    sql = f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({marks}) {conflict}"  # noqa: S608  # own names only
    connection.exec_driver_sql(sql, tuple(map(list, zip(*found, strict=True))))


def rows_by(
    connection: Connection, column: "Column[str]", *, keys: Iterable[str], **where: str
) -> Sequence[Row[Any]]:  # Any: whole rows of the column's table.
    """Return the rows whose column holds one of these texts, and others a value."""
    wanted, values = sorted(set(keys)), tuple(where.values())
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    conditions = "".join(f'"{name}" = {mark} AND ' for name in where)
    table = column.table.description
    sql = f'SELECT * FROM {table} WHERE {conditions}"{column.name}"'  # noqa: S608  # own names only
    if connection.dialect.name == "sqlite":
        sql += " IN (SELECT value FROM json_each(?))"
        keyed = orjson.dumps(wanted).decode()
        return connection.exec_driver_sql(sql, (*values, keyed)).all()
    return connection.exec_driver_sql(
        f"{sql} = ANY(%b::text[])", (*values, wanted)
    ).all()
