"""Columns of values as PostgreSQL's binary arrays, put together in one pass.

The driver's own way asks of every element anew what it is. Here the column says so.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from struct import Struct
from typing import Any, ClassVar, Final

from psycopg import adapters, postgres
from psycopg.adapt import Dumper
from psycopg.pq import Format
from typing_extensions import override

_HEAD: Final = Struct("!iiIii")
"""Dimensions, whether there are nulls, the element's type, its count, the first."""
_LENGTH: Final = Struct("!i").pack
_BIGINT: Final = Struct("!iq").pack
_BOOLEAN: Final = Struct("!i?").pack
_NULL: Final = _LENGTH(-1)


class Values(ABC):
    """What stands in one column of many rows, for ``unnest``: of one type, or None."""

    __slots__ = ("values",)
    element: ClassVar[str]

    def __init__(self, values: Sequence[Any]) -> None:  # Any: of the kind's own type.
        """Take at least one value."""
        self.values = values

    @override
    def __repr__(self) -> str:
        """Show the values, as a statement's parameters are shown."""
        return repr(self.values)

    @staticmethod
    @abstractmethod
    def pack(value: Any) -> bytes:  # noqa: ANN401  # of the kind's own type
        """Return one value after its length."""


class Texts(Values):
    """Text."""

    element = "text"

    @override
    @staticmethod
    def pack(value: str) -> bytes:
        raw = value.encode()
        return _LENGTH(len(raw)) + raw


class Integers(Values):
    """Integers of eight bytes."""

    element = "int8"

    @override
    @staticmethod
    def pack(value: int) -> bytes:
        return _BIGINT(8, value)


class Booleans(Values):
    """Truth values."""

    element = "bool"

    @override
    @staticmethod
    def pack(value: bool) -> bytes:
        return _BOOLEAN(1, value)


class Binaries(Values):
    """Byte strings."""

    element = "bytea"

    @override
    @staticmethod
    def pack(value: bytes) -> bytes:
        return _LENGTH(len(value)) + value


COLUMNS: Final[Mapping[str, type[Values]]] = {
    "text[]": Texts,
    "bigint[]": Integers,
    "boolean[]": Booleans,
    "bytea[]": Binaries,
}
"""What a column is passed as, by the name of its array's type."""


class _ArrayDumper(Dumper):
    """Writes a column in the form that PostgreSQL's ``array_recv`` reads."""

    format = Format.BINARY

    @override
    def dump(self, obj: Values) -> bytes:
        values, pack = obj.values, obj.pack
        packed = [_NULL if value is None else pack(value) for value in values]
        oid = postgres.types[obj.element].oid
        head = _HEAD.pack(1, None in values, oid, len(values), 1)
        return head + b"".join(packed)


for _column in COLUMNS.values():
    _oid = postgres.types[_column.element].array_oid
    _dumper = type(f"{_column.__name__}Dumper", (_ArrayDumper,), {"oid": _oid})
    adapters.register_dumper(_column, _dumper)
