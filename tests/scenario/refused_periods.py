"""Refusals about periods of reconciliation."""

from typing import Final

from ledger.domain.errors import awards
from ledger.domain.errors import periods as errors
from tests.builders import OPERATOR, opened
from tests.scenario.cases import Say, say
from tests.scenario.lives import case_at


def closing(code: str, first_day: str, *, last_day: str) -> Say:
    """Return how the operator closes a period; today is the first of September."""
    body = {"code": code, "first_day": first_day, "last_day": last_day}
    return say(OPERATOR, "period.closed", body=body)


JULY: Final = closing("2026-07", "2026-07-01", last_day="2026-07-31")
PERIODS = [
    case_at(
        opened,
        awards.DateOrderError,
        pointer="/body/last_day",
        when=closing("2026-07", "2026-07-31", last_day="2026-07-01"),
    ),
    case_at(
        opened,
        errors.PeriodExistsError,
        pointer="/body/code",
        when=closing("2026-07", "2026-08-01", last_day="2026-08-31"),
        given=(JULY,),
    ),
    case_at(
        opened,
        errors.PeriodExistsError,
        pointer="/body/code",
        when=closing("open", "2026-08-01", last_day="2026-08-31"),
    ),
    *(
        case_at(
            opened,
            errors.PeriodNotNextError,
            pointer="/body/first_day",
            when=closing("2026-08", first_day, last_day="2026-08-31"),
            given=(JULY,),
        )
        for first_day in ("2026-07-31", "2026-08-02")
    ),
    *(
        case_at(
            opened,
            errors.PeriodNotOverError,
            pointer="/body/last_day",
            when=closing("2026-09", "2026-08-01", last_day=last_day),
            given=(JULY,),
        )
        for last_day in ("2026-09-01", "2026-12-31")
    ),
]
