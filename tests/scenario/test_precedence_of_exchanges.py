"""Of several faults of one exchange or redemption, the first in order is reported."""

from typing import Final

import pytest

from ledger.domain.errors import (
    RejectionError,
    accounts,
    agreements,
    catalogue,
    programmes,
    statements,
)
from ledger.domain.errors import exchanges as errors
from tests.builders import LEARNER, OTHER, SCHOOL, STRANGER, award_of
from tests.scenario.agreements import (
    RELATION_SOUTH,
    WEST,
    action,
    agreed,
    agreement,
    because,
    desk,
    ground,
    number,
    offer,
    proposal,
    quoted,
)
from tests.scenario.cases import Case, Pair, Say, check_first, ids_of, say
from tests.scenario.lives import (
    accepted,
    at_last_desk,
    case_at,
    created,
    redeemed,
    redemption,
    requested,
    unredemption,
)
from tests.scenario.refused_agreements import OPEN, REJECTED
from tests.scenario.refused_desks import in_use
from tests.scenario.refused_exchanges import SCORE, asked
from tests.scenario.refused_programmes import ENDED, RETIRED

CLOSED: Final = say(
    SCHOOL, "account.closed", body={"learner_id": LEARNER, "reason_code": "other"}
)
UNRELATED: Final = say(SCHOOL, "relation.ended", body={"relation_id": RELATION_SOUTH})
SUSPENDED: Final = say(SCHOOL, "rule.suspended", body=action())
NOT_TRUE: Final = [{**SCORE, "award_id": award_of()}]
EXPIRED: Final = say(
    SCHOOL,
    "credit.amended",
    body={
        "award_id": award_of(),
        "valid_until": "2026-08-31",
        "reason_code": "validity_changed",
    },
)
MADE: Final = created(accepted())


def asking(
    first: type[RejectionError],
    second: type[RejectionError],
    *given: Say,
    **changes: object,
) -> Pair:
    """Name two faults of an application that hold at once."""
    when = asked(**changes)
    return case_at(agreed, first, pointer="", when=when, given=given, shown={}), second


def redeeming(
    first: type[RejectionError],
    second: type[RejectionError],
    *given: Say,
    iss: str = OTHER,
    **changes: object,
) -> Pair:
    """Name two faults of a redemption that hold at once."""
    amount = str(changes.pop("amount", "3"))
    body = redemption(award_of(), amount, **{"code": "OWN", **changes})
    when = say(iss, "credit.redeemed", body=body)
    return case_at(redeemed, first, pointer="", when=when, given=given), second


