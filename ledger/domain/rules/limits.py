"""What must hold of a limit before anybody signs it."""

from collections.abc import Iterable

from ledger.domain.errors import catalogue as catalogue_errors
from ledger.domain.errors import programmes as errors
from ledger.domain.language.caps import Limit
from ledger.domain.state import CalendarRecord, Ref, Slice


def calendar_refs(limits: Iterable[Limit]) -> Iterable[Ref]:
    """Name the calendars that limits count periods by."""
    return (
        Ref(CalendarRecord, limit.period.calendar)
        for limit in limits
        if limit.period is not None
    )


def check_limits_shape(limits: Iterable[Limit], state: Slice, *, pointer: str) -> None:
    """Check that every limit says one thing, and can be counted.

    Raises:
        RequirementRepeatedError: two limits have one code.
        LimitShapeError: both ``at_most`` and a share, or neither.
        UnknownCalendarError: a period of a calendar that nobody published.
    """
    codes: set[str] = set()
    for number, limit in enumerate(limits):
        place = f"{pointer}/{number}"
        if limit.code in codes:
            raise errors.RequirementRepeatedError(pointer=f"{place}/code")
        codes.add(limit.code)
        shared = limit.share is not None and limit.share_of is not None
        if (limit.share is None) != (limit.share_of is None):
            raise errors.LimitShapeError(pointer=f"{place}/share_of")
        if shared == (limit.at_most is not None):
            raise errors.LimitShapeError(pointer=f"{place}/at_most")
        period = limit.period
        if period is None:
            continue
        if state.find(CalendarRecord, period.calendar) is None:
            raise catalogue_errors.UnknownCalendarError(
                pointer=f"{place}/period/calendar"
            )
