"""What a row of state is: found by its key, put but never deleted."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from typing_extensions import override

from ledger.domain.types import Wire

Key = str | int | tuple[str | int, ...]


class Usual(NamedTuple):
    """What a field holds unless something happened to it, from a record's fields.

    ``holds`` tells whether it does, and ``make`` returns it from the other fields. Any:
    of their own types.
    """

    holds: Callable[[Mapping[str, Any]], bool]
    make: Callable[[Mapping[str, Any]], object]


class Record(Wire):
    """One row of state. ``key_fields`` name it, ``indexes`` serve queries.

    ``kept`` are fields that are large, or alike in many rows, and hardly ever change: a
    store may keep so many values of each read. Records of a ``shared`` kind are asked
    for again and again: it may keep them whole. Of a ``slim`` kind there are very many,
    and little more in each than its key. ``ids`` are texts that a store may spell in
    its own way, and ``usual`` says what stands in a field unless something happened to
    it: a store need not keep it then.
    """

    kind: ClassVar[str]
    key_fields: ClassVar[tuple[str, ...]]
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = ()
    kept: ClassVar[Mapping[str, int]] = MappingProxyType({})
    shared: ClassVar[bool] = False
    slim: ClassVar[bool] = False
    ids: ClassVar[frozenset[str]] = frozenset()
    usual: ClassVar[Mapping[str, Usual]] = MappingProxyType({})
    read_key: ClassVar[Callable[["Record"], Key]]

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:  # the base's signature
        """Compile how the key is read: of one field its bare value, else a tuple."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.read_key = attrgetter(*cls.key_fields)

    @property
    def key(self) -> Key:
        """The bare value of a single key field, else their tuple."""
        return type(self).read_key(self)
