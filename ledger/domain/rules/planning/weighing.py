"""What an application comes to by itself, or as much of it as the caps allow."""

from collections.abc import Sequence
from typing import Final

from ledger.domain.errors.exchanges import CapExceededError
from ledger.domain.language.arithmetic import as_fraction
from ledger.domain.language.shapes import RoundAt
from ledger.domain.rules.cases import (
    Application,
    check_in_force,
    check_window,
    open_case,
)
from ledger.domain.rules.counting import settle
from ledger.domain.rules.eligibility import check_eligible
from ledger.domain.rules.offers import check_offers
from ledger.domain.rules.planning.candidates import Candidate, Lots, Proportion
from ledger.domain.rules.planning.steps import Conversion, Setting, request_body
from ledger.domain.rules.settlement import Gain
from ledger.domain.state import HeldLot, RuleRecord, Slice
from ledger.domain.types import credits_milli

FITTINGS_MAX: Final = 3
"""How often an application is made smaller for a cap: each cap may ask for more."""


def weigh(
    lots: Lots, rule: RuleRecord, *, day: str, state: Slice, setting: Setting
) -> Candidate:
    """Return what an application would come to by itself on a date.

    Raises:
        RejectionError: it would be refused.
    """
    step = Conversion(
        exchange_id=setting.enrolment_id, rule=rule.rule, lots=lots, day=day
    )
    body = request_body(step, rule, setting=setting)
    application = Application(
        exchange_id=step.exchange_id,
        learner_id=setting.learner_id,
        enrolment_id=setting.enrolment_id,
        rule=rule.rule,
        lots=lots,
        predicates=body.predicates,
        vouched=(),
        requested_on=day,
    )
    case = open_case(state, application)
    check_offers(case, state)
    check_in_force(case, state)
    check_window(case, state)
    check_eligible(case, state, on=day, holding=False)
    settlement = settle(case, state, on=day)
    return Candidate(
        rule=rule,
        lots=lots,
        day=day,
        used=settlement.used,
        gains=settlement.gains,
        roots=settlement.roots,
        uses=settlement.uses,
        proportion=_proportion(rule, lots, gains=settlement.gains),
    )


def weigh_fitting(
    lots: Lots, rule: RuleRecord, *, day: str, state: Slice, setting: Setting
) -> Candidate:
    """Return what an application would come to, or a part of it that the caps allow.

    Raises:
        RejectionError: it would be refused, and so would a part.
    """
    for _ in range(FITTINGS_MAX):
        try:
            return weigh(lots, rule, day=day, state=state, setting=setting)
        except CapExceededError as error:
            smaller = _smaller(lots, rule, error=error)
            if smaller is None:
                raise
            lots = smaller
    return weigh(lots, rule, day=day, state=state, setting=setting)


def _smaller(lots: Lots, rule: RuleRecord, *, error: CapExceededError) -> Lots | None:
    ratio, excess = rule.terms.conversion.ratio, _excess(error)
    if ratio is None or len(lots) != 1:
        return None
    (whole,) = lots
    amount = whole.amount_milli - int(-(-excess // as_fraction(ratio)))
    if amount <= 0:
        return None
    return (HeldLot(**{**dict(whole), "amount_milli": amount}),)


def _excess(error: CapExceededError) -> int:
    reached, allowed = error.details["reached_milli"], error.details["allowed_milli"]
    return int(reached) - int(allowed)


def _proportion(
    rule: RuleRecord, lots: Lots, *, gains: Sequence[Gain]
) -> Proportion | None:
    """Return how a rule gives, if part of the only lot gives part of the only gain."""
    conversion = rule.terms.conversion
    if conversion.ratio is None or conversion.round_at is RoundAt.PROGRAMME:
        return None
    component = rule.terms.source.components[lots[0].component]
    bounded = component.credits_at_least or component.workload_at_least
    bounded = bounded or rule.terms.shortfall_at_most or rule.terms.targets[0].credits
    if len(lots) != 1 or len(gains) != 1 or bounded or rule.terms.supersede:
        return None
    return Proportion(
        ratio=as_fraction(conversion.ratio), step_milli=credits_milli(conversion.step)
    )
