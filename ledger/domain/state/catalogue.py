"""Frameworks, calendars and the achievements that awards name."""

from typing import ClassVar

from ledger.domain.measures import (
    AcademicYear,
    AchievementKind,
    Level,
    Workdays,
    Workload,
)
from ledger.domain.state.record import Record
from ledger.domain.types import Module, Nature


class FrameworkRecord(Record):
    """The newest version of a level framework: ranks by code."""

    kind: ClassVar[str] = "frameworks"
    key_fields: ClassVar[tuple[str, ...]] = ("code",)
    shared: ClassVar[bool] = True

    code: str
    version: int
    ranks: tuple[tuple[str, int], ...]
    equivalent: tuple[tuple[str, Level], ...]


class CalendarRecord(Record):
    """The newest version of a calendar."""

    kind: ClassVar[str] = "calendars"
    key_fields: ClassVar[tuple[str, ...]] = ("calendar",)
    shared: ClassVar[bool] = True

    calendar: str
    version: int
    years: tuple[AcademicYear, ...]
    workdays: Workdays | None


class CatalogueItemRecord(Record):
    """A catalogue item's newest version number."""

    kind: ClassVar[str] = "catalogue_items"
    key_fields: ClassVar[tuple[str, ...]] = ("item",)
    shared: ClassVar[bool] = True

    item: str
    version: int


class AchievementRecord(Record):
    """One version of a catalogue item, with what awards and rules need."""

    kind: ClassVar[str] = "achievements"
    key_fields: ClassVar[tuple[str, ...]] = ("achievement",)
    shared: ClassVar[bool] = True

    achievement: str
    owner: str
    achievement_kind: AchievementKind
    nature: Nature | None
    module: Module | None
    amount_milli: int | None
    workload: Workload | None
    level: Level | None
    skills: tuple[str, ...]
    content_group: str | None
    scheme: str | None
    shelf_life_months: int | None
    endorsed_by: tuple[str, ...]
    retired: bool
    position: int
