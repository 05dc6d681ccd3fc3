"""Applications worth trying under a rule, and what each would give by itself.

A lot alone, every lot together, and what just reaches a minimum; of few lots, every
combination. Where a rule gives in proportion, any part of a lot will do.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations, islice, product
from typing import Final

from ledger.domain.language.arithmetic import round_to
from ledger.domain.language.dates import day_after, spans
from ledger.domain.language.matching import LotFacts, Ranks, matches
from ledger.domain.language.selectors import Component, Mode
from ledger.domain.language.shapes import DatedBy, Effect, Method
from ledger.domain.language.uses import Use
from ledger.domain.rules.agreements import party_for
from ledger.domain.rules.cases import (
    calendar_years,
)
from ledger.domain.rules.envelope import present
from ledger.domain.rules.settlement import Gain
from ledger.domain.state import (
    FrameworkRecord,
    HeldLot,
    LotRecord,
    Part,
    RuleRecord,
    Slice,
)
from ledger.domain.types import credits_milli

COMBINATIONS_MAX: Final = 1_000
"""Combinations of components looked at, whether they are worth trying or not."""
LOTS_MAX: Final = 64
"""Lots that one application may offer."""
SUBSETS_OF_MAX: Final = 5
"""Of so many lots for a component every combination is tried."""

Lots = tuple[HeldLot, ...]
Known = tuple[LotRecord, LotFacts]
"""A lot, with what rules look at in it: worked out once for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """A rule that gives ``ratio`` of any part of the lot, in steps."""

    ratio: Fraction
    step_milli: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An application, what it uses and gives by itself, and what it counts for."""

    rule: RuleRecord
    lots: Lots
    day: str
    used: tuple[Part, ...]
    gains: tuple[Gain, ...]
    roots: tuple[tuple[Part, ...], ...]
    uses: tuple[Use, ...]
    proportion: Proportion | None

    @property
    def consumes(self) -> bool:
        """Tell whether what is used is used up."""
        return self.rule.terms.effect is Effect.CONSUME

    @property
    def gained_milli(self) -> int:
        """Return what it gives, in all."""
        return sum(gain.amount_milli for gain in self.gains)

    def lots_for(self, gained_milli: int) -> Lots:
        """Return what to offer so that no more is given than so much."""
        if self.proportion is None or gained_milli >= self.gained_milli:
            return self.lots
        (whole,) = self.lots
        rounding = self.rule.terms.conversion.rounding
        ratio, step = self.proportion.ratio, self.proportion.step_milli
        amount = min(whole.amount_milli, int(-(-gained_milli // ratio)))
        # Down to nothing, which gives nothing.
        while round_to(amount * ratio, step_milli=step, rounding=rounding) > (
            gained_milli
        ):
            amount -= 1
        return (HeldLot(**{**dict(whole), "amount_milli": amount}),)


def day_for(rule: RuleRecord, state: Slice, *, today: str) -> str:
    """Return the first day from today on that the rule's dates and window allow.

    Today, where there is none: whoever tries it then is told why not.
    """
    terms = rule.terms
    day = today
    if terms.dated_by is DatedBy.REQUESTED:
        day = max(day, terms.valid_from)
    window = terms.request_window
    if window is None:
        return day
    years = calendar_years(state, window.calendar)
    for span in sorted(spans(years, window.unit), key=lambda one: one.starts_on):
        opens = _shifted(span.starts_on, window.first_day - 1)
        closes = min(span.ends_on, _shifted(span.starts_on, window.last_day - 1))
        if day <= closes:
            return max(day, opens)
    return today


def _shifted(day: str, days: int) -> str:
    for _ in range(days):
        day = day_after(day)
    return day


def applications(
    rule: RuleRecord, lots: Sequence[Known], *, state: Slice
) -> Iterator[Lots]:
    """Return what could be offered under a rule, the plainest first.

    What would be refused in any case is left out, not everything that will be.
    """
    source = rule.terms.source
    ranks = _ranks(rule, state)
    within, index = [], 0
    for group in source.groups:
        choices = []
        for component in group.components:
            found = _usable(rule, component, lots=lots, state=state, ranks=ranks)
            choices.append(list(_choices(rule, component, lots=found, index=index)))
            index += 1
        joined = _joined(group.mode, choices)
        within.append(list(islice(joined, COMBINATIONS_MAX)))
    seen: set[Lots] = set()
    for offered in islice(_joined(source.mode, within), COMBINATIONS_MAX):
        names = {lot.award_id for lot in offered}
        if len(names) == len(offered) <= LOTS_MAX and offered not in seen:
            seen.add(offered)
            yield offered


def _joined(mode: Mode, choices: Sequence[Sequence[Lots]]) -> Iterator[Lots]:
    if mode is Mode.ANY_OF:
        yield from chain.from_iterable(choices)
        return
    for chosen in product(*choices):
        yield tuple(chain.from_iterable(chosen))


def _ranks(rule: RuleRecord, state: Slice) -> Ranks:
    levels = (one.of.level for one in rule.terms.source.components)
    names = {level.framework for level in levels if level is not None}
    return {
        name: dict(present(state, FrameworkRecord, key=name).ranks)
        for name in sorted(names)
    }


def _usable(
    rule: RuleRecord,
    component: Component,
    *,
    lots: Iterable[Known],
    state: Slice,
    ranks: Ranks,
) -> list[LotRecord]:
    return [
        lot
        for lot, facts in lots
        if matches(facts, component.of, ranks=ranks)
        and lot.passed
        and not (lot.revoked or lot.flags)
        and (lot.available_milli or not lot.awarded_milli)
        and rule.recogniser not in lot.path
        and party_for(rule, state, iss=lot.issuer) is not None
    ]


def _choices(
    rule: RuleRecord, component: Component, *, lots: Sequence[LotRecord], index: int
) -> Iterator[Lots]:
    least = component.credits_at_least
    fills = rule.terms.conversion.method is Method.FIXED and least is not None
    needed = credits_milli(least) if fills and least is not None else None
    few = len(lots) <= SUBSETS_OF_MAX
    most = min(component.lots_at_most, len(lots))
    sizes = range(2, most + 1) if few else ()
    sets: Iterable[Sequence[LotRecord]] = chain(
        ((lot,) for lot in lots),
        chain.from_iterable(combinations(lots, size) for size in sizes),
        () if few else _heaps(lots, component),
    )
    for chosen in sets:
        yield tuple(_offered(chosen, index=index, needed=needed))


def _heaps(
    lots: Sequence[LotRecord], component: Component
) -> Iterator[Sequence[LotRecord]]:
    """Return the oldest, and the largest, that just reach a minimum; and all."""
    most = component.lots_at_most
    least = credits_milli(component.credits_at_least or "0")
    largest = sorted(lots, key=lambda lot: (-lot.available_milli, lot.position))
    for order in (lots, largest):
        heap: list[LotRecord] = []
        for lot in order[:most]:
            heap.append(lot)
            if least and sum(one.available_milli for one in heap) >= least:
                break
        yield heap


def _offered(
    lots: Sequence[LotRecord], *, index: int, needed: int | None
) -> Iterator[HeldLot]:
    left = needed
    for lot in lots:
        amount = lot.available_milli
        if left is not None:
            amount = min(amount, left)
            left -= amount
        yield HeldLot(award_id=lot.award_id, amount_milli=amount, component=index)
