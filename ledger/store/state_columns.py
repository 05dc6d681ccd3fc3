"""The columns of a state table, each made from one field of its record."""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, Union, get_args, get_origin

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, Integer, Text

from ledger.domain.state import Record
from ledger.domain.state.record import Usual
from ledger.store.short_ids import long_id, short_id

Convert = Callable[[Any], Any]  # Any: a column's value, whatever its type.
MEMBERS_MAX: Final = 256
"""More than any enumeration has."""

SQL_TYPES: Final[Mapping[type, Any]] = {  # Any: SQLAlchemy's type classes.
    bool: Boolean(),
    int: BigInteger().with_variant(Integer, "sqlite"),
    str: Text(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field as a column: its plain type, and how values become rows and back.

    NULL stands for ``blank``, or where the field has a ``usual`` value for that. Such a
    column holds something only where it is another, and is named so.
    """

    name: str
    column: type
    nullable: bool
    dump: Convert | None
    load: Convert | None
    is_tuple: bool
    blank: object
    usual: Usual | None

    @property
    def column_name(self) -> str:
        """The name of the column."""
        return self.name if self.usual is None else f"other_{self.name}"


def field_of(record: type[Record], name: str) -> Field:
    """Return the column for a field of a record."""
    # Any: type forms.
    annotation: Any = record.model_fields[name].annotation
    parts: list[Any] = [annotation]
    if get_origin(annotation) in {Union, types.UnionType}:
        parts = list(get_args(annotation))
    nullable = type(None) in parts
    plain = [part for part in parts if part is not type(None)]
    kind = plain[0] if len(plain) == 1 and isinstance(plain[0], type) else object
    dump: Convert | None = None
    load: Convert | None = None
    column: type = str
    if name in record.ids:
        dump, load = short_id, long_id
    elif kind in {str, int}:
        column = kind
    elif kind is bool:
        column, load = bool, bool
    elif issubclass(kind, Enum):
        # To look a member up by its value is dear, and there are few.
        dump, load = attrgetter("_value_"), lru_cache(maxsize=MEMBERS_MAX)(kind)
    else:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
        dump, load = _json_dump(adapter), adapter.validator.validate_json
        if name in record.kept:
            # Values are frozen: whoever reads the same text may share them.
            load = lru_cache(maxsize=record.kept[name])(load)
    blank, usual = _blank(record, name), record.usual.get(name)
    return Field(
        name=name,
        column=column,
        nullable=nullable or blank is not None or usual is not None,
        dump=dump,
        load=load,
        is_tuple=get_origin(annotation) is tuple,
        blank=blank,
        usual=usual,
    )


def _blank(record: type[Record], name: str) -> object:
    """Return the default that most records have, if it need not be written.

    A truth value takes up as much as its absence, and a key has a value.
    """
    if name in record.key_fields:
        return None
    default = record.model_fields[name].get_default()
    return default if type(default) in {int, tuple} else None


def _json_dump(adapter: TypeAdapter[Any]) -> Convert:
    dumped = adapter.serializer.to_json

    def dump(value: object) -> str:
        return dumped(value).decode()

    return dump
