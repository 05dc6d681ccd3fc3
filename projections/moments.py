"""Which past is asked for."""

from dataclasses import dataclass


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
    """A page of a list: up to ``limit`` rows after a position."""

    after: int = -1
    limit: int
