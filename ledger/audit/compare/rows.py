"""Compares a table that is shown with the same table as it was worked out.

Both are read in the order of their keys, side by side, so that tables of any size are
compared in the same memory. Nothing read is believed to have its column's type: a
changed cell of SQLite may hold anything, and text may be no text any more.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, Text, exc

from ledger.audit.compare.difference import Difference
from ledger.domain.types import credits_text
from ledger.store.state_shapes import BLANK, SPELLED

VALUE_SIGNS_MAX: Final = 200
"""Of a long value so much is told, from a little before where it differs."""
_BEFORE: Final = 40
_STREAMING: Final = {"stream_results": True, "yield_per": 1_000}

Values = Sequence[object]


def read_loosely(connection: Connection) -> None:
    """Have text that is no text read anyway, so that it can be named."""
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.text_factory = _text


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def compare_table(
    table: Table, *, shown: Connection, recomputed: Connection
) -> Iterator[Difference]:
    """Yield every difference of a table, in the order of its keys."""
    expected = _rows(recomputed, table)
    try:
        yield from _merge(table, shown=_rows(shown, table), expected=expected)
    except exc.DBAPIError as error:
        yield _unreadable(table, error)


def _unreadable(table: Table, error: exc.DBAPIError) -> Difference:
    kind = type(error.orig).__name__
    return Difference(
        table=table.name,
        key="",
        column="",
        shown=f"unreadable ({kind})",
        recomputed="a table",
    )


def _rows(connection: Connection, table: Table) -> Iterator[Values]:
    # With the table's name: SQLite takes a bare quoted name that is missing for text.
    columns = ", ".join(f'{table.name}."{column.name}"' for column in table.columns)
    order = ", ".join(_ordered(connection, column) for column in table.primary_key)
    sql = f"SELECT {columns} FROM {table.name} ORDER BY {order}"  # noqa: S608  # own names only
    for row in connection.exec_driver_sql(sql, execution_options=_STREAMING):
        yield tuple(row)


def _ordered(
    connection: Connection, column: "Column[Any]"
) -> str:  # Any: a key's type.
    # Every database in the one order that both have: that of bytes.
    is_text = isinstance(column.type, Text) and connection.dialect.name != "sqlite"
    return f'"{column.name}" COLLATE "C"' if is_text else f'"{column.name}"'


def _merge(
    table: Table, *, shown: Iterator[Values], expected: Iterator[Values]
) -> Iterator[Difference]:
    names = [column.name for column in table.columns]
    places = [names.index(column.name) for column in table.primary_key]
    row, other = next(shown, None), next(expected, None)
    while row is not None or other is not None:
        order = _order(row, other, places=places)
        key = _key(table, row if other is None or order < 0 else other, places=places)
        if order == 0:
            yield from _cells(table, key, shown=row or (), recomputed=other or ())
        else:
            told = ("a row", None) if order < 0 else (None, "a row")
            yield Difference(
                table=table.name, key=key, column="", shown=told[0], recomputed=told[1]
            )
        row = next(shown, None) if order <= 0 else row
        other = next(expected, None) if order >= 0 else other


def _order(row: Values | None, other: Values | None, *, places: list[int]) -> int:
    """Return which comes first: below zero the row, above it the other."""
    if row is None or other is None:
        return 1 if row is None else -1
    left, right = (tuple(_rank(one[at]) for at in places) for one in (row, other))
    return (left > right) - (left < right)


def _rank(value: object) -> tuple[int, Any]:  # Any: compared within its class only.
    """Return where a value stands among others of its column, as SQLite sorts them."""
    match value:
        case None:
            return 0, 0
        case bool() | int() | float():
            return 1, value
        case str():
            return 2, value.encode("utf-8", "surrogateescape")
        case _:
            return 3, bytes(value) if isinstance(value, bytes | memoryview) else b""


def _key(table: Table, row: Values | None, *, places: list[int]) -> str:
    values, columns = row or (), list(table.columns)
    return ", ".join(
        f"{columns[at].name}={_told(_spelled(columns[at], values[at]))}"
        for at in places
    )


def _spelled(column: "Column[Any]", value: object) -> object:  # Any: of its type.
    """Return what a value stands for; as it lies there if nothing is spelled so."""
    if value is None:
        return column.info.get(BLANK)
    spell = column.info.get(SPELLED)
    if spell is None or not isinstance(value, str):
        return value
    try:
        return spell(value)
    except ValueError:
        return value


def _cells(
    table: Table, key: str, *, shown: Values, recomputed: Values
) -> Iterator[Difference]:
    for column, value, right in zip(table.columns, shown, recomputed, strict=True):
        if not _same(value, right):
            told, right_told = _excerpts(
                column.name,
                value=_spelled(column, value),
                other=_spelled(column, right),
            )
            yield Difference(
                table=table.name,
                key=key,
                column=column.name,
                shown=told,
                recomputed=right_told,
            )


def _same(value: object, other: object) -> bool:
    left, right = (_bare(one) for one in (value, other))
    return type(left) is type(right) and left == right


def _bare(value: object) -> object:
    # SQLite knows no truth values, and drivers have their own word for bytes.
    if isinstance(value, bool):
        return int(value)
    return bytes(value) if isinstance(value, memoryview) else value


def _excerpts(name: str, *, value: object, other: object) -> tuple[str, str]:
    if name.endswith("_milli") and isinstance(value, int) and isinstance(other, int):
        return credits_text(value), credits_text(other)
    left, right = _told(value), _told(other)
    pairs = zip(left, right, strict=False)
    same = next((at for at, pair in enumerate(pairs) if pair[0] != pair[1]), 0)
    start = max(0, same - _BEFORE)
    return _cut(left, start), _cut(right, start)


def _cut(text: str, start: int) -> str:
    if len(text) <= VALUE_SIGNS_MAX:
        return text
    end = start + VALUE_SIGNS_MAX
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return f"{before}{text[start:end]}{after}"


def _told(value: object) -> str:
    """Return a value as text that any terminal and any JSON can carry."""
    match _bare(value):
        case None:
            return "nothing"
        case str(text):
            raw = text.encode("utf-8", "surrogateescape")
            return raw.decode("utf-8", "backslashreplace")
        case bytes(raw):
            return raw.hex()
        case other:
            return str(other)
