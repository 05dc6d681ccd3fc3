"""Of several faults of one claim, or of its award, the first in order is reported."""

from typing import Final

import pytest

from ledger.domain.errors import RejectionError, accounts, awards, catalogue
from ledger.domain.errors import claims as errors
from ledger.domain.errors import exchanges as exchange_errors
from ledger.domain.errors import statements as s
from tests.builders import MANDATE, OTHER, SCHOOL, SECOND, STRANGER
from tests.scenario.agreements import number
from tests.scenario.cases import TAG, Case, Pair, Say, check_first, ids_of, say
from tests.scenario.claiming import (
    CLAIM,
    answer,
    ended,
    filed,
    filing,
    refusing,
    standing,
    taking_back,
)
from tests.scenario.lives import case_at


def asking(
    first: type[RejectionError],
    second: type[RejectionError],
    *,
    iss: str = SCHOOL,
    mode: str = "self",
    **changes: object,
) -> Pair:
    """Name two faults of a claim that hold at once."""
    when = say(iss, "claim.filed", body=filing(**changes))
    start = lambda: standing(mode)  # noqa: E731  # a start of its own for each case
    return case_at(start, first, pointer="", when=when), second


def about(
    first: type[RejectionError], second: type[RejectionError], *, when: Say
) -> Pair:
    """Name two faults of what is said about a claim that has ended."""
    return case_at(ended, first, pointer="", when=when), second


PAIRS: Final[list[Pair]] = [
    (
        case_at(
            standing,
            s.MandateMissingError,
            pointer="",
            when=say(SCHOOL, "claim.filed", body=filing(learner_id=STRANGER)),
            mandate=None,
        ),
        accounts.UnknownAccountError,
    ),
    asking(
        catalogue.UnknownCalendarError,
        catalogue.UnknownAchievementError,
        workdays=f"{SCHOOL}/none",
        achievement=f"{SCHOOL}/NO@1",
    ),
    asking(
        catalogue.UnknownAchievementError,
        accounts.UnknownAccountError,
        achievement=f"{SCHOOL}/NO@1",
        learner_id=STRANGER,
    ),
    asking(
        exchange_errors.ScopeMissingError,
        accounts.AccountProvisionalError,
        iss=OTHER,
        mode="provisional",
    ),
    asking(
        accounts.AccountProvisionalError,
        errors.UnknownClaimError,
        mode="provisional",
        revision=1,
    ),
    asking(
        errors.UnknownClaimError,
        errors.ClaimAttesterError,
        revision=1,
        attester="nobody",
    ),
    asking(
        errors.ClaimAttesterError,
        errors.NotClaimableError,
        attester="nobody",
        achievement=f"{SCHOOL}/WELD-1@1",
    ),
    about(
        errors.NotTheAttesterError,
        errors.ClaimStateError,
        when=say(SCHOOL, "claim.refused", body=refusing()),
    ),
    about(
        errors.NotTheFilerError,
        errors.ClaimStateError,
        when=say(OTHER, "claim.withdrawn", body=taking_back()),
    ),
    about(
        awards.CertificateNotDisclosedError,
        errors.ClaimStateError,
        when=say(OTHER, "credit.awarded", body=answer()),
    ),
    (
        case_at(
            ended,
            errors.ClaimStateError,
            pointer="",
            when=say(OTHER, "credit.awarded", body=answer(learner_id=SECOND)),
            tags=(TAG,),
        ),
        errors.ClaimDiffersError,
    ),
]


@pytest.mark.parametrize(("one", "later"), PAIRS, ids=ids_of(PAIRS))
def test_the_first_fault_of_a_claim_is_reported(
    one: Case, later: type[RejectionError]
) -> None:
    """Whoever has no right to the account learns nothing more of it."""
    check_first(one, later)


def test_a_deposited_certificate_comes_before_what_is_wrong_with_the_claim() -> None:
    """But after the right to use the account."""
    ledger = filed()
    body = answer(CLAIM)
    ledger.say(OTHER, "credit.awarded.v1", body=body, tags=(TAG,))
    more = {"mandate": MANDATE, "tags": (TAG,)}
    second = filing(claim_id=number(91), attester="nobody")

    with pytest.raises(awards.CertificateDepositedError):
        ledger.say(SCHOOL, "claim.filed.v1", body=second, **more)
    with pytest.raises(exchange_errors.ScopeMissingError):
        ledger.say(OTHER, "claim.filed.v1", body=second, **more)
