"""The life of rules, policies, programmes and enrolments, from proposal to end."""

from typing import Final

import pytest

from ledger.domain.errors import RejectionError
from ledger.domain.errors import exchanges as errors
from ledger.domain.state import PolicyRecord, ProgrammeRecord, RuleRecord
from tests.builders import (
    COMMITTEE,
    OPERATOR,
    OTHER,
    SCHOOL,
    Ledger,
    award,
    award_of,
    digest,
)
from tests.scenario.agreements import (
    RULE,
    WEST,
    action,
    agree,
    agreed,
    agreement,
    ask,
    case_of,
    desk,
    enrolled,
    ground,
    number,
    offer,
    programme,
    proposal,
    quoted,
)
from tests.scenario.lives import accept, requested
from tests.scenario.refused_policies import endorsement, policy
from tests.scenario.refused_programmes import change, end

NEXT_YEAR: Final = "2027-01-01"


def rule_of(ledger: Ledger, name: str = RULE) -> RuleRecord:
    """Return a rule version that must be there."""
    rule = ledger.state.find(RuleRecord, name)
    assert rule is not None
    return rule


def test_a_rule_is_in_force_once_every_party_and_the_committee_agreed() -> None:
    """One that is missing is enough to keep it a proposal."""
    ledger, body = ground(), proposal(committee=COMMITTEE)
    ledger.say(OTHER, "rule.proposed.v1", body=body)
    assert rule_of(ledger).status == "proposed"

    ledger.say(SCHOOL, "rule.ratified.v1", body=agreement(seen=body))
    assert rule_of(ledger).status == "proposed"
    with pytest.raises(errors.RuleNotInForceError) as refused:
        ask(ledger, body)
    assert refused.value.details["reason"] == "proposed"

    ledger.say(COMMITTEE, "rule.endorsed.v1", body=agreement(seen=body))
    assert rule_of(ledger).status == "agreed"
    ask(ledger, body)


def test_a_rejected_version_never_comes_into_force_but_the_next_one_may() -> None:
    """Even when all others agreed; its proposer may withdraw it in the same way."""
    ledger = ground()
    ledger.say(OTHER, "rule.proposed.v1", body=proposal())
    ledger.say(SCHOOL, "rule.rejected.v1", body=action())
    assert rule_of(ledger).status == "rejected"

    second = proposal(version=2)
    ledger.say(OTHER, "rule.proposed.v1", body=second)
    ledger.say(OTHER, "rule.rejected.v1", body=action(f"{OTHER}/WELD@2"))

    agree(ledger, proposal(version=3))
    ask(ledger, proposal(version=3))


def test_a_new_party_joins_an_open_rule_and_its_credits_count() -> None:
    """From then on, without anybody ratifying anew."""
    ledger = ground()
    source = {"groups": [{"components": [{"of": {"achievement_kinds": ["course"]}}]}]}
    body = proposal(open_to_accession=True, source=source)
    agree(ledger, body)
    own = award("w", achievement=f"{WEST}/GAS-1@1")
    ledger.say(WEST, "credit.awarded.v1", body=own)
    lots = [offer(award_id=award_of("w", member=WEST))]
    with pytest.raises(errors.SourceNotMatchedError):
        ask(ledger, body, lots=lots)

    ledger.say(WEST, "rule.acceded.v1", body=agreement(seen=body))

    assert rule_of(ledger).status == "agreed"
    ask(ledger, body, lots=lots)


def test_a_suspended_rule_decides_nothing_until_the_same_party_resumes_it() -> None:
    """A case that lies on a desk waits."""
    ledger = requested()
    ledger.say(SCHOOL, "exchange.endorsed.v1", body=desk())
    ledger.say(SCHOOL, "rule.suspended.v1", body=action())
    assert rule_of(ledger).status == "suspended"
    with pytest.raises(errors.RuleNotInForceError):
        quoted(ledger)

    ledger.say(SCHOOL, "rule.resumed.v1", body=action())

    accept(ledger)
    assert case_of(ledger).status == "accepted"


def test_a_retired_rule_takes_applications_until_its_last_day() -> None:
    """What was applied for in time is still decided under it."""
    ledger = agreed()
    ledger.say(OTHER, "rule.retired.v1", body=action(last_day="2026-09-02"))
    assert rule_of(ledger).status == "retired"
    ask(ledger, lots=[offer(credits_="1")], at="2026-09-02T08:00:00.000Z")

    late = "2026-09-03T08:00:00.000Z"
    with pytest.raises(errors.RuleNotInForceError) as refused:
        ask(ledger, lots=[offer(credits_="1")], exchange_id=number(7), at=late)

    assert refused.value.details["reason"] == "retired"
    ledger.say(SCHOOL, "exchange.endorsed.v1", body=desk(), at=late)
    accept(ledger, at=late)


