"""What achievements and time are measured by: levels, workloads, terms, workdays."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ledger.domain.types import Code, Credits, Date, LevelCode, ShortText, Wire


class Level(Wire):
    """A level on a named framework."""

    framework: Code
    code: LevelCode


class Term(Wire):
    """A term of an academic year; both dates belong to it."""

    code: Code
    name: ShortText | None = None
    starts_on: Date
    ends_on: Date


class AcademicYear(Wire):
    """An academic year and its terms; both dates belong to it."""

    code: Code
    starts_on: Date
    ends_on: Date
    terms: Annotated[tuple[Term, ...], Field(max_length=8)] = ()


class Workdays(Wire):
    """Which days count: ISO weekdays 1-7, less holidays, plus make-up days."""

    weekdays: Annotated[
        tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1, max_length=7)
    ]
    holidays: Annotated[tuple[Date, ...], Field(max_length=1000)] = ()
    make_up_days: Annotated[tuple[Date, ...], Field(max_length=1000)] = ()


class AchievementKind(StrEnum):
    """What sort of achievement the catalogue offers."""

    COURSE = "course"
    SKILL_CERTIFICATE = "skill_certificate"
    TRAINING = "training"
    INTERNSHIP = "internship"
    COMPETITION = "competition"
    PROJECT = "project"


class WorkloadUnit(StrEnum):
    """What a workload counts."""

    HOUR = "hour"
    DAY = "day"
    PRACTICE_WEEK = "practice_week"


class Workload(Wire):
    """Effort: a decimal value with up to three decimals, and its unit."""

    value: Credits
    unit: WorkloadUnit
