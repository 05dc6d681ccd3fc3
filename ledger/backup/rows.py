"""A row as a line of JSON: an array of its columns' values, bytes in base64url."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from ledger.integrity.encoding import b64decode, b64encode

if TYPE_CHECKING:
    # Whoever only looks for a backup needs no database.
    from sqlalchemy import Table

LINE_BYTES_MAX: Final = 32 * 1024 * 1024
"""No row is nearly as long: what a member sends is bounded by a quarter of it."""

Row = dict[str, Any]  # Any: a column's value, of the type of the column.


class RowFormError(ValueError):
    """A line is not a row of its table."""


class RowForm:
    """Writes and reads the rows of one table."""

    def __init__(self, table: "Table") -> None:
        """Take names, types and nullability from the table's columns."""
        self._names = [column.name for column in table.columns]
        self._types = [column.type.python_type for column in table.columns]
        self._nullable = [bool(column.nullable) for column in table.columns]
        self._bytes = [n for n, kind in enumerate(self._types) if kind is bytes]

    def write(self, values: Sequence[object]) -> bytes:
        """Return the line of a row, with its newline."""
        row = list(values)
        for place in self._bytes:
            value = row[place]
            if isinstance(value, (bytes, bytearray, memoryview)):
                row[place] = b64encode(bytes(value))
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)

    def read(self, line: bytes) -> Row:
        """Return a row by its columns' names.

        Raises:
            RowFormError: not such a line.
        """
        try:
            values = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise RowFormError from error
        if not isinstance(values, list) or len(values) != len(self._names):
            raise RowFormError
        return {
            name: self._value(place, value)
            for place, (name, value) in enumerate(zip(self._names, values, strict=True))
        }

    def _value(self, place: int, value: object) -> object:
        kind = self._types[place]
        if value is None and self._nullable[place]:
            return None
        if kind is bytes and isinstance(value, str):
            try:
                return b64decode(value)
            except ValueError as error:
                raise RowFormError from error
        # SQLite would take a value of any type; and True is an int to Python only.
        if type(value) is not kind:
            raise RowFormError
        return value
