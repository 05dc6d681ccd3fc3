"""Asks what a learner's lots can become, and applies for what is said to be open."""

from collections.abc import Iterable, Sequence

from api.wording.options import Speaker
from ledger.domain import rules
from ledger.domain.errors import RejectionError
from ledger.domain.rules.cases import facts_of
from ledger.domain.rules.counting import beside_of
from ledger.domain.rules.eligibility import shelf_lives
from ledger.domain.rules.options.finding import find_option, near_lots
from ledger.domain.rules.options.holdings import Holdings, holders
from ledger.domain.rules.options.option import Option, in_order
from ledger.domain.rules.scopes import accounts_of
from ledger.domain.state import (
    EnrolmentRecord,
    ExchangeRecord,
    ExchangeStatus,
    LotRecord,
    MemberRecord,
    ProgrammeRecord,
    R,
    RuleRecord,
    Slice,
)
from ledger.domain.types import credits_text
from projections.options.naming import Names
from tests.builders import MANDATE, Ledger

OPEN = (ExchangeStatus.REQUESTED, ExchangeStatus.RETURNED)


def options_of(
    state: Slice, enrolment: EnrolmentRecord, *, on: str
) -> Sequence[Option]:
    """Return what every agreed rule makes of a learner's lots for an enrolment."""
    programme = state.find(ProgrammeRecord, enrolment.programme)
    assert programme is not None
    accounts = accounts_of(state, enrolment.learner_id)
    learner_ids = frozenset(one.learner_id for one in accounts)
    cases = [
        one
        for one in _all(state, ExchangeRecord)
        if one.learner_id in learner_ids and one.status in OPEN
    ]
    holdings = Holdings(
        enrolment=enrolment,
        programme=programme,
        learner_ids=learner_ids,
        on=on,
        ages=shelf_lives(programme, state, on=on),
        held_by=holders(cases),
        beside=beside_of(state, learner_ids, on=on),
    )
    lots = [
        holdings.holding(lot, facts_of(state, lot), state=state)
        for lot in _all(state, LotRecord)
        if lot.learner_id in learner_ids and not lot.revoked
    ]
    found = (
        find_option(rule, holdings, lots=near, state=state)
        for rule in _all(state, RuleRecord)
        if rule.is_agreed and (near := near_lots(rule, lots, state=state))
    )
    return in_order(one for one in found if one is not None)


def speaker_for(state: Slice, enrolment: EnrolmentRecord, *, language: str) -> Speaker:
    """Return who tells a learner of options; achievements go by their names here."""
    programme = state.find(ProgrammeRecord, enrolment.programme)
    assert programme is not None
    names = Names(
        achievements={},
        members={one.member_id: one for one in _all(state, MemberRecord)},
        programme=programme,
        lots={one.award_id: one for one in _all(state, LotRecord)},
    )
    return Speaker(language=language, names=names)


def _all(state: Slice, record: type[R]) -> Iterable[R]:
    return [one for one in state.known.values() if isinstance(one, record)]


def body_of(option: Option, number: str) -> dict[str, object]:
    """Return the request that an option is ready to become."""
    made = option.application
    return {
        "exchange_id": number,
        "learner_id": made.learner_id,
        "enrolment_id": made.enrolment_id,
        "rule": made.rule,
        "rule_digest": option.rule.digest,
        "lots": [
            {
                "award_id": lot.award_id,
                "credits": credits_text(lot.amount_milli),
                "component": lot.component,
            }
            for lot in made.lots
        ],
        "predicates": [
            one.model_dump(mode="json", exclude_none=True) for one in option.to_show
        ],
        "vouched": [
            {"code": one.code, "value": one.at_least} for one in option.to_vouch
        ],
    }


def refusal_of(
    option: Option, ledger: Ledger, *, iss: str, day: str, number: str
) -> RejectionError | None:
    """Return what a request for an option is refused with; it changes nothing."""
    act = ledger.act(
        iss,
        "exchange.requested.v1",
        body=body_of(option, number),
        at=f"{day}T04:00:00.000Z",
        mandate=MANDATE,
    )
    try:
        rules.decide(act, Slice(ledger.state))
    except RejectionError as error:
        return error
    return None
