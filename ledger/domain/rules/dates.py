"""Dates of a result: their order, and from when the result holds."""

from datetime import timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from ledger.domain.errors import awards as errors
from ledger.domain.types import instant_of, moment_of


class Dated(Protocol):
    """The dates of a result, whether a statement says them or a lot keeps them."""

    @property
    def learned_from(self) -> str | None:
        """When learning began."""
        ...

    @property
    def learned_to(self) -> str | None:
        """When learning ended."""
        ...

    @property
    def assessed_on(self) -> str | None:
        """When the result was assessed."""
        ...

    @property
    def valid_until(self) -> str | None:
        """Until when the result is valid."""
        ...


def check_dates(dated: Dated, *, today: str) -> None:
    """Check that the dates of a result are in order and not in the future.

    Raises:
        DateOrderError: learning ends before it begins, is assessed before it begins,
            or the result is valid until before it was assessed.
        DateInFutureError: learned or assessed after ``today``.
    """
    start, end, assessed = dated.learned_from, dated.learned_to, dated.assessed_on
    for earlier, later, field in (
        (start, end, "learned_to"),
        (start, assessed, "assessed_on"),
        (assessed, dated.valid_until, "valid_until"),
    ):
        if earlier is not None and later is not None and later < earlier:
            raise errors.DateOrderError(pointer=f"/body/{field}")
    for field, value in (
        ("learned_from", start),
        ("learned_to", end),
        ("assessed_on", assessed),
    ):
        check_past(value, today=today, field=field)


def check_past(value: str | None, *, today: str, field: str) -> None:
    """Check that a date of the body is not in the future.

    Raises:
        DateInFutureError: it is.
    """
    if value is not None and value > today:
        raise errors.DateInFutureError(pointer=f"/body/{field}")


def effective_from(
    *, assessed_on: str | None, learned_to: str | None, recorded_on: str
) -> str:
    """Return the date from which a result holds in the world."""
    return assessed_on or learned_to or recorded_on


# All entries of a group are recorded at one instant.
@lru_cache(maxsize=256)
def date_in(time_zone: str, instant: str) -> str:
    """Return the date of an instant in a time zone."""
    return moment_of(instant).astimezone(ZoneInfo(time_zone)).date().isoformat()


@lru_cache(maxsize=256)
def a_day_after(instant: str) -> str:
    """Return the instant a day later."""
    return instant_of(moment_of(instant) + timedelta(days=1))
