"""What was learned at the school itself, whatever the school is called by now."""

import pytest

from ledger.domain.errors import exchanges as errors
from ledger.domain.rules.tallies import uses_of
from ledger.domain.state import TallyRecord
from tests.builders import LEARNER, OPERATOR, OTHER, SCHOOL, SECOND, award
from tests.scenario.agreements import (
    agree,
    ask,
    enrolment,
    ground,
    number,
    offer,
    programme,
    proposal,
)
from tests.scenario.cases import MERGED
from tests.scenario.lives import exchange


def test_what_the_schools_successor_taught_is_no_credit_from_elsewhere() -> None:
    """Until then it was another's, and all had to be learned at the school."""
    ledger = ground()
    body = proposal(approval=[])
    agree(ledger, body)
    strict = programme(version=2, home_at_least="10")
    ledger.say(OTHER, "programme.published.v1", body=strict)
    named = {"enrolment_id": number(58)}
    at_home = enrolment(programme=f"{OTHER}/WELDER@2", **named)
    ledger.say(OTHER, "enrolment.opened.v1", body=at_home)
    with pytest.raises(errors.CapExceededError) as refused:
        ask(ledger, body, **named)

    succeeded = {"predecessor": OTHER, "successor": SCHOOL, "reason_code": "merged"}
    ledger.say(OPERATOR, "member.succeeded.v1", body=succeeded)

    assert refused.value.details["limit"] == "home_at_least"
    ask(ledger, body, iss=SCHOOL, **named)


def test_what_stands_with_two_accounts_that_are_one_counts_once() -> None:
    """With the account that applied, and with that of the root."""
    ledger = ground()
    body = proposal(approval=[])
    agree(ledger, body)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two", learner_id=SECOND))
    for iss, type_name, merged in MERGED:
        ledger.say(iss, type_name, body=merged)

    exchange(ledger, body, lots=[offer("two")])

    both = [ledger.state.find(TallyRecord, (one, 0)) for one in (LEARNER, SECOND)]
    assert [one and len(one.uses) for one in both] == [1, 1]
    assert len(list(uses_of(ledger.state, {LEARNER, SECOND}))) == 1
