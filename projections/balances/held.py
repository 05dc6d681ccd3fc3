"""As much of a lot as sums are made of, whether it was read whole or not."""

from collections.abc import Sequence
from typing import Protocol


class Held(Protocol):
    """A lot: who gave it, and its parts in thousandths."""

    @property
    def award_id(self) -> str:
        """Its id."""
        ...

    @property
    def issuer(self) -> str:
        """The member that gave it."""
        ...

    @property
    def awarded_milli(self) -> int:
        """All of it; ``available_milli`` and so on are what became of that."""
        ...

    @property
    def available_milli(self) -> int:
        """What is left of it."""
        ...

    @property
    def revoked_milli(self) -> int:
        """What was taken back."""
        ...

    @property
    def revoked(self) -> bool:
        """Whether nothing is left of it because it was taken back."""
        ...

    @property
    def exchange_id(self) -> str | None:
        """The exchange that made it, if one did."""
        ...

    @property
    def enrolment_id(self) -> str | None:
        """The enrolment that it was recognised for, if one."""
        ...

    @property
    def flags(self) -> Sequence[object]:
        """Who has doubts about it, and why."""
        ...