@pytest.mark.parametrize(
    ("dated_by", "first_applies"),
    [("requested", False), ("learning_ended", True), ("cohort", True)],
)
def test_the_date_that_the_rule_names_picks_its_version(
    dated_by: str, *, first_applies: bool
) -> None:
    """The learner enrolled in 2025, learned until June, and applies in September."""
    ledger = ground()
    first = proposal(dated_by=dated_by, valid_from="2025-01-01")
    second = proposal(version=2, dated_by=dated_by, valid_from="2026-08-01")
    agree(ledger, first)
    agree(ledger, second)
    right, wrong = (first, second) if first_applies else (second, first)

    with pytest.raises(errors.RuleNotInForceError) as refused:
        ask(ledger, wrong)

    reason = "outside-its-dates" if first_applies else "newer-version"
    assert refused.value.details["reason"] == reason
    ask(ledger, right)


def test_a_case_under_a_replaced_version_is_handed_in_again_under_the_new() -> None:
    """Nobody decides by a version that no longer applies."""
    ledger = requested()
    second = proposal(version=2)
    agree(ledger, second)
    ledger.say(SCHOOL, "exchange.endorsed.v1", body=desk())
    with pytest.raises(errors.RuleNotInForceError):
        quoted(ledger)

    back = {**desk(1), "reason_code": "wrong_rule", "missing": "新版"}
    ledger.say(OTHER, "exchange.returned.v1", body=back)
    ask(ledger, second, revision=1)

    ledger.say(SCHOOL, "exchange.endorsed.v1", body=desk())
    accept(ledger)
    assert case_of(ledger).rule == f"{OTHER}/WELD@2"


def test_the_successor_of_a_party_speaks_for_it() -> None:
    """It ratifies, and resumes what its predecessor suspended."""
    ledger = ground()
    ledger.say(OTHER, "rule.proposed.v1", body=proposal())
    succeeded = {"predecessor": SCHOOL, "successor": WEST, "reason_code": "merged"}
    ledger.say(OPERATOR, "member.succeeded.v1", body=succeeded)

    ledger.say(WEST, "rule.ratified.v1", body=agreement())
    ledger.say(WEST, "rule.suspended.v1", body=action())
    ledger.say(WEST, "rule.resumed.v1", body=action())

    assert rule_of(ledger).status == "agreed"
    ask(ledger)


def test_a_policy_binds_every_rule_once_the_committee_endorsed_it() -> None:
    """Until its next version is endorsed in turn, and only on its days."""
    ledger = agreed()
    fifth = {"numerator": 1, "denominator": 5}
    limit = {"code": "fifth", "share": fifth, "share_of": "programme_credits"}
    strict = policy(limits=[limit])
    ledger.say(OPERATOR, "policy.published.v1", body=strict)
    ask(ledger)
    seen = endorsement(digest=digest(strict))
    ledger.say(COMMITTEE, "policy.endorsed.v1", body=seen)
    with pytest.raises(errors.CapExceededError) as refused:
        quoted(ledger)
    assert refused.value.details["origin"] == f"{OPERATOR}/HALF@1"

    loose = policy(version=2, valid_until="2026-12-31")
    ledger.say(OPERATOR, "policy.published.v1", body=loose)
    second = endorsement(policy=f"{OPERATOR}/HALF@2", digest=digest(loose))
    ledger.say(COMMITTEE, "policy.endorsed.v1", body=second)

    assert quoted(ledger)["member"] == OTHER
    record = ledger.state.find(PolicyRecord, f"{OPERATOR}/HALF@1")
    assert record is not None
    assert record.endorsed


def test_a_policy_may_bound_how_old_a_result_is() -> None:
    """For an exchange as for a redemption, whatever the issuer says."""
    ledger = agreed()
    young = policy(limits=[], shelf_life_months=2)
    ledger.say(OPERATOR, "policy.published.v1", body=young)
    seen = endorsement(digest=digest(young))
    ledger.say(COMMITTEE, "policy.endorsed.v1", body=seen)

    with pytest.raises(errors.LotExpiredError) as refused:
        ask(ledger)

    assert refused.value.details["expired_on"] == "2026-08-30"


def test_an_enrolment_moves_to_a_new_version_and_ends() -> None:
    """A retired version keeps who is in it and takes nobody more."""
    ledger = ground()
    ledger.say(OTHER, "programme.published.v1", body=programme(version=2))
    named = {"programme": f"{OTHER}/WELDER@1"}
    ledger.say(OTHER, "programme.retired.v1", body=named)
    moved = change(programme=f"{OTHER}/WELDER@2", cohort="2026")
    ledger.say(OTHER, "enrolment.changed.v1", body=moved)
    ledger.say(OTHER, "enrolment.ended.v1", body=end())

    record = enrolled(ledger)
    assert (record.programme, record.cohort) == (f"{OTHER}/WELDER@2", "2026")
    assert (record.outcome, record.ended_on) == ("graduated", "2026-08-31")
    first = ledger.state.find(ProgrammeRecord, f"{OTHER}/WELDER@1")
    assert first is not None
    assert first.retired


def test_a_rule_for_another_programme_does_not_apply() -> None:
    """The enrolment says what a rule may count toward."""
    ledger = ground()
    ledger.say(OTHER, "programme.published.v1", body=programme(code="COOK"))
    aim = {"programme": f"{OTHER}/COOK", "code": "WELD"}
    body = proposal(targets=[{"outcome": "course_credit", "requirement": aim}])
    agree(ledger, body)

    with pytest.raises(RejectionError) as refused:
        ask(ledger, body)

    assert refused.value.details["reason"] == "another-programme"
