"""Which lots a learner would bring for a rule, and what its source still lacks.

For a fixed gain as few as are enough, the highest level first; for a gain that grows
with what is brought, all that a component takes. Of alternatives the first that lacks
least.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.arithmetic import CREDIT_MILLI, workload_credits
from ledger.domain.language.dates import add_months
from ledger.domain.language.matching import (
    Ranks,
    has_level,
    is_recent,
    nearly_matches,
)
from ledger.domain.language.selectors import AgeAt, Component, Group, MaxAge, Mode
from ledger.domain.language.shapes import Method, Remainder, RuleTerms
from ledger.domain.rules.options.holdings import Holding, Holdings
from ledger.domain.rules.options.lacks import (
    COMPONENT_MISSING,
    CREDITS_MISSING,
    LEVEL_OUTSIDE,
    LOT_USED,
    VALUE_UNKNOWN,
    WORKLOAD_MISSING,
    Lack,
    lack,
    refused_with,
)
from ledger.domain.state import HeldLot
from ledger.domain.types import credits_milli

LOTS_MAX: Final = 64
PREDICATES_MAX: Final = 128
"""What one request has room for."""
NEAR_MAX: Final = 3
"""So many lots are told of that would do for a component but for what they lack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What is brought, and what is missing."""

    offered: tuple[HeldLot, ...] = ()
    lacks: tuple[Lack, ...] = ()

    def plus(self, other: "Pick") -> "Pick":
        """Return both together."""
        return Pick(
            offered=self.offered + other.offered, lacks=self.lacks + other.lacks
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """Picks for one rule. ``excluded`` lots were tried: this is what they met."""

    terms: RuleTerms
    components: Sequence[Component]
    holdings: Holdings
    lots: Sequence[Holding]
    ranks: Ranks
    excluded: Mapping[str, Lack]

    def pick(self) -> Pick:
        """Return what to bring, or all that the source lacks."""
        taken: set[str] = set()
        picks, start = [], 0
        for group in self.terms.source.groups:
            picks.append(self._group(group, start=start, taken=taken))
            start += len(group.components)
            if self.terms.source.mode is Mode.ALL_OF:
                taken |= {one.award_id for one in picks[-1].offered}
        return _of(self.terms.source.mode, picks)

    def _group(self, group: Group, *, start: int, taken: Iterable[str]) -> Pick:
        own, picks = set(taken), []
        for index, component in enumerate(group.components, start):
            picks.append(self._component(component, index, taken=own))
            if group.mode is Mode.ALL_OF:
                own |= {one.award_id for one in picks[-1].offered}
        return _of(group.mode, picks)

    def _component(self, component: Component, index: int, *, taken: set[str]) -> Pick:
        near = [
            one
            for one in self.lots
            if one.lot.award_id not in taken and nearly_matches(one.facts, component.of)
        ]
        lacking = [(one, self._lacks(one, component)) for one in near]
        good = [one for one, lacks in lacking if not lacks]
        best = sorted(good, key=_best_first) if len(good) > 1 else good
        chosen = self._enough(best, component)
        missing = list(_missing(component, chosen, index=index))
        if not missing:
            return Pick(offered=tuple(self._offered(chosen, component, index=index)))
        told = sorted((lacks for _, lacks in lacking if lacks), key=len)[:NEAR_MAX]
        if told and not good:
            missing = []
        return Pick(lacks=(*missing, *(lack for lacks in told for lack in lacks)))

    def _lacks(self, one: Holding, component: Component) -> tuple[Lack, ...]:
        """Return why a lot that is nearly what a component means does not do."""
        lot, found = one.lot, list(one.lacks)
        if not has_level(one.facts, component.of.level, ranks=self.ranks):
            found.append(_outside(one, component))
        age = component.age
        if age is not None:
            found += islice(self._too_old(one, age), 1)
        if component.predicates and not lot.digests:
            names = ", ".join(sorted({one.name for one in component.predicates}))
            found.append(lack(VALUE_UNKNOWN, award_id=lot.award_id, name=names))
        whole = lot.awarded_milli - lot.revoked_milli
        partly = 0 < lot.available_milli < whole
        if partly and self._asks_whole(component):
            found.append(lack(LOT_USED, award_id=lot.award_id, reason="partly"))
        if lot.award_id in self.excluded:
            found.append(self.excluded[lot.award_id])
        return tuple(found)

    def _too_old(self, one: Holding, age: MaxAge) -> Iterable[Lack]:
        requested, enrolled = self.holdings.on, self.holdings.enrolment.started_on
        asked = "enrolled" if age.at is AgeAt.ENROLLED else "requested"
        for origin in one.origins:
            if is_recent(origin, age, requested=requested, enrolled=enrolled):
                continue
            last = add_months(origin.date_of(age.since), age.months)
            about = {"award_id": one.lot.award_id, "last_day": last, "at": asked}
            yield refused_with(errors.LotTooOldError(), **about)

    def _asks_whole(self, component: Component) -> bool:
        method = self.terms.conversion.method
        measured = component.credits_at_least is not None and method is Method.FIXED
        return method is not Method.RATIO and not measured

    @property
    def _is_least(self) -> bool:
        """Tell whether bringing more than is asked for gives no more."""
        fixed = self.terms.conversion.method is Method.FIXED
        drops = self.terms.remainder is not Remainder.ELECTIVE
        return fixed and drops and self.terms.shortfall_at_most is None

    @property
    def _room(self) -> int:
        """Return how many lots a request has room for, for each component alike."""
        shown = max(1, *(len(one.predicates) for one in self.components))
        return max(1, min(LOTS_MAX, PREDICATES_MAX // shown) // len(self.components))

    def _enough(
        self, good: Sequence[Holding], component: Component
    ) -> Sequence[Holding]:
        most = min(component.lots_at_most, self._room)
        if self._is_least:
            for count in range(1, min(most, len(good)) + 1):
                if not any(_missing(component, good[:count], index=0)):
                    return good[:count]
        return good[:most]

    def _offered(
        self, chosen: Sequence[Holding], component: Component, *, index: int
    ) -> Iterable[HeldLot]:
        left = None
        if self._is_least and component.credits_at_least is not None:
            left = credits_milli(component.credits_at_least)
        for one in chosen:
            amount = one.lot.available_milli
            if left is not None:
                amount = min(amount, left)
                left -= amount
            yield HeldLot(
                award_id=one.lot.award_id, amount_milli=amount, component=index
            )


def _of(mode: Mode, picks: Sequence[Pick]) -> Pick:
    if mode is Mode.ANY_OF:
        return min(picks, key=lambda pick: len(pick.lacks))
    joined, *others = picks
    for one in others:
        joined = joined.plus(one)
    return joined


def _best_first(one: Holding) -> tuple[object, ...]:
    return -one.rank, -one.lot.available_milli, one.lot.position


def _outside(one: Holding, component: Component) -> Lack:
    level, has = component.of.level, one.facts.level
    return lack(
        LEVEL_OUTSIDE,
        award_id=one.lot.award_id,
        framework=level.framework if level else None,
        has=has.code if has else None,
        at_least=level.at_least if level else None,
        at_most=level.at_most if level else None,
    )


def _missing(
    component: Component, chosen: Sequence[Holding], *, index: int
) -> Iterable[Lack]:
    if not chosen:
        yield lack(COMPONENT_MISSING, component=index)
    has = sum(one.lot.available_milli for one in chosen)
    if component.credits_at_least is not None:
        asked = credits_milli(component.credits_at_least)
        if has < asked:
            yield lack(
                CREDITS_MISSING,
                component=index,
                asked_milli=asked,
                has_milli=has,
                more_milli=asked - has,
            )
    wanted = component.workload_at_least
    if wanted is not None:
        loads = [one.facts.workload for one in chosen]
        parts = [workload_credits(load, (wanted,)) for load in loads if load]
        share = sum((part or Fraction(0) for part in parts), Fraction(0))
        if share < CREDIT_MILLI:
            asked = credits_milli(wanted.value)
            done = Fraction(share, CREDIT_MILLI)
            yield lack(
                WORKLOAD_MISSING,
                component=index,
                unit=wanted.unit.value,
                asked_milli=asked,
                more_milli=asked - int(asked * done),
            )
