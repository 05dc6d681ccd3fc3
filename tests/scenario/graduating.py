"""Learners before graduation, and appeals: what scenarios about them start from."""

from typing import Final

from ledger.domain.rules.assessments import assessed_body
from ledger.domain.rules.graduation import Assessment, assess
from ledger.domain.rules.missing import missing_in
from ledger.domain.state import AppealRecord, AssessmentRecord
from tests.builders import (
    COMMITTEE,
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    Body,
    Ledger,
    admitted,
    award,
    award_of,
)
from tests.scenario.agreements import (
    ENROLMENT,
    agree,
    enrolled,
    ground,
    number,
    programme,
    requirement,
)
from tests.scenario.lives import AUTOMATIC, exchange, redeem

ASSESSMENT: Final = number(70)
APPEAL: Final = number(71)
SECOND_APPEAL: Final = number(72)
NEXT: Final = number(75)
PANEL_OF_EXPERTS: Final = "experts"
OWN: Final = requirement("OWN", module="basic", satisfied_by=[f"{SCHOOL}/WELD-1"])
SMALL: Final = programme(
    version=2,
    credits="6",
    requirements=[requirement(credits="3"), {**OWN, "credits": "3"}],
    minima=[{"code": "basic", "credits": "3", "over": {"modules": ["basic"]}}],
    limits=[
        {
            "code": "half",
            "share": {"numerator": 1, "denominator": 2},
            "share_of": "programme_credits",
        }
    ],
)
"""Six credits: three of them converted at most, three of a basic module at least."""


def move(ledger: Ledger, body: Body) -> None:
    """Publish a version of the programme, and move the learner into it."""
    ledger.say(OTHER, "programme.published.v1", body=body)
    named = f"{OTHER}/{body['code']}@{body['version']}"
    changed = {"enrolment_id": ENROLMENT, "programme": named}
    ledger.say(OTHER, "enrolment.changed.v1", body=changed)


def halfway() -> Ledger:
    """Return a ledger in which three credits of six were converted and count."""
    ledger = ground()
    move(ledger, SMALL)
    agree(ledger, AUTOMATIC)
    (made,) = exchange(ledger, AUTOMATIC)
    redeem(ledger, made)
    return ledger


def complete() -> Ledger:
    """Return a ledger in which everything counts that graduation asks."""
    ledger = halfway()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"))
    redeem(ledger, award_of("two"), code="OWN", redemption_id=number(73))
    return ledger


def assessed(ledger: Ledger, *, assessment_id: str = ASSESSMENT) -> dict[str, object]:
    """Return the body that the school signs today."""
    found = assess(enrolled(ledger), ledger.state)
    body = assessed_body(found, assessment_id=assessment_id)
    return dict(body.model_dump(mode="json", exclude_none=True))


def graduate() -> Ledger:
    """Return a ledger in which the school has assessed that all is met."""
    ledger = complete()
    ledger.say(OTHER, "graduation.assessed.v1", body=assessed(ledger))
    return ledger


def assessment_of(ledger: Ledger, identity: str = ASSESSMENT) -> AssessmentRecord:
    """Return an assessment that must be there."""
    record = ledger.state.find(AssessmentRecord, identity)
    assert record is not None
    return record


def appeal(**changes: object) -> Body:
    """Return the body of an appeal against the assessment, to the school's panel."""
    body = {
        "appeal_id": APPEAL,
        "learner_id": LEARNER,
        "against": {"what": "graduation", "id": ASSESSMENT},
        "panel": OTHER,
        "grounds": "facts_wrong",
        "reason": "实习学分未计入",
    }
    return {**body, **changes}


def against(what: str, identity: str, **changes: object) -> Body:
    """Return the body of an appeal against something else."""
    return appeal(against={"what": what, "id": identity}, **changes)


def decision(outcome: str = "upheld", **changes: object) -> Body:
    """Return the body of what a panel decides."""
    body = {"appeal_id": APPEAL, "outcome": outcome, "reason_code": "facts_confirmed"}
    return {**body, "reason": "核查属实", **changes}


def second(**changes: object) -> Body:
    """Return the body of the appeal that goes on to the committee."""
    named = {"appeal_id": SECOND_APPEAL, "follows": APPEAL, "panel": COMMITTEE}
    return appeal(**{**named, **changes})


def appealed() -> Ledger:
    """Return a ledger in which the learner has appealed to the school's panel."""
    ledger = graduate()
    ledger.say(
        OPERATOR,
        "member.admitted.v1",
        body=admitted(PANEL_OF_EXPERTS, "committee"),
    )
    ledger.say(SCHOOL, "appeal.filed.v1", body=appeal(), mandate=MANDATE)
    return ledger


def upheld() -> Ledger:
    """Return a ledger in which the school's panel has left everything as it was."""
    ledger = appealed()
    ledger.say(OTHER, "appeal.decided.v1", body=decision())
    return ledger


def appeal_of(ledger: Ledger, identity: str = APPEAL) -> AppealRecord:
    """Return an appeal that must be there."""
    record = ledger.state.find(AppealRecord, identity)
    assert record is not None
    return record


def now(ledger: Ledger) -> Assessment:
    """Return what the enrolment has and lacks."""
    return assess(enrolled(ledger), ledger.state)


def missing(ledger: Ledger) -> list[str]:
    """Return the codes of what is missing."""
    return [one.code for one in missing_in(now(ledger))]


def sign(ledger: Ledger, identity: str = NEXT, *, iss: str = OTHER) -> None:
    """Sign what holds now."""
    body = assessed(ledger, assessment_id=identity)
    ledger.say(iss, "graduation.assessed.v1", body=body)
