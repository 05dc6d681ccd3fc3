"""What a learner may object to, who decides, and what is due by whom."""

from collections.abc import Callable

import pytest

from ledger.domain import rules
from ledger.domain.errors import graduation as errors
from ledger.domain.state import AppealRecord, LotRecord, Ref, Slice
from tests.builders import (
    COMMITTEE,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    Body,
    Ledger,
    award_of,
    revocation,
)
from tests.scenario import claiming
from tests.scenario.agreements import (
    EXCHANGE,
    REDEMPTION,
    WEST,
    agree,
    ask,
    because,
    ground,
    number,
    proposal,
    sent_back,
    step,
)
from tests.scenario.graduating import (
    APPEAL,
    SECOND_APPEAL,
    against,
    appeal,
    appeal_of,
    appealed,
    assessed,
    decision,
    graduate,
    second,
    upheld,
)
from tests.scenario.lives import accepted, redeemed, requested, unredemption

NEXT = number(80)


def file(ledger: Ledger, body: Body, *, iss: str = SCHOOL) -> None:
    """Appeal for the learner."""
    ledger.say(iss, "appeal.filed.v1", body=body, mandate=MANDATE)


def decide(
    ledger: Ledger, outcome: str, *, iss: str = OTHER, **changes: object
) -> None:
    """Decide as the panel."""
    ledger.say(iss, "appeal.decided.v1", body=decision(outcome, **changes))


def test_the_school_decides_first_and_then_the_committee() -> None:
    """Each once; the committee's word is the last."""
    ledger = upheld()
    file(ledger, second())

    decide(ledger, "overturned", iss=COMMITTEE, appeal_id=SECOND_APPEAL)

    first, last = appeal_of(ledger), appeal_of(ledger, SECOND_APPEAL)
    assert (first.level, first.panel, first.status) == (1, OTHER, "upheld")
    assert (last.level, last.panel, last.status) == (2, COMMITTEE, "overturned")
    assert (last.follows, last.member) == (APPEAL, OTHER)


def test_what_is_remitted_is_due_by_a_day_from_whose_decision_it_was() -> None:
    """Nothing else changes by itself."""
    ledger = appealed()
    lots = [ledger.lot(one) for one in sorted(ledger.lots)]

    decide(ledger, "remitted", due_on="2026-09-30")

    found = appeal_of(ledger)
    assert (found.status, found.member, found.due_on) == (
        "remitted",
        OTHER,
        "2026-09-30",
    )
    assert (found.filed_on, found.decided_on) == ("2026-09-01", "2026-09-01")
    assert [ledger.state.find(LotRecord, one.award_id) for one in lots] == lots


@pytest.mark.parametrize("outcome", ["overturned", "remitted"])
def test_a_decision_made_anew_may_be_appealed_against_anew(outcome: str) -> None:
    """One that was upheld may not, at the same level."""
    ledger = appealed()
    due = {"due_on": "2026-09-01"} if outcome == "remitted" else {}
    decide(ledger, outcome, **due)

    file(ledger, appeal(appeal_id=NEXT))

    assert appeal_of(ledger, NEXT).status == "filed"


def test_a_new_assessment_is_another_decision() -> None:
    """Whatever became of an appeal against the one before."""
    ledger = upheld()
    body = assessed(ledger, assessment_id=number(81))
    ledger.say(OTHER, "graduation.assessed.v1", body=body)

    file(ledger, against("graduation", number(81), appeal_id=NEXT))

    assert appeal_of(ledger, NEXT).level == 1


def returned() -> Ledger:
    """Return a ledger in which the first desk has sent a case back."""
    ledger = requested()
    ledger.say(SCHOOL, "exchange.returned.v1", body=sent_back())
    return ledger


def declined() -> Ledger:
    """Return a ledger in which the first desk has declined a case."""
    ledger = requested()
    ledger.say(SCHOOL, "exchange.declined.v1", body=because())
    return ledger


def reversed_() -> Ledger:
    """Return a ledger in which an exchange was undone."""
    ledger = accepted()
    ledger.say(OTHER, "exchange.reversed.v1", body=because())
    return ledger


