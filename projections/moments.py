"""Which past is asked for."""

from dataclasses import dataclass
from typing import Final

Place = tuple[int, int]
"""A position, and the number of one of the rows that stand there."""

NUMBER_MAX: Final = 2**31 - 1
"""No row has a greater number: what is after it is at a later position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What was recorded up to ``position``, and held on the date ``effective_on``.

    Both are inclusive; without a date, whatever was recorded counts. The present is
    the moment of the newest position, and the writer's own state speaks for it.
    ``today`` is the date by which shelf lives end; None leaves them open.
    """

    position: int
    effective_on: str | None = None
    is_present: bool = False
    today: str | None = None

    @property
    def day(self) -> str | None:
        """Return the date by which shelf lives end: the one asked for, or today."""
        return self.effective_on or self.today


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A page of a list: up to ``limit`` rows after a place.

    Where several rows can stand at one position, ``number`` is the last that was shown;
    unless it is said, all of them were.
    """

    after: int = -1
    number: int = NUMBER_MAX
    limit: int
