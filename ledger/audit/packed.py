"""Columns of names and hashes, kept as their bytes and spelled only if looked at.

So they are sent, written down and compared many at once.
"""

import struct
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar, Final, Self, TypeVar, overload

from typing_extensions import override

from ledger.integrity.encoding import b64encode_hashes
from ledger.integrity.merkle import HASH_BYTES

NAME_BYTES: Final = 16
_NAME_LETTERS: Final = 2 * NAME_BYTES
_SIZES_KEPT: Final = 64

T = TypeVar("T")


class Packed(Sequence[T]):
    """Values of one form, each in as many bytes: ``blob`` has one after another."""

    __slots__ = ("_spelled", "blob")
    size: ClassVar[int]

    def __init__(self, blob: bytes) -> None:
        """Take the bytes of all."""
        self.blob = blob
        self._spelled: Sequence[T] = ()

    @abstractmethod
    def spell(self) -> Sequence[T]:
        """Return the values."""

    @override
    def __len__(self) -> int:
        return len(self.blob) // self.size

    @overload
    def __getitem__(self, at: int) -> T: ...

    @overload
    def __getitem__(self, at: slice) -> Self: ...

    @override
    def __getitem__(self, at: int | slice) -> T | Self:
        if isinstance(at, slice):
            start, stop, _ = at.indices(len(self))
            return type(self)(self.blob[start * self.size : stop * self.size])
        return self._all()[at]

    @override
    def __iter__(self) -> Iterator[T]:
        return iter(self._all())

    @override
    def __eq__(self, other: object) -> bool:
        if isinstance(other, Packed):
            return (type(self), self.blob) == (type(other), other.blob)
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    @override
    def __reduce__(self) -> tuple[type[Self], tuple[bytes]]:
        return type(self), (self.blob,)

    def pieces(self) -> tuple[bytes, ...]:
        """Return the bytes of each."""
        return cut_evenly(self.blob, self.size)

    def _all(self) -> Sequence[T]:
        if not self._spelled:
            self._spelled = self.spell()
        return self._spelled


class Uuids(Packed[str]):
    """Ids as RFC 9562 spells them."""

    __slots__ = ()
    size = NAME_BYTES
    prefix: ClassVar[str] = ""

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Pack texts that have this form."""
        joined = "".join(texts).replace("-", "")
        digits = joined.replace(cls.prefix, "") if cls.prefix else joined
        return cls(bytes.fromhex(digits))

    @override
    def spell(self) -> list[str]:
        digits, before = self.blob.hex(), self.prefix
        return [
            f"{before}{digits[at : at + 8]}-{digits[at + 8 : at + 12]}"
            f"-{digits[at + 12 : at + 16]}-{digits[at + 16 : at + 20]}"
            f"-{digits[at + 20 : at + 32]}"
            for at in range(0, len(digits), _NAME_LETTERS)
        ]


class AwardIds(Uuids):
    """Ids of awards."""

    __slots__ = ()
    prefix = "award_"


class LearnerIds(Uuids):
    """Ids of learners, which have no dashes."""

    __slots__ = ()
    prefix = "learner_"

    @override
    def spell(self) -> list[str]:
        digits, before = self.blob.hex(), self.prefix
        return [
            before + digits[at : at + _NAME_LETTERS]
            for at in range(0, len(digits), _NAME_LETTERS)
        ]


class Digests(Packed[bytes]):
    """Hashes as they are."""

    __slots__ = ()
    size = HASH_BYTES

    @override
    def spell(self) -> Sequence[bytes]:
        return self.pieces()


class Hashes(Packed[str]):
    """Hashes in base64url."""

    __slots__ = ()
    size = HASH_BYTES

    @override
    def spell(self) -> list[str]:
        return b64encode_hashes(self.pieces())


_KINDS: Final[Mapping[str, type[Packed[str]]]] = MappingProxyType(
    {one.__name__: one for one in (Uuids, AwardIds, LearnerIds, Hashes)}
)


def written(column: Sequence[str]) -> list[str] | tuple[str, bytes]:
    """Return a column as plain values."""
    if isinstance(column, Packed):
        return type(column).__name__, column.blob
    return list(column)


def read(value: list[str] | tuple[str, bytes]) -> Sequence[str]:
    """Return a column of plain values."""
    if isinstance(value, tuple):
        kind, blob = value
        return _KINDS[kind](blob)
    return value


def names_of(column: Sequence[str]) -> Sequence[bytes]:
    """Return the sixteen bytes of each id, as ``name_of``."""
    if isinstance(column, Uuids):
        return column.pieces()
    return list(map(name_of, column))


def name_of(text: str) -> bytes:
    """Return the UUID that an id ends with; empty if it ends with none."""
    digits = text.rpartition("_")[2].replace("-", "")
    try:
        return bytes.fromhex(digits) if len(digits) == _NAME_LETTERS else b""
    except ValueError:
        return b""


def cut_evenly(blob: bytes, size: int) -> tuple[bytes, ...]:
    """Return the pieces of this size."""
    return _form(size, len(blob) // size).unpack(blob)


@lru_cache(maxsize=_SIZES_KEPT)
def _form(size: int, count: int) -> struct.Struct:
    return struct.Struct(f"{size}s" * count)