PAIRS: Final[list[Pair]] = [
    (
        case_at(
            agreed,
            statements.MandateMissingError,
            pointer="",
            when=asked(learner_id=STRANGER),
            mandate=None,
        ),
        accounts.UnknownAccountError,
    ),
    asking(accounts.AccountClosedError, errors.ScopeMissingError, CLOSED, UNRELATED),
    asking(
        errors.ScopeMissingError, errors.UnknownExchangeError, UNRELATED, revision=1
    ),
    asking(
        errors.UnknownExchangeError,
        agreements.UnknownRuleError,
        revision=1,
        rule=f"{OTHER}/NONE@1",
    ),
    asking(
        agreements.StaleRuleError,
        programmes.UnknownEnrolmentError,
        rule_digest="c" * 43,
        enrolment_id=number(9),
    ),
    asking(
        programmes.UnknownEnrolmentError,
        errors.LotRepeatedError,
        enrolment_id=number(9),
        lots=[offer(), offer()],
    ),
    asking(
        errors.LotUnusableError,
        programmes.EnrolmentEndedError,
        ENDED,
        lots=[offer("none")],
    ),
    asking(
        programmes.EnrolmentEndedError, errors.RuleNotInForceError, ENDED, SUSPENDED
    ),
    asking(
        errors.RuleNotInForceError,
        errors.PredicateFalseError,
        SUSPENDED,
        predicates=NOT_TRUE,
    ),
    asking(
        errors.PredicateFalseError,
        errors.LotExpiredError,
        EXPIRED,
        predicates=NOT_TRUE,
    ),
    asking(
        errors.LotExpiredError,
        errors.LotInsufficientError,
        EXPIRED,
        lots=[offer(credits_="4")],
    ),
    asking(
        errors.LotInsufficientError,
        errors.SourceNotMatchedError,
        lots=[offer(credits_="4", component=5)],
    ),
    (
        case_at(
            requested,
            errors.ExchangeStateError,
            pointer="",
            when=say(WEST, "exchange.endorsed", body=desk(1)),
        ),
        errors.NotTheDeskError,
    ),
    (
        case_at(
            at_last_desk,
            errors.NotTheDeskError,
            pointer="",
            when=say(
                SCHOOL,
                "exchange.accepted",
                body={**quoted(at_last_desk()), "created": []},
            ),
        ),
        errors.QuoteDiffersError,
    ),
    (
        case_at(
            at_last_desk,
            errors.NotTheDeskError,
            pointer="",
            given=(SUSPENDED,),
            when=say(SCHOOL, "exchange.accepted", body=quoted(at_last_desk())),
        ),
        errors.RuleNotInForceError,
    ),
    (
        case_at(
            in_use,
            errors.NotTheDeskError,
            pointer="",
            when=say(SCHOOL, "exchange.reversed", body=because()),
        ),
        errors.DerivedInUseError,
    ),
    redeeming(
        errors.ScopeMissingError,
        programmes.NotTheSchoolError,
        say(SCHOOL, "relation.ended", body={"relation_id": number(6)}),
        iss=WEST,
    ),
    redeeming(programmes.NotTheSchoolError, errors.RedemptionExistsError, iss=WEST),
    redeeming(
        errors.RedemptionExistsError,
        errors.LotRepeatedError,
        lots=[{"award_id": award_of(), "credits": "0"}] * 2,
    ),
    redeeming(
        errors.LotRepeatedError,
        programmes.EnrolmentEndedError,
        ENDED,
        redemption_id=number(9),
        lots=[{"award_id": award_of(), "credits": "0"}] * 2,
    ),
    redeeming(
        programmes.EnrolmentEndedError,
        errors.LotInsufficientError,
        ENDED,
        redemption_id=number(9),
        amount="9",
    ),
    redeeming(
        errors.LotInsufficientError,
        errors.RequirementError,
        redemption_id=number(9),
        code="NONE",
    ),
    (
        case_at(
            redeemed,
            errors.UnknownRedemptionError,
            pointer="",
            when=say(WEST, "redemption.reversed", body=unredemption(number(9))),
        ),
        programmes.NotTheSchoolError,
    ),
    (
        case_at(
            ground,
            programmes.ProgrammeRetiredError,
            pointer="",
            given=(RETIRED,),
            when=say(WEST, "programme.retired", body=RETIRED[2]),
        ),
        catalogue.NotTheOwnerError,
    ),
    (
        case_at(
            ground,
            agreements.StaleRuleError,
            pointer="",
            given=(say(OTHER, "rule.proposed", body=OPEN),),
            when=say(WEST, "rule.ratified", body=agreement()),
        ),
        agreements.NotAPartyError,
    ),
    (
        case_at(
            ground,
            agreements.RuleNotOpenError,
            pointer="",
            given=(say(OTHER, "rule.proposed", body=proposal()), REJECTED),
            when=say(WEST, "rule.acceded", body=agreement()),
        ),
        agreements.RuleStateError,
    ),
]


@pytest.mark.parametrize(("one", "later"), PAIRS, ids=ids_of(PAIRS))
def test_the_first_fault_of_an_exchange_is_reported(
    one: Case, later: type[RejectionError]
) -> None:
    """What a member may not touch comes before what is wrong with it."""
    check_first(one, later)
