"""From when to when: dates in the ledger's time zone or instants, both inclusive."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from ledger.domain.types import (
    INSTANT_MAX,
    INSTANT_MIN,
    Date,
    Instant,
    instant_of,
    moment_of,
)

_DATE: Final = TypeAdapter(Date)
_INSTANT: Final = TypeAdapter(Instant)
_MILLISECOND: Final = timedelta(milliseconds=1)


def _check_edge(text: str) -> str:
    is_instant = "T" in text
    try:
        (_INSTANT if is_instant else _DATE).validate_python(text)
    except ValidationError:
        code = "invalid-instant" if is_instant else "invalid-date"
        raise PydanticCustomError(code, "a date or an instant") from None
    return text


Edge = Annotated[str, AfterValidator(_check_edge)]
"""Where a period begins or ends: ``2026-11-22`` or ``2026-11-22T08:00:00.000Z``."""


def first_instant(edge: str, time_zone: str) -> str:
    """Return the first instant of a period that begins here."""
    if "T" in edge:
        return edge
    try:
        return instant_of(_midnight(edge, time_zone))
    except OverflowError:
        return INSTANT_MIN


def last_instant(edge: str, time_zone: str) -> str:
    """Return the last instant of a period that ends here: of a date, all its day."""
    if "T" in edge:
        return edge
    try:
        # The next day's start as its own clocks show it: not every day has 24 hours.
        next_day = _midnight(edge, time_zone) + timedelta(days=1)
        return instant_of(next_day.astimezone(UTC) - _MILLISECOND)
    except OverflowError:
        return INSTANT_MAX


def before(instant: str) -> str:
    """Return the last instant before another; the first has none but itself."""
    if instant == INSTANT_MIN:
        return instant
    return instant_of(moment_of(instant) - _MILLISECOND)


def _midnight(date: str, time_zone: str) -> datetime:
    return datetime.fromisoformat(date).replace(tzinfo=ZoneInfo(time_zone))
