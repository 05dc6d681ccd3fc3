"""What lots can count for: toward which requirement of an open enrolment."""

from collections.abc import Sequence

from ledger.domain.errors.exchanges import LotUnusableError
from ledger.domain.language.matching import matches
from ledger.domain.language.shapes import RuleTerms
from ledger.domain.rules.cases import facts_of
from ledger.domain.rules.counted import counted_milli, counts_toward
from ledger.domain.rules.offers import check_sound
from ledger.domain.state import (
    AchievementRecord,
    EnrolmentRecord,
    FrameworkRecord,
    LotRecord,
    MemberRecord,
    ProgrammeRecord,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.programmes import Requirement
from ledger.domain.types import credits_milli, credits_text
from projections.asking import Asking
from projections.balances.ground import Ground

Answer = dict[str, object]


def usable_for(
    ground: Ground, lots: Sequence[LotRecord], *, asking: Asking, today: str | None
) -> list[Answer]:
    """Return for every open enrolment what each requirement needs, has and can get.

    ``counted`` is redeemed already; ``available`` could be redeemed as it is;
    ``convertible`` names lots that a rule in force selects for the requirement, with
    what is available of them: whether the case would be accepted is for its rule.
    """
    enrolments = [one for one in ground.enrolments() if _is_under_way(one, today)]
    if not enrolments:
        return []
    # A rule that looks at a root finds it here: one query each would be too many.
    asking.known.put(lots)
    named = {lot.achievement for lot in lots if lot.achievement is not None}
    asking.look_up(AchievementRecord, named)
    asking.look_up(MemberRecord, {lot.issuer for lot in lots})
    usable = [lot for lot in lots if _is_sound(lot, asking)]
    return [
        _enrolment(ground, enrolment, lots=usable, asking=asking, today=today)
        for enrolment in enrolments
    ]


def _is_sound(lot: LotRecord, asking: Asking) -> bool:
    own = (lot.learner_id,)
    try:
        asking.ask(lambda state: check_sound(lot, state, pointer="", learner_ids=own))
    except LotUnusableError:
        return False
    return True


def _is_under_way(enrolment: EnrolmentRecord, today: str | None) -> bool:
    return is_open(enrolment.started_on, enrolment.ended_on, today=today)


def is_open(started_on: str, ended_on: str | None, *, today: str | None) -> bool:
    """Tell whether an enrolment with these dates is open; None looks at no date."""
    begun = today is None or started_on <= today
    return begun and (ended_on is None or (today is not None and today < ended_on))


def _enrolment(
    ground: Ground,
    enrolment: EnrolmentRecord,
    *,
    lots: Sequence[LotRecord],
    asking: Asking,
    today: str | None,
) -> Answer:
    programme = ground.programme(enrolment.programme)
    requirements: list[Answer] = []
    if programme is not None:
        rules = [
            rule
            for rule in ground.rules(enrolment.school)
            if _is_in_force(rule, today) and _aims(rule.terms, programme)
        ]
        foreign = [lot for lot in lots if enrolment.school not in lot.path]
        selected = [
            (rule, _selected(rule.terms, foreign, asking=asking)) for rule in rules
        ]
        requirements = [
            _requirement(one, enrolment, lots=lots, selected=selected)
            for one in programme.requirements
        ]
    return {
        "enrolment_id": enrolment.enrolment_id,
        "school": enrolment.school,
        "programme": enrolment.programme,
        "requirements": requirements,
    }


def _is_in_force(rule: RuleRecord, today: str | None) -> bool:
    if rule.status not in {"agreed", "retired"}:
        return False
    if today is None:
        return rule.status == "agreed"
    ends = [end for end in (rule.terms.valid_until, rule.last_day) if end is not None]
    return rule.terms.valid_from <= today and all(today <= end for end in ends)


def _aims(terms: RuleTerms, programme: ProgrammeRecord) -> bool:
    name = programme.programme.partition("@")[0]
    return any(
        one.requirement is not None and one.requirement.programme == name
        for one in terms.targets
    )


def _requirement(
    requirement: Requirement,
    enrolment: EnrolmentRecord,
    *,
    lots: Sequence[LotRecord],
    selected: Sequence[tuple[RuleRecord, frozenset[str]]],
) -> Answer:
    ready = [
        lot for lot in lots if counts_toward(lot, requirement, enrolment=enrolment)
    ]
    named = {lot.award_id for lot in ready}
    name = enrolment.programme.partition("@")[0]
    giving = [
        (rule.rule, found)
        for rule, found in selected
        if _gives(rule.terms, name, code=requirement.code)
    ]
    counted = counted_milli(enrolment, requirement.code)
    needed = credits_milli(requirement.credits)
    return {
        "requirement": requirement.code,
        "title": requirement.title,
        "needed": credits_text(needed),
        "counted": credits_text(counted),
        "missing": credits_text(max(0, needed - counted)),
        "available": credits_text(sum(lot.available_milli for lot in ready)),
        "convertible": [
            {
                "award_id": lot.award_id,
                "available": credits_text(lot.available_milli),
                "rules": rules,
            }
            for lot in lots
            if lot.award_id not in named
            if (rules := [rule for rule, found in giving if lot.award_id in found])
        ],
    }


def _gives(terms: RuleTerms, programme: str, *, code: str) -> bool:
    return any(
        one.requirement is not None
        and (one.requirement.programme, one.requirement.code) == (programme, code)
        for one in terms.targets
    )


def _selected(
    terms: RuleTerms, lots: Sequence[LotRecord], *, asking: Asking
) -> frozenset[str]:
    """Return the lots of which something is left that a rule's source means."""
    names = {one.of.level.framework for one in terms.source.components if one.of.level}
    asking.look_up(FrameworkRecord, names)
    left = [
        lot
        for lot in lots
        if lot.issuer in terms.parties
        and (lot.available_milli or not lot.awarded_milli)
    ]

    def selected(state: Slice) -> frozenset[str]:
        records = [state.find(FrameworkRecord, name) for name in sorted(names)]
        ranks = {one.code: dict(one.ranks) for one in records if one is not None}
        return frozenset(
            lot.award_id
            for lot in left
            for facts in (facts_of(state, lot),)
            if any(
                matches(facts, one.of, ranks=ranks) for one in terms.source.components
            )
        )

    return asking.ask(selected)
