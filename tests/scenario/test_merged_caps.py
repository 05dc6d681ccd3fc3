"""A merge is never refused, but the excess that it shows binds what comes after."""

import pytest

from ledger.domain.errors import exchanges as errors
from ledger.domain.state import TallyRecord
from tests.builders import (
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    award,
    award_of,
)
from tests.scenario.agreements import (
    agree,
    ask,
    because,
    case_of,
    enrolment,
    ground,
    number,
    offer,
    proposal,
)
from tests.scenario.cases import MERGED, unmerge
from tests.scenario.lives import exchange


def test_an_excess_by_merge_binds_new_acts_and_takes_nothing_back() -> None:
    """Two accounts of one learner together exceed a cap that each one kept."""
    ledger = ground()
    limit = {"code": "five", "at_most": "5", "within": "learner"}
    body = proposal(approval=[], limits=[limit])
    agree(ledger, body)
    ledger.say(
        OTHER,
        "enrolment.opened.v1",
        body=enrolment(enrolment_id=number(51), learner_id=SECOND),
    )
    for name, learner in (("two", SECOND), ("more", LEARNER)):
        given = award(name, learner_id=learner)
        ledger.say(SCHOOL, "credit.awarded.v1", body=given, mandate=MANDATE)
    exchange(ledger, body)
    exchange(
        ledger,
        body,
        exchange_id=number(52),
        learner_id=SECOND,
        enrolment_id=number(51),
        lots=[offer("two")],
    )

    for iss, type_name, merged in MERGED:
        ledger.say(iss, type_name, body=merged)

    assert case_of(ledger).status == "accepted"
    with pytest.raises(errors.CapExceededError) as refused:
        ask(ledger, body, exchange_id=number(53), lots=[offer("more", "0.001")])
    assert refused.value.details["reached_milli"] == 6001
    for one in (SCHOOL, OTHER, OPERATOR):
        ledger.say(one, "accounts.unmerged.v1", body=unmerge())
    ask(ledger, body, exchange_id=number(53), lots=[offer("more", "2")])


def test_lots_of_both_accounts_count_in_one_case_and_are_undone_in_both() -> None:
    """The tally of each account keeps what was counted on it."""
    ledger = ground()
    body = proposal(approval=[])
    agree(ledger, body)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two", learner_id=SECOND))
    for iss, type_name, merged in MERGED:
        ledger.say(iss, type_name, body=merged)

    exchange(ledger, body, exchange_id=number(54), lots=[offer(credits_="1")])
    lots = [offer(credits_="1"), offer("two", "2")]
    both = number(55)
    at_south = enrolment(enrolment_id=number(51), learner_id=SECOND)
    ledger.say(OTHER, "enrolment.opened.v1", body=at_south)
    named = {"learner_id": SECOND, "enrolment_id": number(51)}
    exchange(ledger, body, exchange_id=both, lots=lots, **named)

    ledger.say(OTHER, "exchange.reversed.v1", body=because("other", both))

    assert ledger.lot(award_of("two")).available_milli == 3000
    assert ledger.lot(award_of()).exchanged_milli == 1000


@pytest.mark.parametrize("undone", [False, True], ids=["stands", "reversed"])
def test_a_root_that_counted_while_accounts_were_one_still_counts(
    undone: bool,  # noqa: FBT001  # a parameter of the case
) -> None:
    """After they are unmerged too, unless the case was undone by then or later."""
    ledger = ground()
    body = proposal(approval=[], once_per="ever", effect="recognise")
    agree(ledger, body)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two", learner_id=SECOND))
    at_south = enrolment(enrolment_id=number(51), learner_id=SECOND)
    ledger.say(OTHER, "enrolment.opened.v1", body=at_south)
    for iss, type_name, merged in MERGED:
        ledger.say(iss, type_name, body=merged)
    exchange(ledger, body, exchange_id=number(56), lots=[offer("two")])

    for one in (SCHOOL, OTHER, OPERATOR):
        ledger.say(one, "accounts.unmerged.v1", body=unmerge())
    if undone:
        ledger.say(OTHER, "exchange.reversed.v1", body=because("other", number(56)))

    named = {"learner_id": SECOND, "enrolment_id": number(51)}
    again = {"exchange_id": number(57), "lots": [offer("two")], **named}
    if undone:
        ask(ledger, body, **again)
    else:
        with pytest.raises(errors.RootUsedError):
            ask(ledger, body, **again)


def test_undoing_a_case_leaves_the_tally_of_the_other_account_alone() -> None:
    """Of two accounts that are one, only the one that counted it changes."""
    ledger = ground()
    body = proposal(approval=[])
    agree(ledger, body)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two", learner_id=SECOND))
    at_south = enrolment(enrolment_id=number(51), learner_id=SECOND)
    ledger.say(OTHER, "enrolment.opened.v1", body=at_south)
    for iss, type_name, merged in MERGED:
        ledger.say(iss, type_name, body=merged)
    exchange(ledger, body)

    ledger.say(OTHER, "exchange.reversed.v1", body=because("other"))

    tallies = [ledger.state.find(TallyRecord, (one, 0)) for one in (LEARNER, SECOND)]
    assert [one and one.uses for one in tallies] == [(), None]
