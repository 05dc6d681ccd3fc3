"""Whether a lot is what a selector describes, and a component has enough of it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, assert_never

from ledger.domain.language.arithmetic import CREDIT_MILLI, workload_credits
from ledger.domain.language.dates import add_months
from ledger.domain.language.selectors import (
    AgeAt,
    Component,
    DateOf,
    LevelRange,
    MaxAge,
    Mode,
    Selector,
    Source,
)
from ledger.domain.measures import AchievementKind, Level, Workload
from ledger.domain.types import MemberKind, Module, Nature, credits_milli

Ranks = Mapping[str, Mapping[str, int]]
"""For every framework, the rank of every code."""


class LotFacts(NamedTuple):
    """What a rule may look at in a lot. ``achievement`` has its version."""

    award_id: str
    issuer: str
    issuer_kind: MemberKind
    achievement: str | None
    achievement_kind: AchievementKind | None
    scheme: str | None
    content_group: str | None
    level: Level | None
    skills: tuple[str, ...]
    nature: Nature | None
    module: Module | None
    workload: Workload | None
    learned_to: str | None
    assessed_on: str | None
    recorded_on: str

    def date_of(self, which: DateOf) -> str:
        """Return a date of the lot; the next later kind where one is not known."""
        match which:
            case DateOf.LEARNING_ENDED:
                return self.learned_to or self.assessed_on or self.recorded_on
            case DateOf.ASSESSED:
                return self.assessed_on or self.learned_to or self.recorded_on
            case DateOf.RECORDED:
                return self.recorded_on
            case _:
                assert_never(which)


def matches(lot: LotFacts, selector: Selector, *, ranks: Ranks) -> bool:
    """Tell whether a lot is one of those that a selector means."""
    return _is_of_kind(lot, selector) and has_level(lot, selector.level, ranks=ranks)


def nearly_matches(lot: LotFacts, selector: Selector) -> bool:
    """Tell whether a lot would be meant if its level were another one.

    On the same framework: a certificate of another scale is another thing. Of a named
    achievement every result is near, with a level or without.
    """
    wanted = selector.level
    if not _is_of_kind(lot, selector):
        return False
    if wanted is None or selector.achievement is not None:
        return True
    return lot.level is not None and lot.level.framework == wanted.framework


def _is_of_kind(lot: LotFacts, selector: Selector) -> bool:
    name = selector.achievement
    if name is not None and lot.achievement != name:
        base = (lot.achievement or "").partition("@")[0]
        if "@" in name or base != name:
            return False
    return (
        _is_wanted(lot, selector)
        and lot.nature not in selector.excluded_natures
        and lot.module not in selector.excluded_modules
        and lot.content_group not in selector.excluded_content_groups
    )


def _is_wanted(lot: LotFacts, selector: Selector) -> bool:
    # Written out: it is asked of every lot for every component that could mean it.
    of = selector
    return (
        (not of.members or lot.issuer in of.members)
        and (not of.member_kinds or lot.issuer_kind in of.member_kinds)
        and (not of.achievement_kinds or lot.achievement_kind in of.achievement_kinds)
        and (not of.schemes or lot.scheme in of.schemes)
        and (not of.content_groups or lot.content_group in of.content_groups)
        and (not of.skills or not set(of.skills).isdisjoint(lot.skills))
    )


def has_level(lot: LotFacts, wanted: LevelRange | None, *, ranks: Ranks) -> bool:
    """Tell whether a lot's level is within a range, if one is asked for."""
    if wanted is None:
        return True
    level = lot.level
    if level is None or level.framework != wanted.framework:
        return False
    scale = ranks[wanted.framework]
    rank = scale.get(level.code)
    if rank is None:
        return False
    lowest = None if wanted.at_least is None else scale.get(wanted.at_least)
    highest = None if wanted.at_most is None else scale.get(wanted.at_most)
    return (lowest is None or rank >= lowest) and (highest is None or rank <= highest)


def is_recent(lot: LotFacts, age: MaxAge, *, requested: str, enrolled: str) -> bool:
    """Tell whether a lot is young enough; the last day itself counts."""
    moment = requested if age.at is AgeAt.REQUESTED else enrolled
    return moment <= add_months(lot.date_of(age.since), age.months)


class Offer(NamedTuple):
    """Part of a lot, offered for one component."""

    lot: LotFacts
    amount_milli: int
    component: int


def missing_component(source: Source, offers: Sequence[Offer]) -> int | None:
    """Return the index of a component that is not satisfied though it must be.

    None when the source is satisfied. Components with no offer are not satisfied;
    those with an offer must have enough whatever the mode.
    """
    index, groups = 0, []
    for group in source.groups:
        parts = []
        for component in group.components:
            own = [offer for offer in offers if offer.component == index]
            parts.append((index, bool(own)))
            if own and not _is_enough(component, own):
                return index
            index += 1
        groups.append(_lacking(parts, group.mode))
    lacking = [one for one in groups if one is not None]
    satisfied = len(groups) - len(lacking)
    enough = satisfied == len(groups) if source.mode is Mode.ALL_OF else satisfied > 0
    return None if enough else lacking[0]


def _lacking(parts: Sequence[tuple[int, bool]], mode: Mode) -> int | None:
    absent = [index for index, offered in parts if not offered]
    if mode is Mode.ANY_OF and len(absent) < len(parts):
        return None
    return absent[0] if absent else None


def _is_enough(component: Component, own: Sequence[Offer]) -> bool:
    if len(own) > component.lots_at_most:
        return False
    if component.credits_at_least is not None:
        brought = sum(offer.amount_milli for offer in own)
        if brought < credits_milli(component.credits_at_least):
            return False
    wanted = component.workload_at_least
    if wanted is None:
        return True
    loads = [offer.lot.workload for offer in own]
    units = [
        workload_credits(load, (wanted,)) or Fraction(0)
        for load in loads
        if load is not None
    ]
    return sum(units, Fraction(0)) >= CREDIT_MILLI
