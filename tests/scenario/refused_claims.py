"""Refusals about claims, and about accounts that nobody answers for."""

from typing import Final

from ledger.domain.errors import RejectionError, accounts, catalogue
from ledger.domain.errors import claims as errors
from ledger.domain.errors import exchanges as exchange_errors
from ledger.domain.errors import statements as s
from tests.builders import (
    COMMITTEE,
    LEARNER,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    STRANGER,
    Body,
)
from tests.scenario.agreements import number
from tests.scenario.cases import CLOSED, TAG, Case, say
from tests.scenario.claiming import (
    CLAIM,
    OUTSIDE,
    answer,
    ended,
    filed,
    filing,
    lacking,
    refusing,
    returned,
    standing,
    taking_back,
)
from tests.scenario.lives import case_at

WELDING: Final = f"{SCHOOL}/WELD-1@1"
RETIRED: Final = say(SCHOOL, "achievement.retired", body={"achievement": OUTSIDE})
SUSPENDED: Final = say(
    OPERATOR, "member.suspended", body={"member_id": OTHER, "reason_code": "other"}
)


def asking(
    error: type[RejectionError], field: str, *, iss: str = SCHOOL, **changes: object
) -> Case:
    """Name what is refused in a claim filed for the first time."""
    when = say(iss, "claim.filed", body=filing(**changes))
    return case_at(standing, error, pointer=field, when=when)


def again(
    error: type[RejectionError], field: str, *, iss: str = SCHOOL, **changes: object
) -> Case:
    """Name what is refused in a returned claim filed again."""
    when = say(iss, "claim.filed", body=filing(**{"revision": 1, **changes}))
    return case_at(returned, error, pointer=field, when=when)


def awarding(
    error: type[RejectionError], field: str, *, iss: str = OTHER, **changes: object
) -> Case:
    """Name what is refused in the award that would end a claim."""
    tag = str(changes.pop("tag", TAG))
    when = say(iss, "credit.awarded", body=answer(**changes))
    return case_at(filed, error, pointer=field, when=when, tags=(tag,))


def _unknown(iss: str, name: str, *, body: Body) -> Case:
    return case_at(
        standing,
        errors.UnknownClaimError,
        pointer="/body/claim_id",
        when=say(iss, name, body=body),
    )


CLAIMS: Final = [
    case_at(
        standing,
        s.MandateMissingError,
        pointer="/mandate",
        when=say(SCHOOL, "claim.filed", body=filing()),
        mandate=None,
    ),
    case_at(
        filed,
        s.MandateMissingError,
        pointer="/mandate",
        when=say(SCHOOL, "claim.withdrawn", body=taking_back()),
        mandate=None,
    ),
    asking(s.NotPermittedError, "/type", iss=COMMITTEE),
    asking(catalogue.UnknownCalendarError, "/body/workdays", workdays=f"{SCHOOL}/none"),
    asking(
        catalogue.UnknownAchievementError,
        "/body/achievement",
        achievement=f"{SCHOOL}/NO@1",
    ),
    case_at(
        standing,
        catalogue.AchievementRetiredError,
        pointer="/body/achievement",
        given=(RETIRED,),
        when=say(SCHOOL, "claim.filed", body=filing()),
    ),
    asking(accounts.UnknownAccountError, "/body/learner_id", learner_id=STRANGER),
    case_at(
        standing,
        accounts.AccountClosedError,
        pointer="/body/learner_id",
        given=(CLOSED,),
        when=say(SCHOOL, "claim.filed", body=filing()),
    ),
    asking(exchange_errors.ScopeMissingError, "/iss", iss=OTHER),
    case_at(
        lambda: standing("provisional"),
        accounts.AccountProvisionalError,
        pointer="/body/learner_id",
        when=say(SCHOOL, "claim.filed", body=filing()),
    ),
    asking(errors.UnknownClaimError, "/body/claim_id", revision=1),
    asking(errors.ClaimAttesterError, "/body/attester", attester="nobody"),
    asking(errors.ClaimAttesterError, "/body/attester", attester=COMMITTEE),
    case_at(
        standing,
        errors.ClaimAttesterError,
        pointer="/body/attester",
        given=(SUSPENDED,),
        when=say(SCHOOL, "claim.filed", body=filing()),
    ),
    asking(errors.NotClaimableError, "/body/achievement", achievement=WELDING),
    again(errors.ClaimExistsError, "/body/claim_id", revision=0),
    again(errors.ClaimExistsError, "/body/claim_id", iss=OTHER, learner_id=SECOND),
    again(errors.ClaimStateError, "/body/revision", revision=2),
    case_at(
        filed,
        errors.ClaimStateError,
        pointer="/body/revision",
        when=say(SCHOOL, "claim.filed", body=filing(revision=1)),
    ),
    _unknown(OTHER, "claim.returned", body=lacking()),
    _unknown(OTHER, "claim.refused", body=refusing()),
    _unknown(SCHOOL, "claim.withdrawn", body=taking_back()),
    *(
        case_at(
            filed,
            errors.NotTheAttesterError,
            pointer="/iss",
            when=say(SCHOOL, name, body=body),
        )
        for name, body in (("claim.returned", lacking()), ("claim.refused", refusing()))
    ),
    case_at(
        filed,
        errors.NotTheFilerError,
        pointer="/iss",
        when=say(OTHER, "claim.withdrawn", body=taking_back()),
    ),
    *(
        case_at(
            ended,
            errors.ClaimStateError,
            pointer="/body/claim_id",
            when=say(iss, name, body=body),
        )
        for iss, name, body in (
            (OTHER, "claim.returned", lacking()),
            (OTHER, "claim.refused", refusing()),
            (SCHOOL, "claim.withdrawn", taking_back()),
        )
    ),
    *(
        case_at(
            filed,
            errors.ClaimStateError,
            pointer="/body/revision",
            when=say(OTHER, name, body=body),
        )
        for name, body in (
            ("claim.returned", lacking(1)),
            ("claim.refused", refusing(1)),
        )
    ),
    awarding(errors.UnknownClaimError, "/body/claim", claim=number(91)),
    awarding(errors.NotTheAttesterError, "/iss", iss=SCHOOL),
    case_at(
        ended,
        errors.ClaimStateError,
        pointer="/body/claim",
        when=say(OTHER, "credit.awarded", body=answer()),
        tags=(TAG,),
    ),
    awarding(errors.ClaimDiffersError, "/body/learner_id", learner_id=SECOND),
    case_at(
        filed,
        errors.ClaimDiffersError,
        pointer="/body/achievement",
        given=(
            say(
                OTHER,
                "achievement.published",
                body={
                    "code": "Y-1",
                    "version": 1,
                    "title": "另一证书",
                    "kind": "skill_certificate",
                    "credits": "3",
                    "awarding_body": {"name": "外部机构", "scheme": "Y证书"},
                },
            ),
        ),
        when=say(OTHER, "credit.awarded", body=answer(achievement=f"{OTHER}/Y-1@1")),
        tags=(TAG,),
    ),
    case_at(
        standing,
        errors.ClaimDiffersError,
        pointer="/body/basis",
        given=(say(SCHOOL, "claim.filed", body=filing(attester=SCHOOL)),),
        when=say(
            SCHOOL,
            "credit.awarded",
            body={
                **answer(),
                "basis": "issued",
                "learner_id": LEARNER,
                "claim": CLAIM,
            },
        ),
    ),
]
