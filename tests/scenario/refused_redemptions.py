"""Refusals of redemptions, of undoing them, and of expiry."""

from typing import Final

from ledger.domain.errors import RejectionError, programmes
from ledger.domain.errors import exchanges as errors
from tests.builders import (
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    Body,
    Ledger,
    award,
    award_of,
    revocation,
)
from tests.scenario.agreements import (
    RELATION_SOUTH,
    SERVICE,
    WEST,
    agree,
    enrolment,
    ground,
    number,
    programme,
    proposal,
)
from tests.scenario.cases import Case, Say, say
from tests.scenario.lives import (
    accepted,
    case_at,
    created,
    exchange,
    redeem,
    redeemed,
    redemption,
    unredemption,
)
from tests.scenario.refused_programmes import ENDED

PLACE: Final = "/body/lots/0/award_id"
MADE: Final = created(accepted())
AGAIN: Final = number(8)
RECOGNISING: Final = proposal("SEEN", effect="recognise", approval=[])
OLD: Final = award("old", valid_until="2026-08-31")


def redeeming(lot: str = award_of(), *amount: str, **changes: object) -> Say:
    """Return a redemption of the north's own course."""
    body = redemption(lot, *amount, **{"code": "OWN", **changes})
    return say(OTHER, "credit.redeemed", body=body)


def refused(
    error: type[RejectionError], pointer: str, *given: Say, when: Say | None = None
) -> Case:
    """Name a redemption that is refused."""
    said = redeeming() if when is None else when
    return case_at(ground, error, pointer=pointer, when=said, given=given)


def last_at_home() -> Ledger:
    """Return a ledger whose learner must earn the last eight credits at the school."""
    ledger = ground()
    body = programme(version=2, last_at_home="8")
    ledger.say(OTHER, "programme.published.v1", body=body)
    changed = {"enrolment_id": number(2), "programme": f"{OTHER}/WELDER@2"}
    ledger.say(OTHER, "enrolment.changed.v1", body=changed)
    return ledger


def aged() -> Ledger:
    """Return a ledger whose programme counts a result for one month."""
    ledger = ground()
    body = programme(version=2, shelf_life_months=1)
    ledger.say(OTHER, "programme.published.v1", body=body)
    changed = {"enrolment_id": number(2), "programme": f"{OTHER}/WELDER@2"}
    ledger.say(OTHER, "enrolment.changed.v1", body=changed)
    return ledger


def both_ways() -> Ledger:
    """Return a ledger in which an award counts directly, and was recognised too."""
    ledger = ground()
    agree(ledger, RECOGNISING)
    exchange(ledger, RECOGNISING)
    redeem(ledger, award_of(), code="OWN")
    return ledger


def due(**changes: object) -> Body:
    """Return the body of the expiry of the old award."""
    body = {"award_id": award_of("old"), "credits": "3", "expired_on": "2026-08-31"}
    return {**body, **changes}


def expiring(error: type[RejectionError], pointer: str, **changes: object) -> Case:
    """Name an expiry that is refused."""
    return case_at(
        ground,
        error,
        pointer=pointer,
        given=(say(SCHOOL, "credit.awarded", body=OLD),),
        when=say(OPERATOR, "credit.expired", body=due(**changes)),
        key=SERVICE,
    )


REDEMPTIONS = [
    refused(
        programmes.UnknownEnrolmentError,
        "/body/enrolment_id",
        when=redeeming(enrolment_id=number(9)),
    ),
    refused(
        errors.ScopeMissingError,
        "/iss",
        say(SCHOOL, "relation.ended", body={"relation_id": RELATION_SOUTH}),
    ),
    refused(
        programmes.NotTheSchoolError,
        "/body/enrolment_id",
        when=say(WEST, "credit.redeemed", body=redemption(award_of())),
    ),
    case_at(
        redeemed,
        errors.RedemptionExistsError,
        pointer="/body/redemption_id",
        when=redeeming(),
    ),
    refused(
        errors.LotRepeatedError,
        "/body/lots/1/award_id",
        when=redeeming(lots=[{"award_id": award_of(), "credits": "1"}] * 2),
    ),
    refused(errors.LotUnusableError, PLACE, when=redeeming(award_of("none"))),
    refused(
        errors.LotUnusableError, PLACE, say(SCHOOL, "credit.revoked", body=revocation())
    ),
    refused(
        errors.LotUnusableError,
        PLACE,
        say(SCHOOL, "credit.awarded", body=award("theirs", learner_id=SECOND)),
        when=redeeming(award_of("theirs")),
    ),
    refused(programmes.EnrolmentEndedError, "/body/enrolment_id", ENDED),
    refused(
        errors.LotExpiredError,
        PLACE,
        say(SCHOOL, "credit.awarded", body=OLD),
        when=redeeming(award_of("old")),
    ),
    case_at(aged, errors.LotExpiredError, pointer=PLACE, when=redeeming()),
    *(
        refused(
            errors.LotInsufficientError,
            "/body/lots/0/credits",
            when=redeeming(award_of(), amount),
        )
        for amount in ("0", "3.001")
    ),
    refused(errors.RequirementError, "/body/requirement", when=redeeming(code="NONE")),
    refused(errors.RequirementError, PLACE, when=redeeming(code="FREE")),
    case_at(accepted, errors.RequirementError, pointer=PLACE, when=redeeming(MADE)),
    case_at(
        accepted,
        errors.RequirementError,
        pointer=PLACE,
        given=(say(OTHER, "enrolment.opened", body=enrolment(enrolment_id=AGAIN)),),
        when=redeeming(MADE, code="WELD", enrolment_id=AGAIN),
    ),
    refused(
        errors.RequirementFullError,
        "/body/lots",
        say(SCHOOL, "credit.awarded", body=award("two")),
        redeeming(award_of("two"), redemption_id=AGAIN),
    ),
    case_at(
        both_ways,
        errors.RootUsedError,
        pointer="/body/lots",
        when=redeeming(MADE, code="WELD", redemption_id=AGAIN),
    ),
    case_at(
        last_at_home, errors.LastAtHomeError, pointer="/body/lots", when=redeeming()
    ),
    *(
        case_at(
            redeemed,
            errors.UnknownRedemptionError,
            pointer="/body/redemption_id",
            given=given,
            when=say(OTHER, "redemption.reversed", body=body),
        )
        for given, body in (
            ((), unredemption(AGAIN)),
            (
                (say(OTHER, "redemption.reversed", body=unredemption()),),
                unredemption(),
            ),
        )
    ),
    case_at(
        redeemed,
        programmes.NotTheSchoolError,
        pointer="/body/redemption_id",
        when=say(WEST, "redemption.reversed", body=unredemption()),
    ),
    expiring(errors.LotUnusableError, "/body/award_id", award_id=award_of("none")),
    expiring(errors.NotDueError, "/body/expired_on", award_id=award_of()),
    expiring(errors.NotDueError, "/body/expired_on", expired_on="2026-08-30"),
    expiring(errors.LotInsufficientError, "/body/credits", credits="2"),
    case_at(
        ground,
        errors.LotInsufficientError,
        pointer="/body/credits",
        given=(say(SCHOOL, "credit.awarded", body={**OLD, "credits": "0"}),),
        when=say(OPERATOR, "credit.expired", body=due(credits="0")),
        key=SERVICE,
    ),
]
