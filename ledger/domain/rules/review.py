"""What a proposer should know of a rule before anybody agrees to it.

Remarks never refuse anything: each names what it is about, and the rule in force that
it concerns. A trial tells what the rule would have made of lots that are there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.domain.errors import RejectionError
from ledger.domain.language.matching import matches
from ledger.domain.language.selectors import Component, Mode, Selector
from ledger.domain.language.shapes import Effect, Method, RuleTerms
from ledger.domain.rules.agreements import rule_item
from ledger.domain.rules.cases import Application, check_in_force, facts_of, open_case
from ledger.domain.rules.counting import Settlement, settle
from ledger.domain.rules.eligibility import check_eligible
from ledger.domain.rules.offers import check_offers
from ledger.domain.state import (
    AchievementRecord,
    CatalogueItemRecord,
    EnrolmentRecord,
    FrameworkRecord,
    HeldLot,
    LotRecord,
    Record,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.exchanges import LotPredicate
from ledger.domain.types import credits_milli


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to look at: a stable code, where, and which other rule."""

    code: str
    pointer: str
    rule: str | None = None


def find_remarks(
    terms: RuleTerms, others: Iterable[RuleRecord], *, state: Slice
) -> tuple[Remark, ...]:
    """Return what is odd about terms, by themselves and beside rules in force.

    Codes: ``retired-source``, ``never-reached`` (a limit below what one exchange
    gives), ``gains-credit`` (gives more than it asks), ``overlaps`` (same source and
    same aim on the same days), ``round-trip`` (the way back of another rule).
    """
    remarks = [*_retired(terms, state), *_unreachable(terms), *_generous(terms)]
    for other in others:
        if not other.is_agreed or not _same_days(terms, other.terms):
            continue
        if _overlaps(terms, other.terms):
            remarks.append(
                Remark(code="overlaps", pointer="/terms/source", rule=other.rule)
            )
        if _leads_back(terms, other.terms):
            remarks.append(
                Remark(code="round-trip", pointer="/terms/targets", rule=other.rule)
            )
    return tuple(remarks)


def _components(terms: RuleTerms) -> Iterable[tuple[str, Component]]:
    for number, group in enumerate(terms.source.groups):
        for index, component in enumerate(group.components):
            yield f"/terms/source/groups/{number}/components/{index}", component


def _retired(terms: RuleTerms, state: Slice) -> Iterable[Remark]:
    for pointer, component in _components(terms):
        name = component.of.achievement
        if name is None:
            continue
        base, _, version = name.partition("@")
        item = state.find(CatalogueItemRecord, base)
        newest = version or (str(item.version) if item is not None else "1")
        found = state.find(AchievementRecord, f"{base}@{newest}")
        if found is None or found.retired:
            yield Remark(code="retired-source", pointer=f"{pointer}/of/achievement")


def _unreachable(terms: RuleTerms) -> Iterable[Remark]:
    fixed = [credits_milli(one.credits) for one in terms.targets if one.credits]
    for number, limit in enumerate(terms.limits):
        if limit.at_most is None or limit.measure.value != "credits" or not fixed:
            continue
        if credits_milli(limit.at_most) < min(fixed):
            yield Remark(code="never-reached", pointer=f"/terms/limits/{number}")


def _generous(terms: RuleTerms) -> Iterable[Remark]:
    if terms.conversion.method is not Method.FIXED or terms.effect is Effect.RECOGNISE:
        return
    asked = [
        credits_milli(one.credits_at_least)
        for _, one in _components(terms)
        if one.credits_at_least is not None
    ]
    given = sum(credits_milli(one.credits or "0") for one in terms.targets)
    if asked and given > sum(asked):
        yield Remark(code="gains-credit", pointer="/terms/targets")


def _same_days(one: RuleTerms, other: RuleTerms) -> bool:
    ends = (one.valid_until or "9999-12-31", other.valid_until or "9999-12-31")
    return one.valid_from <= ends[1] and other.valid_from <= ends[0]


def _overlaps(one: RuleTerms, other: RuleTerms) -> bool:
    aims = {(aim.requirement, aim.achievement) for aim in one.targets}
    shared = aims & {(aim.requirement, aim.achievement) for aim in other.targets}
    return bool(shared) and any(
        _may_share(mine.of, theirs.of)
        for mine in one.source.components
        for theirs in other.source.components
    )


