"""Which past is asked for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What was recorded up to ``position``, and held on the date ``effective_on``.

    Both are inclusive; without a date, whatever was recorded counts.
    """

    position: int
    effective_on: str | None = None
