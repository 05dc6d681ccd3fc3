"""Months, terms, years and workdays, counted on calendar dates."""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from ledger.domain.language.caps import PeriodUnit
from ledger.domain.language.shapes import Window
from ledger.domain.measures import AcademicYear, Term, Workdays

WORKDAYS_SEARCHED_MAX: Final = 3660
"""Days searched for a due date: a calendar without workdays ends here."""

Span = AcademicYear | Term


def add_months(day: str, months: int) -> str:
    """Return the same day so many months later, or the last of a shorter month."""
    year, month, number = (int(part) for part in day.split("-"))
    index = year * 12 + month - 1 + months
    year, month = index // 12, index % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return f"{year:04d}-{month:02d}-{min(number, last):02d}"


def day_after(day: str) -> str:
    """Return the next day."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def spans(years: Iterable[AcademicYear], unit: PeriodUnit) -> Sequence[Span]:
    """Return all terms, or all years, of a calendar."""
    if unit is PeriodUnit.YEAR:
        return tuple(years)
    return tuple(term for year in years for term in year.terms)


def span_on(years: Iterable[AcademicYear], unit: PeriodUnit, *, day: str) -> str | None:
    """Return the code of the term or year that a date lies in."""
    for span in spans(years, unit):
        if span.starts_on <= day <= span.ends_on:
            return span.code
    return None


def is_open(window: Window, years: Iterable[AcademicYear], *, day: str) -> bool:
    """Tell whether one may apply on a date."""
    for span in spans(years, window.unit):
        if span.starts_on <= day <= span.ends_on:
            begun = date.fromisoformat(day) - date.fromisoformat(span.starts_on)
            return window.first_day <= begun.days + 1 <= window.last_day
    return False


def due_date(workdays: Workdays | None, *, after: str, count: int) -> str:
    """Return the ``count``-th workday after a date; every day counts without a rule."""
    day = date.fromisoformat(after)
    left = count
    for _ in range(WORKDAYS_SEARCHED_MAX):
        day += timedelta(days=1)
        if workdays is None or _is_workday(workdays, day):
            left -= 1
            if left == 0:
                break
    return day.isoformat()


def _is_workday(workdays: Workdays, day: date) -> bool:
    text = day.isoformat()
    if text in workdays.make_up_days:
        return True
    return day.isoweekday() in workdays.weekdays and text not in workdays.holidays
