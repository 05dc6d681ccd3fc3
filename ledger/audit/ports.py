"""What some sources can do beyond giving their history."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ledger.audit.findings import Finding


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


@runtime_checkable
class CheckingSource(Protocol):
    """A source whose own form can be at fault, not only what it holds."""

    def findings(self) -> Sequence[Finding]:
        """Return what was found while the entries were read."""
        ...
