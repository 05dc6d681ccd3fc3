"""The columns of a state table, each made from one field of its record."""

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, Union, get_args, get_origin

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, Integer, Text

from ledger.domain.state import Record
from ledger.making import made_of

Convert = Callable[[Any], Any]  # Any: a column's value, whatever its type.
Dumps = Iterable[tuple[int, Convert]]
"""What must be written otherwise than it is, by place."""

FORMS_MAX: Final = 1_024
"""So many combinations of types are remembered of each kind of record."""
MEMBERS_MAX: Final = 256
"""More than any enumeration has."""

SQL_TYPES: Final[Mapping[type, Any]] = {  # Any: SQLAlchemy's type classes.
    bool: Boolean(),
    int: BigInteger().with_variant(Integer, "sqlite"),
    str: Text(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field as a column: its plain type, and how values become rows and back."""

    name: str
    column: type
    nullable: bool
    dump: Convert | None
    load: Convert | None
    is_tuple: bool


def field_of(
    name: str,
    annotation: Any,  # noqa: ANN401  # a type form
    *,
    kept_max: int,
) -> Field:
    """Return the column for a field; so many of its values are kept read."""
    parts = [annotation]
    if get_origin(annotation) in {Union, types.UnionType}:
        parts = list(get_args(annotation))
    nullable = type(None) in parts
    plain = [part for part in parts if part is not type(None)]
    kind = plain[0] if len(plain) == 1 and isinstance(plain[0], type) else object
    dump: Convert | None = None
    load: Convert | None = None
    column: type = str
    if kind in {str, int}:
        column = kind
    elif kind is bool:
        column, load = bool, bool
    elif issubclass(kind, Enum):
        # To look a member up by its value is dear, and there are few.
        dump, load = attrgetter("_value_"), lru_cache(maxsize=MEMBERS_MAX)(kind)
    else:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
        dump, load = _json_dump(adapter), adapter.validator.validate_json
        if kept_max:
            # Values are frozen: whoever reads the same text may share them.
            load = lru_cache(maxsize=kept_max)(load)
    return Field(
        name=name,
        column=column,
        nullable=nullable,
        dump=dump,
        load=load,
        is_tuple=get_origin(annotation) is tuple,
    )


def reader_of(record: type[Record]) -> Callable[[dict[str, object]], Record]:
    """Return what makes a record of all its fields, in their order, and checks them.

    A field without bounds is right if its type is: of values whose types were let pass
    before, nothing more is asked.
    """
    fields = record.model_fields
    is_bounded = any(one.metadata for one in fields.values())
    passed: set[tuple[type, ...]] = set()

    def read(values: dict[str, object]) -> Record:
        types = tuple(map(type, values.values()))
        if types in passed:
            return made_of(record, values, given=set(fields))
        made = record.model_validate(values)
        if not is_bounded and len(passed) < FORMS_MAX:
            passed.add(types)
        return made

    return read


def loads_of(fields: Iterable[Field], *, tuples: bool) -> list[tuple[int, Convert]]:
    """Return what must be read to be a value, by place: tuples or the others."""
    return [
        (place, field.load)
        for place, field in enumerate(fields)
        if field.load is not None and field.is_tuple is tuples
    ]


def dumps_of(fields: Iterable[Field], *, tuples: bool) -> list[tuple[int, Convert]]:
    """Return what must be written otherwise than it is: tuples or the others."""
    return [
        (place, field.dump)
        for place, field in enumerate(fields)
        if field.dump is not None and field.is_tuple is tuples
    ]


def _json_dump(adapter: TypeAdapter[Any]) -> Convert:
    dumped = adapter.serializer.to_json

    def dump(value: object) -> str:
        return dumped(value).decode()

    return dump
