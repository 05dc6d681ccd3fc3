"""What some sources can do beyond giving their history."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


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
class SizedSource(Protocol):
    """A source that knows before it is read how long it is."""

    def size(self) -> int | None:
        """Return how many entries there are, as it says itself; None if unknown."""
        ...


@runtime_checkable
class ClosableSource(Protocol):
    """A source that holds something open."""

    def close(self) -> None:
        """Let go of it."""
        ...