@pytest.mark.parametrize(
    ("start", "what", "identity", "member"),
    [
        (returned, "exchange", EXCHANGE, SCHOOL),
        (declined, "exchange", EXCHANGE, SCHOOL),
        (accepted, "exchange", EXCHANGE, OTHER),
        (reversed_, "exchange", EXCHANGE, OTHER),
        (ground, "award", award_of(), SCHOOL),
        (redeemed, "redemption", REDEMPTION, OTHER),
        (graduate, "graduation", number(70), OTHER),
        (claiming.returned, "claim", claiming.CLAIM, OTHER),
        (claiming.ended, "claim", claiming.CLAIM, OTHER),
    ],
)
def test_the_panel_is_of_whose_decision_it_is(
    start: Callable[[], Ledger], what: str, identity: str, member: str
) -> None:
    """The desk that declined, the recogniser, the issuer, the school."""
    ledger = start()
    wrong = OTHER if member == SCHOOL else SCHOOL

    with pytest.raises(errors.AppealPanelError):
        file(ledger, against(what, identity, panel=wrong))
    file(ledger, against(what, identity, panel=member))

    assert appeal_of(ledger).member == member


def test_a_case_handed_in_again_is_decided_again() -> None:
    """An appeal against the return does not use up that against the refusal."""
    ledger = returned()
    file(ledger, against("exchange", EXCHANGE, panel=SCHOOL))
    decide(ledger, "upheld", iss=SCHOOL)
    ask(ledger, revision=1)
    ledger.say(SCHOOL, "exchange.declined.v1", body=because())

    file(ledger, against("exchange", EXCHANGE, panel=SCHOOL, appeal_id=NEXT))

    assert appeal_of(ledger, NEXT).status == "filed"


@pytest.mark.parametrize("what", ["award", "redemption"])
def test_taking_back_is_another_decision_than_giving(what: str) -> None:
    """Each has its own way to the panel and the committee."""
    ledger = redeemed()
    identity, panel = (award_of(), SCHOOL) if what == "award" else (REDEMPTION, OTHER)
    file(ledger, against(what, identity, panel=panel))
    if what == "award":
        ledger.say(SCHOOL, "credit.revoked.v1", body=revocation(amount="0"))
    else:
        ledger.say(OTHER, "redemption.reversed.v1", body=unredemption())

    file(ledger, against(what, identity, panel=panel, appeal_id=NEXT))

    assert appeal_of(ledger, NEXT).status == "filed"


def test_what_the_bank_only_registers_is_the_recognisers_decision() -> None:
    """The operator decides no appeal."""
    ledger = ground()
    body = proposal(approval=[step(), step(OPERATOR)])
    agree(ledger, body)
    ask(ledger, body)
    endorsed = {"exchange_id": EXCHANGE, "step": 0}
    ledger.say(OTHER, "exchange.endorsed.v1", body=endorsed)
    ledger.say(OPERATOR, "exchange.declined.v1", body=because())

    file(ledger, against("exchange", EXCHANGE, panel=OTHER))

    assert appeal_of(ledger).member == OTHER


def test_whoever_succeeds_the_panels_member_decides() -> None:
    """And the learner may name either."""
    ledger = appealed()
    succeeded = {"predecessor": OTHER, "successor": WEST, "reason_code": "merged"}
    ledger.say(OPERATOR, "member.succeeded.v1", body=succeeded)

    decide(ledger, "upheld", iss=WEST)

    assert appeal_of(ledger).status == "upheld"


def test_a_closed_account_ends_no_right_to_appeal() -> None:
    """What was decided before can still be wrong."""
    ledger = graduate()
    closed = {"learner_id": appeal()["learner_id"], "reason_code": "other"}
    ledger.say(SCHOOL, "account.closed.v1", body=closed)

    file(ledger, appeal())

    assert appeal_of(ledger).status == "filed"


def test_no_appeal_is_evolved_from_a_state_that_is_no_history() -> None:
    """What it is against must be there, for writer and auditor alike."""
    act = graduate().act(SCHOOL, "appeal.filed.v1", body=appeal(), mandate=MANDATE)

    with pytest.raises(LookupError):
        rules.evolve(act, Slice(complete=True))


def test_a_filing_names_what_it_is_known_to_look_at() -> None:
    """So that a group reads it with one query per kind."""
    act = graduate().act(SCHOOL, "appeal.filed.v1", body=second(), mandate=MANDATE)

    wanted = rules.needs(act.statement, kid=act.kid)

    assert Ref(AppealRecord, APPEAL) in set(wanted)
