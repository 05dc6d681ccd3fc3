"""Caps: a measure of what was converted, over a filter, within a scope."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ledger.domain.language.selectors import DateOf
from ledger.domain.measures import AchievementKind
from ledger.domain.types import (
    CatalogueRef,
    Code,
    MemberId,
    MemberKind,
    Module,
    Nature,
    Quantity,
    ShortText,
    Wire,
)

_Few = Field(max_length=32)


class Ratio(Wire):
    """An exact fraction."""

    numerator: Annotated[int, Field(ge=1, le=10_000)]
    denominator: Annotated[int, Field(ge=1, le=10_000)]


class Measure(StrEnum):
    """Credits given, courses credited, or exchanges made."""

    CREDITS = "credits"
    COURSES = "courses"
    EXCHANGES = "exchanges"


class ShareOf(StrEnum):
    """The whole that a share is a share of."""

    PROGRAMME_CREDITS = "programme_credits"
    PROGRAMME_COURSES = "programme_courses"
    ROOT_CREDITS = "root_credits"


class Within(StrEnum):
    """Whose exchanges are added up; always of one learner."""

    ENROLMENT = "enrolment"
    MEMBER = "member"
    RULE = "rule"
    LEARNER = "learner"


class PeriodUnit(StrEnum):
    """A term or an academic year."""

    TERM = "term"
    YEAR = "year"


class PeriodBy(StrEnum):
    """Which date puts an exchange into a period."""

    LEARNING_ENDED = DateOf.LEARNING_ENDED
    ASSESSED = DateOf.ASSESSED
    REQUESTED = "requested"


class Period(Wire):
    """A cap that holds for each term or year of a calendar apart."""

    calendar: CatalogueRef
    unit: PeriodUnit
    by: PeriodBy = PeriodBy.LEARNING_ENDED


class Each(StrEnum):
    """A cap that holds for each of these apart."""

    ROOT = "root"
    ROOT_MEMBER = "root_member"
    REQUIREMENT = "requirement"
    CONTENT_GROUP = "content_group"


class UseFilter(Wire):
    """What is counted, by its root and by what it became; of a list, any one."""

    root_members: Annotated[tuple[MemberId, ...], _Few] = ()
    root_kinds: Annotated[tuple[MemberKind, ...], _Few] = ()
    achievement_kinds: Annotated[tuple[AchievementKind, ...], _Few] = ()
    schemes: Annotated[tuple[ShortText, ...], _Few] = ()
    content_groups: Annotated[tuple[Code, ...], _Few] = ()
    natures: Annotated[tuple[Nature, ...], _Few] = ()
    modules: Annotated[tuple[Module, ...], _Few] = ()
    requirements: Annotated[tuple[Code, ...], _Few] = ()


class Limit(Wire):
    """No more than ``at_most``, or than a share of a whole.

    With ``only_if`` nothing may be counted unless the same scope also holds something
    of that filter.
    """

    code: Code
    measure: Measure = Measure.CREDITS
    at_most: Quantity | None = None
    share: Ratio | None = None
    share_of: ShareOf | None = None
    over: UseFilter = UseFilter()
    within: Within = Within.ENROLMENT
    period: Period | None = None
    each: Each | None = None
    only_if: UseFilter | None = None


Limits = Annotated[tuple[Limit, ...], Field(max_length=32)]
