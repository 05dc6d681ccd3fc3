"""A learner hands in a certificate: what the learner and the registrars see of it."""

import pytest

from ledger.domain.errors import awards
from ledger.domain.errors import claims as errors
from ledger.domain.state import CertificateRecord
from tests.builders import (
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    Ledger,
    admitted,
    award,
    award_of,
    reference,
    revocation,
)
from tests.scenario.agreements import days, number, relation
from tests.scenario.cases import MERGED, TAG
from tests.scenario.claiming import (
    CLAIM,
    attest,
    awarded,
    claim_of,
    file,
    filed,
    lacking,
    refusing,
    returned,
    standing,
    taking_back,
)

SECOND_CLAIM = number(91)


def test_a_certificate_that_was_handed_in_becomes_an_attested_award() -> None:
    """The claim says which award it ended in; the credits are the learner's."""
    ledger = filed()
    waiting = claim_of(ledger)
    assert (waiting.status, waiting.attester) == ("filed", OTHER)
    assert (waiting.filed_on, waiting.due_on) == ("2026-09-01", "2026-09-15")

    attest(ledger)

    done = claim_of(ledger)
    assert (done.status, done.award_id) == ("awarded", awarded())
    assert done.due_on is None
    assert ledger.lot(awarded()).available_milli == 3000


def test_what_is_missing_comes_back_and_is_filed_again() -> None:
    """The attester names it in codes; the second filing starts the days anew."""
    ledger = returned()
    back = claim_of(ledger)
    assert (back.status, back.due_on) == ("returned", None)
    assert back.missing_codes == ("certificate", "identity")

    file(ledger, revision=1, at="2026-09-08T08:00:00.000Z")

    found = claim_of(ledger)
    assert (found.status, found.revision, found.missing_codes) == ("filed", 1, ())
    assert (found.filed_on, found.due_on) == ("2026-09-08", "2026-09-22")
    attest(ledger)
    assert claim_of(ledger).status == "awarded"


def test_an_attester_may_find_by_itself_what_was_missing() -> None:
    """A claim that was sent back is still open: it can be awarded, or refused."""
    ledger = returned()
    attest(ledger)
    assert claim_of(ledger).status == "awarded"

    other = returned()
    other.say(OTHER, "claim.refused.v1", body=refusing())
    assert claim_of(other).status == "refused"


@pytest.mark.parametrize("start", [filed, returned])
def test_the_learner_may_take_it_back_as_long_as_it_is_open(start: object) -> None:
    """Nothing was credited, and the same certificate can be claimed anew."""
    assert callable(start)
    ledger: Ledger = start()
    ledger.say(SCHOOL, "claim.withdrawn.v1", body=taking_back(), mandate=MANDATE)

    assert claim_of(ledger).status == "withdrawn"
    file(ledger, claim_id=SECOND_CLAIM)
    attest(ledger, SECOND_CLAIM)
    assert claim_of(ledger, SECOND_CLAIM).status == "awarded"


def test_two_claims_may_be_open_for_one_certificate_and_one_is_deposited() -> None:
    """A claim proves nothing; what counts is deposited once, wherever it is asked."""
    ledger = standing()
    file(ledger, tags=(TAG,))
    file(ledger, claim_id=SECOND_CLAIM, attester=SCHOOL, tags=(TAG,))
    attest(ledger)

    with pytest.raises(awards.CertificateDepositedError):
        attest(ledger, SECOND_CLAIM, iss=SCHOOL, name="two")

    body = refusing(claim_id=SECOND_CLAIM, reason_code="already_deposited")
    ledger.say(SCHOOL, "claim.refused.v1", body=body)
    assert claim_of(ledger, SECOND_CLAIM).status == "refused"
    record = ledger.state.find(CertificateRecord, TAG)
    assert record is not None
    assert record.award_id == awarded()