def _may_share(one: Selector, other: Selector) -> bool:
    """Tell whether one lot could match both; unsaid means any."""
    names = (one.achievement, other.achievement)
    if names[0] is not None and names[1] is not None:
        if "@" in names[0] and "@" in names[1]:
            return names[0] == names[1]
        if names[0].partition("@")[0] != names[1].partition("@")[0]:
            return False
    fields = ("members", "member_kinds", "achievement_kinds", "schemes")
    for field in (*fields, "content_groups"):
        mine, theirs = getattr(one, field), getattr(other, field)
        if mine and theirs and set(mine).isdisjoint(theirs):
            return False
    return True


def _leads_back(one: RuleTerms, other: RuleTerms) -> bool:
    sources = {
        member
        for component in one.source.components
        for member in (
            *component.of.members,
            *((component.of.achievement or "").partition("/")[:1]),
        )
        if member
    }
    back = {
        component.of.achievement.partition("/")[0]
        for component in other.source.components
        if component.of.achievement is not None
    }
    return other.recogniser in sources and one.recogniser in back


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a rule would have made of a learner's lots for an enrolment."""

    learner_id: str
    enrolment_id: str
    lots: tuple[HeldLot, ...]
    settlement: Settlement | None
    refusal: RejectionError | None


def try_rule(
    rule: RuleRecord,
    enrolment: EnrolmentRecord,
    *,
    lots: Sequence[LotRecord],
    state: Slice,
    on: str,
) -> Trial | None:
    """Apply a rule to all lots that its components select, as if asked on a date.

    None if no lot is selected. ``rule`` need not be agreed: it is taken as in force,
    and what has to be shown of a lot as shown.
    """
    offered = tuple(_offer(rule, lots, state=state))
    if not offered:
        return None
    seen = Slice(state)
    seen.put(_in_force(rule))
    application = _application(rule, enrolment, offered=offered, on=on)
    settlement, refusal = None, None
    try:
        case = open_case(seen, application)
        check_offers(case, seen)
        check_in_force(case, seen)
        check_eligible(case, seen, on=on, holding=False)
        settlement = settle(case, seen, on=on)
    except RejectionError as error:
        refusal = error
    return Trial(
        learner_id=enrolment.learner_id,
        enrolment_id=enrolment.enrolment_id,
        lots=offered,
        settlement=settlement,
        refusal=refusal,
    )


def _application(
    rule: RuleRecord,
    enrolment: EnrolmentRecord,
    *,
    offered: tuple[HeldLot, ...],
    on: str,
) -> Application:
    return Application(
        exchange_id="00000000-0000-4000-8000-000000000000",
        learner_id=enrolment.learner_id,
        enrolment_id=enrolment.enrolment_id,
        rule=rule.rule,
        lots=offered,
        predicates=tuple(_shown(rule, offered)),
        vouched=(),
        requested_on=on,
    )


def _in_force(rule: RuleRecord) -> Iterable[Record]:
    """Return a rule as if all had agreed and no later version were there."""
    base, _, version = rule.rule.partition("@")
    agreed = {"ratified_by": rule.parties, "endorsed": True}
    ended = {"rejected_by": None, "suspended_by": None, "last_day": None}
    yield RuleRecord(**{**dict(rule), **agreed, **ended})
    yield CatalogueItemRecord(item=rule_item(base), version=int(version))


def _shown(rule: RuleRecord, offered: Iterable[HeldLot]) -> Iterable[LotPredicate]:
    components = rule.terms.source.components
    for lot in offered:
        for one in components[lot.component].predicates:
            yield LotPredicate(**dict(one), award_id=lot.award_id)


def _offer(
    rule: RuleRecord, lots: Sequence[LotRecord], *, state: Slice
) -> Iterable[HeldLot]:
    source = rule.terms.source
    ranks = {
        level.framework: dict(record.ranks)
        for level in (one.of.level for one in source.components)
        if level is not None
        and (record := state.find(FrameworkRecord, level.framework)) is not None
    }
    left = {lot.award_id: lot for lot in lots if lot.passed and not lot.revoked}
    index = 0
    for group in source.groups:
        filled = False
        for component in group.components:
            skip = filled and group.mode is Mode.ANY_OF
            chosen = [] if skip else _chosen(component, left, state=state, ranks=ranks)
            for lot in chosen:
                del left[lot.award_id]
                yield HeldLot(
                    award_id=lot.award_id,
                    amount_milli=lot.available_milli,
                    component=index,
                )
            filled = filled or bool(chosen)
            index += 1
        if filled and source.mode is Mode.ANY_OF:
            return


def _chosen(
    component: Component,
    left: dict[str, LotRecord],
    *,
    state: Slice,
    ranks: dict[str, dict[str, int]],
) -> list[LotRecord]:
    found = [
        lot
        for lot in left.values()
        if matches(facts_of(state, lot), component.of, ranks=ranks)
    ]
    return sorted(found, key=lambda lot: lot.position)[: component.lots_at_most]
