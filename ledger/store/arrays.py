"""Columns of values as PostgreSQL's binary arrays, put together in one pass.

The driver's own way asks of every element anew what it is. Here the column says so.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from struct import Struct, pack
from typing import Any, ClassVar, Final

from psycopg import adapters, postgres
from psycopg.adapt import Dumper
from psycopg.pq import Format
from typing_extensions import override

_HEAD: Final = Struct("!iiIii")
"""Dimensions, whether there are nulls, the element's type, its count, the first."""
_LENGTH: Final = Struct("!i").pack
_NULL: Final = _LENGTH(-1)
_TRUTHS: Final = {value: Struct("!i?").pack(1, value) for value in (False, True)}


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
    def pack(values: Sequence[Any]) -> bytes:  # Any: of the kind's own type.
        """Return values, each after its length; none of them is None."""


class Texts(Values):
    """Text."""

    element = "text"

    @override
    @staticmethod
    def pack(values: Sequence[str]) -> bytes:
        return _after_lengths([value.encode() for value in values])


class Integers(Values):
    """Integers of eight bytes."""

    element = "int8"

    @override
    @staticmethod
    def pack(values: Sequence[int]) -> bytes:
        return pack(
            f"!{len(values) * 'iq'}", *chain.from_iterable(zip(repeat(8), values))
        )


class Booleans(Values):
    """Truth values."""

    element = "bool"

    @override
    @staticmethod
    def pack(values: Sequence[bool]) -> bytes:
        return b"".join([_TRUTHS[value] for value in values])


class Binaries(Values):
    """Byte strings."""

    element = "bytea"

    @override
    @staticmethod
    def pack(values: Sequence[bytes]) -> bytes:
        return _after_lengths(values)


def _after_lengths(values: Sequence[bytes]) -> bytes:
    lengths = map(_LENGTH, map(len, values))
    return b"".join(chain.from_iterable(zip(lengths, values, strict=True)))


COLUMNS: Final[Mapping[str, type[Values]]] = {
    "text[]": Texts,
    "bigint[]": Integers,
    "boolean[]": Booleans,
    "bytea[]": Binaries,
}
"""What a column is passed as, by the name of its array's type."""


ARRAYS: Final = {bool: "boolean[]", int: "bigint[]", str: "text[]"}
"""The name of a column's array, by the plain type of its values."""


class _ArrayDumper(Dumper):
    """Writes a column in the form that PostgreSQL's ``array_recv`` reads."""

    format = Format.BINARY

    @override
    def dump(self, obj: Values) -> bytes:
        values, oid = obj.values, postgres.types[obj.element].oid
        has_null = None in values
        head = _HEAD.pack(1, has_null, oid, len(values), 1)
        if not has_null:
            return head + obj.pack(values)
        # Most columns are whole; of the others each value is looked at.
        packed = [_NULL if one is None else obj.pack((one,)) for one in values]
        return head + b"".join(packed)


for _column in COLUMNS.values():
    _oid = postgres.types[_column.element].array_oid
    _dumper = type(f"{_column.__name__}Dumper", (_ArrayDumper,), {"oid": _oid})
    adapters.register_dumper(_column, _dumper)
