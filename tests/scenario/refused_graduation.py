"""Refusals of graduation assessments and of appeals."""

from typing import Final

from ledger.domain.errors import RejectionError, accounts, exchanges, programmes
from ledger.domain.errors import graduation as errors
from ledger.domain.errors import statements as s
from tests.builders import (
    COMMITTEE,
    MANDATE,
    OTHER,
    SCHOOL,
    SECOND,
    STRANGER,
    Body,
    Ledger,
    award,
    award_of,
)
from tests.scenario.agreements import EXCHANGE, WEST, because, number
from tests.scenario.cases import Case, Say, say
from tests.scenario.claiming import CLAIM, filed
from tests.scenario.graduating import (
    PANEL_OF_EXPERTS,
    SECOND_APPEAL,
    against,
    appeal,
    appealed,
    assessed,
    complete,
    decision,
    graduate,
    halfway,
    second,
    upheld,
)
from tests.scenario.lives import case_at, redeem, requested

BODY: Final = assessed(complete())
THEIRS: Final = say(SCHOOL, "credit.awarded", body=award("theirs", learner_id=SECOND))


def many() -> Ledger:
    """Return a ledger in which one lot counts in more parts than can be named."""
    ledger = complete()
    ledger.say(OTHER, "redemption.reversed.v1", body=_undo())
    for place in range(401):
        identity = number(1000 + place)
        redeem(
            ledger,
            award_of("two"),
            credits_="0.001",
            code="OWN",
            redemption_id=identity,
        )
    return ledger


def _undo() -> Body:
    reason = {"reason_code": "recorded_in_error", "reason": "登记有误"}
    return {"redemption_id": number(73), **reason}


def assessing(
    error: type[RejectionError], pointer: str, *, iss: str = OTHER, **changes: object
) -> Case:
    """Name an assessment that is refused."""
    when = say(iss, "graduation.assessed", body={**BODY, **changes})
    return case_at(complete, error, pointer=pointer, when=when)


def filing(
    error: type[RejectionError], pointer: str, *said: Body | Say, **more: object
) -> Case:
    """Name an appeal that is refused: its body, and what is said before."""
    body, *given = said
    iss = str(more.pop("iss", SCHOOL))
    assert not isinstance(body, tuple)
    when = say(iss, "appeal.filed", body=body)
    start = more.pop("start", graduate)
    assert callable(start)
    before = tuple(given)
    return case_at(start, error, pointer=pointer, when=when, given=before, **more)


def deciding(
    error: type[RejectionError],
    pointer: str,
    *given: Say,
    iss: str = OTHER,
    **changes: object,
) -> Case:
    """Name a decision that is refused."""
    when = say(iss, "appeal.decided", body=decision(**changes))  # type: ignore[arg-type]  # an outcome is text
    return case_at(appealed, error, pointer=pointer, when=when, given=given)


def spoilt(**changes: object) -> list[object]:
    """Return the requirements, the first of them with other values."""
    requirements = BODY["requirements"]
    assert isinstance(requirements, list)
    first, *others = requirements
    return [{**first, **changes}, *others]


RICHER: Final = spoilt(counted="4")
FEWER: Final = spoilt(lots=[])
UPHELD: Final = say(OTHER, "appeal.decided", body=decision())
FILED: Final = say(SCHOOL, "appeal.filed", body=appeal())

