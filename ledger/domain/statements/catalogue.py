"""Statements that fill the public catalogue: frameworks, calendars, achievements."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.domain.measures import (
    AcademicYear,
    AchievementKind,
    Level,
    Workdays,
    Workload,
)
from ledger.domain.statements.envelope import Body, Statement
from ledger.domain.types import (
    AchievementRef,
    Code,
    Credits,
    Date,
    FreeText,
    LevelCode,
    Module,
    Nature,
    ShortText,
    Version,
    Wire,
)


class FrameworkLevel(Wire):
    """One level: ``rank`` counts upwards whatever way the codes count."""

    code: LevelCode
    rank: Annotated[int, Field(ge=1, le=100)]
    name: ShortText
    name_en: ShortText | None = None
    equivalent: Annotated[tuple[Level, ...], Field(max_length=16)] = ()


class FrameworkPublishedBody(Body):
    """An ordered scale of levels."""

    code: Code
    version: Version
    title: ShortText
    title_en: ShortText | None = None
    levels: Annotated[tuple[FrameworkLevel, ...], Field(min_length=1, max_length=64)]


class CalendarPublishedBody(Body):
    """What windows and deadlines are counted by."""

    code: Code
    version: Version
    title: ShortText
    years: Annotated[tuple[AcademicYear, ...], Field(min_length=1, max_length=64)]
    workdays: Workdays | None = None


class AwardingBody(Wire):
    """The body outside the consortium whose certificate this is."""

    name: ShortText
    code: Code | None = None
    scheme: ShortText


class AchievementPublishedBody(Body):
    """One version of a catalogue item of the issuer."""

    code: Code
    version: Version
    title: ShortText
    title_en: ShortText | None = None
    kind: AchievementKind
    nature: Nature | None = None
    module: Module | None = None
    credits: Credits | None = None
    workload: Workload | None = None
    level: Level | None = None
    skills: Annotated[tuple[ShortText, ...], Field(max_length=32)] = ()
    industry_chain: ShortText | None = None
    content_group: Code | None = None
    shelf_life_months: Annotated[int, Field(ge=1, le=1200)] | None = None
    awarding_body: AwardingBody | None = None
    description: FreeText | None = None


class AchievementEndorsedBody(Body):
    """The version that a committee endorses."""

    achievement: AchievementRef
    document_number: ShortText | None = None
    decided_on: Date | None = None


class AchievementRetiredBody(Body):
    """The version that accepts no more awards."""

    achievement: AchievementRef
    reason: FreeText | None = None


class FrameworkPublished(Statement):
    """The operator publishes a level framework (等级标准)."""

    type: Literal["framework.published.v1"] = "framework.published.v1"
    body: FrameworkPublishedBody


class CalendarPublished(Statement):
    """A member publishes a calendar (校历)."""

    type: Literal["calendar.published.v1"] = "calendar.published.v1"
    body: CalendarPublishedBody


class AchievementPublished(Statement):
    """A member publishes a version of a catalogue item (成果目录项)."""

    type: Literal["achievement.published.v1"] = "achievement.published.v1"
    body: AchievementPublishedBody


class AchievementEndorsed(Statement):
    """A committee endorses a version (专家认可)."""

    type: Literal["achievement.endorsed.v1"] = "achievement.endorsed.v1"
    body: AchievementEndorsedBody


class AchievementRetired(Statement):
    """The owner retires a version (停用)."""

    type: Literal["achievement.retired.v1"] = "achievement.retired.v1"
    body: AchievementRetiredBody
