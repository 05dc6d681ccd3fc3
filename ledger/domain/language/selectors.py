"""What a lot must be to count: selectors, minimums and ages."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from ledger.domain.measures import AchievementKind, Workload
from ledger.domain.types import (
    AchievementName,
    Code,
    Credits,
    LevelCode,
    MemberId,
    MemberKind,
    Module,
    Nature,
    Quantity,
    ShortText,
    Wire,
)

_Few = Field(max_length=32)


class LevelRange(Wire):
    """Levels of one framework between two codes, both included, by rank."""

    framework: Code
    at_least: LevelCode | None = None
    at_most: LevelCode | None = None


class Selector(Wire):
    """Which lots are meant. All that is given must hold; of a list, any one."""

    achievement: AchievementName | None = None
    members: Annotated[tuple[MemberId, ...], _Few] = ()
    member_kinds: Annotated[tuple[MemberKind, ...], _Few] = ()
    achievement_kinds: Annotated[tuple[AchievementKind, ...], _Few] = ()
    schemes: Annotated[tuple[ShortText, ...], _Few] = ()
    content_groups: Annotated[tuple[Code, ...], _Few] = ()
    level: LevelRange | None = None
    skills: Annotated[tuple[ShortText, ...], _Few] = ()
    excluded_natures: Annotated[tuple[Nature, ...], _Few] = ()
    excluded_modules: Annotated[tuple[Module, ...], _Few] = ()
    excluded_content_groups: Annotated[tuple[Code, ...], _Few] = ()


class Predicate(Wire):
    """A disclosed value that must reach a minimum.

    ``score`` and ``attendance`` are numbers on ``scale`` (100 unless said); ``grade``
    is the code of a level on ``framework``, compared by rank.
    """

    name: Literal["score", "attendance", "grade"]
    at_least: Quantity | LevelCode
    scale: Quantity | None = None
    framework: Code | None = None


class DateOf(StrEnum):
    """Which date of a lot: when learning ended, was assessed, or was recorded."""

    LEARNING_ENDED = "learning_ended"
    ASSESSED = "assessed"
    RECORDED = "recorded"


class AgeAt(StrEnum):
    """At which moment an age is taken."""

    REQUESTED = "requested"
    ENROLLED = "enrolled"


class MaxAge(Wire):
    """A lot counts for so many months after one of its dates."""

    months: Annotated[int, Field(ge=1, le=1200)]
    since: DateOf = DateOf.LEARNING_ENDED
    at: AgeAt = AgeAt.REQUESTED


class Component(Wire):
    """One thing that a learner must bring: lots of a kind, good and recent enough.

    ``credits_at_least`` and ``workload_at_least`` are over the sum of the lots given
    for this component; the predicates hold of each of them.
    """

    of: Selector
    predicates: Annotated[tuple[Predicate, ...], Field(max_length=4)] = ()
    credits_at_least: Credits | None = None
    workload_at_least: Workload | None = None
    lots_at_most: Annotated[int, Field(ge=1, le=64)] = 64
    age: MaxAge | None = None


class Mode(StrEnum):
    """Every one of a group, or any one."""

    ALL_OF = "all_of"
    ANY_OF = "any_of"


class Group(Wire):
    """Components that belong together."""

    mode: Mode = Mode.ALL_OF
    components: Annotated[tuple[Component, ...], Field(min_length=1, max_length=64)]


class Source(Wire):
    """Groups of components: two levels, at most 64 components in all."""

    mode: Mode = Mode.ALL_OF
    groups: Annotated[tuple[Group, ...], Field(min_length=1, max_length=64)]

    @property
    def components(self) -> tuple[Component, ...]:
        """All components in order; a request names them by this index."""
        if len(self.groups) == 1:
            return self.groups[0].components
        return tuple(one for group in self.groups for one in group.components)
