"""A bank whose log is projected, beside the log as a plain list."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from tests.bank import Bank
from tests.e2e import naive

DATES = (
    "2026-04-30",
    "2026-05-01",
    "2026-06-14",
    "2026-06-30",
    "2026-07-15",
    "2026-08-01",
    "2026-08-15",
    "2026-09-01",
    "2026-09-02",
    "2026-09-03",
)


@dataclass(frozen=True, kw_only=True)
class Read:
    """A bank whose log is projected, and the log as a plain list."""

    bank: Bank
    log: list[naive.Said]
    connection: Connection
    url: str
    stride: int

    @property
    def last(self) -> int:
        """Return the newest position."""
        return self.log[-1].position

    def moments(self) -> Iterator[tuple[int, str | None]]:
        """Return positions, and dates at some of them; fewer on the slower database."""
        for position in range(self.last, -1, -self.stride):
            yield position, None
        for position in range(self.last, 0, -9 * self.stride):
            yield from ((position, date) for date in DATES)
