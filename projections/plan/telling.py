"""A plan as an answer shows it: steps to sign, what they cover, and what is missing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from ledger.domain.errors import RejectionError
from ledger.domain.language.shapes import Outcome
from ledger.domain.rules.counted import counted_milli
from ledger.domain.rules.planning.steps import (
    Conversion,
    Counting,
    redemption_body,
    request_body,
)
from ledger.domain.state import HeldLot, Part
from ledger.domain.statements.programmes import Requirement
from ledger.domain.types import Nature, credits_milli, credits_text
from projections.plan.execution import Taken
from projections.plan.gathering import Gathered, Refused
from projections.plan.search import Found

NEAREST_MAX: Final = 8
"""What is told of each kind of thing that would close a requirement."""

Answer = dict[str, Any]  # Any: plain JSON.
Why = tuple[Answer, RejectionError | None]
"""Something that would close a requirement, and what stands in its way."""


def plan_shown(
    gathered: Gathered, found: Found, *, titles: Mapping[str, str]
) -> Answer:
    """Return a plan; what is nearest is told by ``nearest_to``.

    ``titles`` are those of achievements, by their version.
    """
    ground = gathered.ground
    names = _names(gathered, found.steps, titles=titles)
    return {
        "learner_id": gathered.setting.learner_id,
        "enrolment_id": ground.enrolment.enrolment_id,
        "programme": ground.programme.programme,
        "on": ground.today,
        "covers": credits_text(found.done.score.covered_milli),
        "uses_up": credits_text(-found.done.score.unspent_milli),
        "complete": found.complete,
        "tried": len(gathered.candidates),
        "untried": gathered.untried,
        "blocked": gathered.blocked and gathered.blocked.code,
        "steps": [
            {"number": number, **_step(one, gathered, names=names)}
            for number, one in enumerate(found.steps, start=1)
        ],
        "requirements": [
            _requirement(one, gathered, added=found.done.counted[one.code])
            for one in ground.programme.requirements
        ],
    }


def _names(
    gathered: Gathered, steps: Iterable[Taken], *, titles: Mapping[str, str]
) -> Mapping[str, Answer]:
    """Return what every lot is of; one that is still to be made, of its rule."""
    names: dict[str, Answer] = {}
    for lot in gathered.lots:
        if lot.achievement is not None:
            named = {"title": titles.get(lot.achievement)}
            names[lot.award_id] = {"achievement": lot.achievement, **named}
    for one in steps:
        if one.candidate is not None:
            terms = one.candidate.rule.terms
            named = {"title": terms.title, "title_en": terms.title_en}
            names |= {lot.award_id: named for lot in one.made}
    return names


def _step(one: Taken, gathered: Gathered, *, names: Mapping[str, Answer]) -> Answer:
    later = one.step.day > gathered.ground.today
    when = {"not_before": one.step.day} if later else {}
    match one.step:
        case Conversion():
            told = _conversion(one, one.step, gathered=gathered)
            told["lots"] = _lots(one.step.lots, names)
            return {"kind": "exchange", **when, **told}
        case Counting():
            told = _counting(one.step, gathered)
            told["lots"] = _lots(one.step.lots, names)
            return {"kind": "redemption", **when, **told}


def _conversion(one: Taken, step: Conversion, *, gathered: Gathered) -> Answer:
    candidate = one.candidate
    if candidate is None:
        return {}
    rule = candidate.rule
    body = request_body(step, rule, setting=gathered.setting)
    desk = next(iter(rule.terms.approval), None)
    return {
        "rule": rule.rule,
        "title": rule.terms.title,
        "title_en": rule.terms.title_en,
        "effect": rule.terms.effect.value,
        "gives": [
            {
                "lot_id": lot.award_id,
                "outcome": None if lot.outcome is None else lot.outcome.value,
                "credits": credits_text(lot.awarded_milli),
                "requirement": lot.requirement,
                "achievement": lot.achievement,
            }
            for lot in one.made
        ],
        "to_show": [
            predicate.model_dump(mode="json", exclude_none=True)
            for predicate in body.predicates
        ],
        "to_vouch": [
            vouched.model_dump(mode="json") for vouched in rule.terms.attestations
        ],
        "desk": desk and {"member": desk.member, "role": desk.role},
        "signed_by": gathered.setting.applicant,
        "type": "exchange.requested.v1",
        "body": body.model_dump(mode="json", exclude_none=True),
    }


def _counting(step: Counting, gathered: Gathered) -> Answer:
    body = redemption_body(step, setting=gathered.setting)
    return {
        "requirement": step.requirement,
        "credits": credits_text(sum(one.amount_milli for one in step.lots)),
        "signed_by": gathered.setting.school,
        "type": "credit.redeemed.v1",
        "body": body.model_dump(mode="json", exclude_none=True),
    }


def _lots(lots: Iterable[HeldLot | Part], names: Mapping[str, Answer]) -> list[Answer]:
    return [
        {
            "award_id": lot.award_id,
            "credits": credits_text(lot.amount_milli),
            **names.get(lot.award_id, {}),
            **({"component": lot.component} if isinstance(lot, HeldLot) else {}),
        }
        for lot in lots
    ]


def _requirement(one: Requirement, gathered: Gathered, *, added: int) -> Answer:
    before = counted_milli(gathered.ground.enrolment, one.code)
    needed = credits_milli(one.credits)
    return {
        "requirement": one.code,
        "title": one.title,
        "title_en": one.title_en,
        "nature": one.nature.value,
        "needed": credits_text(needed),
        "before": credits_text(before),
        "after": credits_text(before + added),
        "missing": credits_text(max(0, needed - before - added)),
    }


def nearest_to(code: str, gathered: Gathered) -> Iterator[Why]:
    """Return what would close a requirement: results, rules out of reach, held lots."""
    requirement = gathered.ground.programme.requirement(code)
    if requirement is None:
        return
    for name in requirement.satisfied_by[:NEAREST_MAX]:
        yield {"kind": "achievement", "achievement": name}, None
    near = (one for one in gathered.refused if _leads_to(one, requirement))
    for one in islice(near, NEAREST_MAX):
        yield {"kind": "rule", "rule": one.rule.rule}, one.error
    held = (
        (award, error)
        for (award, toward), error in gathered.uncounted.items()
        if toward == code
    )
    for award, error in islice(held, NEAREST_MAX):
        yield {"kind": "lot", "award_id": award}, error


def _leads_to(one: Refused, requirement: Requirement) -> bool:
    for target in one.rule.terms.targets:
        if target.requirement is not None:
            if target.requirement.code == requirement.code:
                return True
        elif target.achievement is not None:
            if target.achievement in requirement.satisfied_by:
                return True
        elif (
            target.outcome is Outcome.ELECTIVE_CREDIT
            and requirement.nature is Nature.ELECTIVE
        ):
            return True
    return False


def codes_of(shown: Answer) -> Sequence[str]:
    """Return the requirements that a plan leaves open."""
    return [
        one["requirement"] for one in shown["requirements"] if one["missing"] != "0"
    ]
