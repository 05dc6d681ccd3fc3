"""Months, windows and workdays are counted on the calendar, to the day."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.language.caps import PeriodUnit
from ledger.domain.language.dates import (
    WORKDAYS_SEARCHED_MAX,
    add_months,
    due_date,
    is_open,
    span_on,
    spans,
)
from ledger.domain.language.shapes import Window
from ledger.domain.measures import AcademicYear, Term, Workdays

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
YEARS = (
    AcademicYear(
        code="2026",
        starts_on="2026-09-01",
        ends_on="2027-07-15",
        terms=(
            Term(code="2026-1", starts_on="2026-09-01", ends_on="2027-01-20"),
            Term(code="2026-2", starts_on="2027-02-20", ends_on="2027-07-15"),
        ),
    ),
)


def months_later(day: date, months: int) -> date:
    """Count month by month, and stay inside the last."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@given(day=DAYS, months=st.integers(0, 1200))
def test_months_are_added_as_one_would_on_paper(day: date, months: int) -> None:
    """Month by month, and never beyond the last day of the month."""
    expected = months_later(day, months)

    assert add_months(day.isoformat(), months) == expected.isoformat()


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2019-09-02", 84, "2026-09-02"),
    ],
)
def test_a_month_without_the_day_ends_on_its_last(
    day: str, months: int, expected: str
) -> None:
    """The leap day and the thirty-first are the boundary."""
    assert add_months(day, months) == expected


@given(first=DAYS, second=DAYS, months=st.integers(0, 1200))
def test_later_days_stay_later(first: date, second: date, months: int) -> None:
    """Adding months keeps the order: nothing younger expires before."""
    early, late = sorted((first.isoformat(), second.isoformat()))

    assert add_months(early, months) <= add_months(late, months)


def test_a_calendar_has_years_and_the_terms_in_them() -> None:
    """Terms come in the order of their years."""
    assert spans(YEARS, PeriodUnit.YEAR) == YEARS
    assert [one.code for one in spans(YEARS, PeriodUnit.TERM)] == ["2026-1", "2026-2"]


@pytest.mark.parametrize(
    ("day", "year", "term"),
    [
        ("2026-08-31", None, None),
        ("2026-09-01", "2026", "2026-1"),
        ("2027-01-20", "2026", "2026-1"),
        ("2027-01-21", "2026", None),
        ("2027-02-20", "2026", "2026-2"),
        ("2027-07-15", "2026", "2026-2"),
        ("2027-07-16", None, None),
    ],
)
def test_first_and_last_day_belong_to_a_term(
    day: str, year: str | None, term: str | None
) -> None:
    """The holidays between two terms belong to the year alone."""
    assert span_on(YEARS, PeriodUnit.YEAR, day=day) == year
    assert span_on(YEARS, PeriodUnit.TERM, day=day) == term


@pytest.mark.parametrize(
    ("day", "opened"),
    [
        ("2026-08-31", False),
        ("2026-09-01", False),
        ("2026-09-02", True),
        ("2026-09-14", True),
        ("2026-09-15", False),
        ("2027-02-01", False),
        ("2027-02-21", True),
        ("2027-03-05", True),
        ("2027-03-06", False),
    ],
)
def test_a_window_is_open_from_its_first_to_its_last_day(
    day: str, *, opened: bool
) -> None:
    """Counted from one, in every term anew, and never between terms."""
    window = Window(calendar="school/terms", first_day=2, last_day=14)

    assert is_open(window, YEARS, day=day) is opened


def test_a_window_ends_with_its_term() -> None:
    """A long window does not reach into the holidays."""
    window = Window(calendar="school/terms", last_day=366)

    assert is_open(window, YEARS, day="2027-01-20")
    assert not is_open(window, YEARS, day="2027-01-21")


def naive_due(workdays: Workdays, after: date, *, count: int) -> date:
    """Write down all workdays after a date, and take the count-th."""
    days = (after + timedelta(days=number) for number in range(1, 2000))
    working = [
        day
        for day in days
        if day.isoformat() in workdays.make_up_days
        or (
            day.isoweekday() in workdays.weekdays
            and day.isoformat() not in workdays.holidays
        )
    ]
    return working[count - 1]


SEPTEMBER = st.integers(1, 30).map(lambda day: f"2026-09-{day:02d}")


@given(
    weekdays=st.sets(st.integers(1, 7), min_size=1),
    holidays=st.sets(SEPTEMBER),
    make_up=st.sets(SEPTEMBER, max_size=4),
    count=st.integers(1, 60),
    start=st.integers(0, 40),
)
def test_a_due_date_is_the_last_of_so_many_workdays(
    *,
    weekdays: set[int],
    holidays: set[str],
    make_up: set[str],
    count: int,
    start: int,
) -> None:
    """Weekdays less holidays, plus the days that make up for them."""
    after = date(2026, 8, 20) + timedelta(days=start)
    workdays = Workdays(
        weekdays=tuple(sorted(weekdays)),
        holidays=tuple(sorted(holidays)),
        make_up_days=tuple(sorted(make_up)),
    )

    found = due_date(workdays, after=after.isoformat(), count=count)

    assert found == naive_due(workdays, after, count=count).isoformat()


def test_every_day_is_a_workday_where_the_calendar_says_nothing() -> None:
    """Three days after Friday is Monday."""
    assert due_date(None, after="2026-09-04", count=3) == "2026-09-07"


def test_a_calendar_without_workdays_does_not_search_for_ever() -> None:
    """Whoever makes every day a holiday gets a date all the same."""
    first = date(2026, 1, 1)
    holidays = [(first + timedelta(days=7 * n)).isoformat() for n in range(1000)]
    workdays = Workdays(weekdays=(first.isoweekday(),), holidays=tuple(holidays))

    found = due_date(workdays, after="2025-12-31", count=250)

    assert found == (date(2025, 12, 31) + timedelta(WORKDAYS_SEARCHED_MAX)).isoformat()
