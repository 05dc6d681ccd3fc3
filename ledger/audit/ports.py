"""Where history is read from, and what some sources can do beyond giving it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ledger.audit.findings import Finding
from ledger.store.heads import StoredHead

EntryRow = tuple[int, str, int, str, bytes]
"""Number, stream, version, topic and bytes of an entry; numbers count from one."""


def typed(row: Sequence[object]) -> EntryRow:
    """Return a row of a file in which each cell may have been given any type.

    What is no entry's becomes nothing, which no entry is either: it is found as that.
    """
    number, stream, version, topic, raw = row
    return (
        number if isinstance(number, int) else 0,
        stream if isinstance(stream, str) else "",
        version if isinstance(version, int) else -1,
        topic if isinstance(topic, str) else "",
        raw if isinstance(raw, bytes) else b"",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEntry:
    """An entry as some source holds it; a store also says where it filed it."""

    raw: bytes
    position: int | None = None
    stream: str | None = None
    version: int | None = None
    topic: str | None = None

    @classmethod
    def of(cls, row: EntryRow) -> "SourceEntry":
        """Return an entry as a database files it."""
        number, stream, version, topic, raw = row
        return cls(
            raw=bytes(raw),
            position=number - 1,
            stream=stream,
            version=version,
            topic=topic,
        )


class Source(Protocol):
    """Where history is read from."""

    def entries(self) -> Iterator[SourceEntry]:
        """Return all entries in position order."""
        ...

    def heads(self) -> Iterator[StoredHead]:
        """Return all heads in order; none if the source keeps only one note."""
        ...

    def checkpoint(self) -> str | None:
        """Return the newest checkpoint's note, where ``heads`` returns none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignedNote:
    """A checkpoint with what witnesses added; None where there is none of this size."""

    size: int
    note: str | None


@runtime_checkable
class CosigningSource(Protocol):
    """A source that shows what witnesses cosigned."""

    def cosigned(self) -> Iterator[CosignedNote]:
        """Return cosigned checkpoints in order of size."""
        ...


@runtime_checkable
class LastCosignedSource(Protocol):
    """A source that shows what was cosigned last, and not what was before."""

    def cosigned_last(self) -> Iterator[CosignedNote]:
        """Return cosigned checkpoints in order of size."""
        ...


@runtime_checkable
class SizedSource(Protocol):
    """A source that knows before it is read how long it is."""

    def size(self) -> int | None:
        """Return how many entries there are, as it says itself; None if unknown."""
        ...


class EntryRange(Protocol):
    """Entries in a row, which may be sent elsewhere and read there."""

    def read(self) -> Sequence[EntryRow]:
        """Return them as they are filed, in order of their numbers.

        Raises:
            UnreadableSourceError: the source fails.
        """
        ...


@runtime_checkable
class RangedSource(Protocol):
    """A source that several may read at once, each some of its entries."""

    def ranges(self, counts: Iterator[int]) -> Iterator[EntryRange]:
        """Return all entries as ranges of about so many each.

        A range ends before an entry that is no line of a batch, if one comes soon.
        """
        ...


@runtime_checkable
class ClosableSource(Protocol):
    """A source that holds something open."""

    def close(self) -> None:
        """Let go of it."""
        ...


@runtime_checkable
class CheckingSource(Protocol):
    """A source whose own form can be at fault, not only what it holds."""

    def findings(self) -> Sequence[Finding]:
        """Return what was found while the entries were read."""
        ...