ASSESSMENTS = [
    assessing(
        programmes.UnknownEnrolmentError, "/body/enrolment_id", enrolment_id=number(9)
    ),
    assessing(programmes.NotTheSchoolError, "/body/enrolment_id", iss=WEST),
    case_at(
        graduate,
        errors.AssessmentExistsError,
        pointer="/body/assessment_id",
        when=say(OTHER, "graduation.assessed", body=BODY),
    ),
    case_at(
        many,
        errors.AssessmentTooLargeError,
        pointer="/body/requirements",
        when=say(OTHER, "graduation.assessed", body=BODY),
    ),
    assessing(errors.AssessmentDiffersError, "/body/result", result="not_met"),
    assessing(errors.AssessmentDiffersError, "/body/learner_id", learner_id=SECOND),
    assessing(
        errors.AssessmentDiffersError,
        "/body/requirements/0/counted",
        requirements=RICHER,
    ),
    assessing(
        errors.AssessmentDiffersError, "/body/requirements/0/lots", requirements=FEWER
    ),
    case_at(
        halfway,
        errors.AssessmentDiffersError,
        pointer="/body/result",
        when=say(OTHER, "graduation.assessed", body=BODY),
    ),
]
APPEALS = [
    filing(s.MandateMissingError, "/mandate", appeal(), mandate=None),
    filing(
        accounts.UnknownAccountError,
        "/body/learner_id",
        appeal(learner_id=STRANGER),
    ),
    filing(exchanges.ScopeMissingError, "/iss", appeal(learner_id=SECOND)),
    filing(
        errors.AppealExistsError, "/body/appeal_id", appeal(), FILED, mandate=MANDATE
    ),
    filing(
        errors.UnknownAppealError,
        "/body/follows",
        second(follows=number(9)),
    ),
    filing(
        errors.UnknownAppealError,
        "/body/follows",
        second(learner_id=SECOND),
        FILED,
        iss=OTHER,
    ),
    *(
        filing(
            errors.UnknownDecisionError, "/body/against/id", against(what, number(9))
        )
        for what in ("exchange", "graduation", "redemption", "claim")
    ),
    filing(
        errors.UnknownDecisionError,
        "/body/against/id",
        against("award", award_of("theirs"), panel=SCHOOL),
        THEIRS,
    ),
    filing(
        errors.UnknownDecisionError,
        "/body/against/id",
        against("award", award_of("none"), panel=SCHOOL),
    ),
    filing(
        errors.NotYetDecidedError,
        "/body/against/id",
        against("exchange", EXCHANGE),
        start=requested,
    ),
    filing(
        errors.NotYetDecidedError,
        "/body/against/id",
        against("claim", CLAIM),
        start=filed,
    ),
    filing(
        errors.NotYetDecidedError,
        "/body/against/id",
        against("exchange", EXCHANGE),
        say(OTHER, "exchange.cancelled", body=because("at_own_request")),
        start=requested,
    ),
    filing(errors.AppealPanelError, "/body/panel", appeal(panel=SCHOOL)),
    filing(errors.AppealPanelError, "/body/panel", appeal(panel=COMMITTEE)),
    filing(errors.AppealPanelError, "/body/panel", second(panel=WEST), start=upheld),
    filing(errors.AppealPanelError, "/body/panel", second(panel=OTHER), start=upheld),
    filing(
        errors.AppealStateError,
        "/body/against/id",
        appeal(appeal_id=SECOND_APPEAL),
        start=appealed,
    ),
    filing(
        errors.AppealStateError,
        "/body/against/id",
        appeal(appeal_id=SECOND_APPEAL),
        start=upheld,
    ),
    filing(errors.AppealStateError, "/body/follows", second(), start=appealed),
    filing(
        errors.AppealStateError,
        "/body/follows",
        second(against={"what": "award", "id": award_of("two")}),
        start=upheld,
    ),
    filing(
        errors.AppealStateError,
        "/body/follows",
        second(appeal_id=number(74)),
        say(SCHOOL, "appeal.filed", body=second()),
        start=upheld,
    ),
    filing(
        errors.AppealStateError,
        "/body/follows",
        second(appeal_id=number(74), follows=SECOND_APPEAL, panel=PANEL_OF_EXPERTS),
        say(SCHOOL, "appeal.filed", body=second()),
        say(
            COMMITTEE,
            "appeal.decided",
            body=decision(appeal_id=SECOND_APPEAL),
        ),
        start=upheld,
    ),
    deciding(errors.UnknownAppealError, "/body/appeal_id", appeal_id=number(9)),
    deciding(errors.AppealPanelError, "/iss", iss=SCHOOL),
    deciding(errors.AppealPanelError, "/iss", iss=COMMITTEE),
    deciding(errors.AppealStateError, "/body/appeal_id", UPHELD),
    deciding(errors.AppealDueError, "/body/due_on", due_on="2026-09-30"),
    deciding(errors.AppealDueError, "/body/due_on", outcome="remitted"),
    *(
        deciding(errors.AppealDueError, "/body/due_on", outcome="remitted", due_on=day)
        for day in ("2026-08-31", "2027-09-03")
    ),
]