def test_a_certificate_that_is_deposited_cannot_be_claimed() -> None:
    """By nobody; the refusal does not tell whose it is. Revoked, it is free again."""
    ledger = filed()
    attest(ledger)

    with pytest.raises(awards.CertificateDepositedError) as refused:
        file(ledger, claim_id=SECOND_CLAIM, tags=(TAG,))

    assert (refused.value.pointer, dict(refused.value.details)) == ("/body/_sd", {})
    revoked = {**revocation(), "award_id": awarded()}
    ledger.say(OTHER, "credit.revoked.v1", body=revoked)
    file(ledger, claim_id=SECOND_CLAIM, tags=(TAG,))
    # A claim that ended stays ended, whatever became of its award.
    assert claim_of(ledger).status == "awarded"


def test_an_award_is_for_the_very_certificate_that_was_disclosed() -> None:
    """The bank compares keyed hashes; undisclosed, the attester decides."""
    ledger = standing()
    file(ledger, tags=(TAG,))

    with pytest.raises(errors.ClaimDiffersError) as refused:
        attest(ledger, tag="t" * 43)

    assert refused.value.pointer == "/body/_sd"
    attest(ledger)


def test_a_learner_may_claim_what_the_attester_itself_once_taught() -> None:
    """Its own achievement is issued, and not attested."""
    ledger = standing()
    file(ledger, attester=SCHOOL, achievement=f"{SCHOOL}/WELD-1@1")

    ledger.say(SCHOOL, "credit.awarded.v1", body=award(claim=CLAIM))

    assert claim_of(ledger).award_id == award_of()


def test_the_same_award_again_is_known_and_not_a_fault_of_the_claim() -> None:
    """Who lost the answer posts it again and is told that it is there."""
    ledger = filed()
    attest(ledger)

    with pytest.raises(awards.AwardExistsError):
        attest(ledger)


def test_a_member_that_was_let_in_files_and_its_successor_takes_over() -> None:
    """With the scope to apply for the learner; so does the attester's successor."""
    ledger = standing()
    ledger.say(OPERATOR, "member.admitted.v1", body=admitted("west-college"))
    let_in = relation(scopes=["exchange"])
    ledger.say(SCHOOL, "relation.opened.v1", body=let_in, mandate=MANDATE)
    file(ledger, iss=OTHER)
    moved = {"predecessor": OTHER, "successor": "west-college", "reason_code": "other"}
    ledger.say(OPERATOR, "member.succeeded.v1", body=moved)

    ledger.say("west-college", "claim.returned.v1", body=lacking())
    body = taking_back()
    ledger.say("west-college", "claim.withdrawn.v1", body=body, mandate=MANDATE)

    assert claim_of(ledger).status == "withdrawn"


def test_a_claim_is_awarded_into_any_account_of_the_same_learner() -> None:
    """After a merge both are one."""
    ledger = filed()
    for iss, type_name, body in MERGED:
        ledger.say(iss, type_name, body=body)

    attest(ledger, learner_id=SECOND)

    assert ledger.lot(awarded()).learner_id == SECOND
    assert claim_of(ledger).learner_id == LEARNER


def test_workdays_are_those_of_the_calendar_that_is_named() -> None:
    """Holidays do not count; a calendar without workdays counts Monday to Friday."""
    ledger = standing()
    holidays = {"weekdays": [1, 2, 3, 4, 5], "holidays": ["2026-09-02"]}
    for code, workdays in (("days", holidays), ("years", None)):
        body = days(code=code, workdays=workdays)
        kept = {name: value for name, value in body.items() if value is not None}
        ledger.say(OTHER, "calendar.published.v1", body=kept)

    file(ledger, workdays=f"{OTHER}/days", due_workdays=2)
    file(ledger, claim_id=SECOND_CLAIM, workdays=f"{OTHER}/years", due_workdays=4)

    assert claim_of(ledger).due_on == "2026-09-04"
    assert claim_of(ledger, SECOND_CLAIM).due_on == "2026-09-07"


def test_an_award_that_names_no_claim_leaves_claims_alone() -> None:
    """The attester may still award without one; then the claim is refused."""
    ledger = filed()
    body = {**award(), "reference_tag": reference("free")}
    ledger.say(SCHOOL, "credit.awarded.v1", body=body)

    assert claim_of(ledger).status == "filed"
