"""Credits before an identity: kept for a learner who claims them later."""

from collections.abc import Callable

import pytest

from ledger.domain.errors import RejectionError
from ledger.domain.errors.accounts import AccountProvisionalError
from ledger.domain.errors.exchanges import RedemptionExistsError
from ledger.domain.rules.scopes import accounts_of
from ledger.domain.state import AccountRecord
from tests.builders import (
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    Ledger,
    award_of,
)
from tests.scenario import agreements
from tests.scenario.agreements import agree, ask, case_of, proposal
from tests.scenario.cases import OUTSIDE_PUBLISHED, merge, unmerge
from tests.scenario.claiming import attest, awarded, claim_of, file
from tests.scenario.lives import accept, created, redeem

Act = Callable[[Ledger], None]


def unidentified() -> Ledger:
    """Return a ledger where results were posted for a learner nobody knows yet."""
    ledger = agreements.ground("provisional")
    agree(ledger, proposal())
    iss, type_name, body = OUTSIDE_PUBLISHED
    ledger.say(iss, type_name, body=body)
    return ledger


def identify(ledger: Ledger) -> None:
    """Have the learner take the account over."""
    body = {"learner_id": LEARNER}
    ledger.say(SCHOOL, "account.claimed.v1", body=body, mandate=MANDATE)


def use(ledger: Ledger) -> None:
    """Count the learner's course toward a requirement."""
    redeem(ledger, award_of(), code="OWN", credits_="1")


@pytest.mark.parametrize("act", [ask, use, file], ids=["exchange", "redeem", "claim"])
def test_nothing_is_done_for_a_provisional_account_until_it_is_claimed(
    act: Act,
) -> None:
    """Awards are kept; whatever uses them needs somebody who wants it."""
    ledger = unidentified()
    assert ledger.lot(award_of()).available_milli == 3000
    with pytest.raises(AccountProvisionalError):
        act(ledger)

    identify(ledger)
    act(ledger)


def test_a_claimed_account_goes_the_whole_way() -> None:
    """Converted, counted, and with a certificate handed in."""
    ledger = unidentified()
    identify(ledger)
    ask(ledger)
    for step in (SCHOOL,):
        ledger.say(step, "exchange.endorsed.v1", body=agreements.desk())
    accept(ledger)
    redeem(ledger, created(ledger), credits_="1")
    file(ledger)
    attest(ledger)

    assert case_of(ledger).status == "accepted"
    assert claim_of(ledger).award_id == awarded()
    with pytest.raises(RedemptionExistsError):
        redeem(ledger, created(ledger), credits_="1")


def merged(ledger: Ledger, **changes: object) -> None:
    """Have both homes and the operator merge two accounts."""
    for party in (SCHOOL, OTHER, OPERATOR):
        ledger.say(party, "accounts.merged.v1", body=merge(**changes))


@pytest.mark.parametrize(
    ("survivor", "absorbed"), [(SECOND, LEARNER), (LEARNER, SECOND)]
)
def test_a_learner_with_an_account_takes_a_provisional_one_over(
    survivor: str, absorbed: str
) -> None:
    """By a merge: whichever answers for both, a learner stands behind them."""
    ledger = unidentified()
    own = {"learner_id": SECOND}
    ledger.say(OTHER, "account.claimed.v1", body=own, mandate=MANDATE)
    with pytest.raises(AccountProvisionalError):
        ask(ledger)

    merged(ledger, survivor=survivor, absorbed=absorbed)
    ask(ledger, learner_id=SECOND)

    assert ledger.lot(award_of()).held_milli == 3000
    found = accounts_of(ledger.state, SECOND)
    assert {one.learner_id for one in found} == {LEARNER, SECOND}


def test_two_provisional_accounts_stay_provisional_when_merged() -> None:
    """Nobody stands behind either."""
    ledger = unidentified()
    merged(ledger)

    with pytest.raises(AccountProvisionalError):
        ask(ledger)


def test_a_case_is_not_accepted_once_nobody_answers_for_it_any_more() -> None:
    """A merge that was undone while the case lay on a desk."""
    ledger = unidentified()
    own = {"learner_id": SECOND}
    ledger.say(OTHER, "account.claimed.v1", body=own, mandate=MANDATE)
    merged(ledger, survivor=SECOND, absorbed=LEARNER)
    ask(ledger)
    ledger.say(SCHOOL, "exchange.endorsed.v1", body=agreements.desk())
    body = agreements.quoted(ledger)
    for party in (SCHOOL, OTHER, OPERATOR):
        ledger.say(party, "accounts.unmerged.v1", body=unmerge())

    with pytest.raises(AccountProvisionalError):
        ledger.say(OTHER, "exchange.accepted.v1", body=body)

    identify(ledger)
    accept(ledger)


def test_a_class_that_agreed_together_need_not_claim() -> None:
    """A collective account has a mandate from its first day."""
    ledger = agreements.ground("collective")
    agree(ledger, proposal())

    ask(ledger)

    account = ledger.state.find(AccountRecord, LEARNER)
    assert account is not None
    assert (account.mode, account.claimed) == ("collective", False)


def test_the_refusal_names_the_field_that_names_the_account() -> None:
    """A redemption names an enrolment, the others the learner."""
    ledger = unidentified()
    pointers = []
    for act in (ask, use, file):
        with pytest.raises(RejectionError) as refused:
            act(ledger)
        pointers.append(refused.value.pointer)

    assert pointers == ["/body/learner_id", "/body/enrolment_id", "/body/learner_id"]
