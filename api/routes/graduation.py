"""What a learner has and lacks for graduation, and the body that the school signs."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.bank import Bank, View
from api.errors import NoSuchEnrolmentError, NoSuchLearnerError
from api.problems import responses
from api.reading import (
    PRINTABLE,
    AskedOfRecorded,
    answer,
    bank_of,
    moment_of,
    past_of,
)
from api.wording import choose_language, say
from ledger.domain.rules.assessments import assessed_body
from ledger.domain.rules.graduation import Assessment, RedeemedLot, assess
from ledger.domain.rules.missing import missing_in
from ledger.domain.state import AssessmentRecord, EnrolmentRecord, Record
from ledger.domain.types import credits_text
from projections.asking import Asking
from projections.cases.appeals import newest_of
from projections.cases.versions import records_of
from projections.holders import UnknownLearnerError, find_holder

router = APIRouter(tags=["learners"])

_READ = responses(200, 404, 422, 503)
_NO_ID = "00000000-0000-4000-8000-000000000000"

Answer = dict[str, Any]  # Any: plain JSON.
LearnerId = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]


class AskedOfGraduation(AskedOfRecorded):
    """Of which enrolment."""

    enrolment: Annotated[str, Field(max_length=64, pattern=PRINTABLE)]


@router.get("/v1/learners/{learner_id}/graduation", responses=_READ)
def read_graduation(
    request: Request,
    learner_id: LearnerId,
    asked: Annotated[AskedOfGraduation, Query()],
) -> Response:
    """Return what an enrolment has and lacks, the body to sign, and the last signed.

    The school adds ``assessment_id``, which it draws, and signs the rest as it is. Of
    the past only what was signed by then is told: lots are not kept by version.
    """
    bank = bank_of(request)
    is_past = not (asked.as_of is None and asked.as_of_position is None)
    seen = asked.min_position or -1
    # Of the present the state alone decides: what is projected may be behind.
    with bank.view(min_position=seen, projected=is_past) as view:
        about = {"learner_id": learner_id, "enrolment_id": asked.enrolment}
        if is_past:
            content = _past(view, learner_id, asked=asked, bank=bank)
        else:
            content = _present(view, learner_id, asked=asked)
            language = choose_language(request.headers.get("accept-language", ""))
            content["missing"] = _worded(content["missing"], language)
    return answer({**about, **content}, position=view.position)


def _past(
    view: View, learner_id: str, *, asked: AskedOfGraduation, bank: Bank
) -> Answer:
    moment = moment_of(asked, view, bank=bank)
    learner_ids = _learner_ids(view, learner_id, position=moment.position)

    def recorded(record: type[Any]) -> list[Any]:  # Any: of either kind below.
        return records_of(
            view.projections,
            record,
            learner_ids=learner_ids,
            position=moment.position,
        )

    enrolled = {one.enrolment_id for one in recorded(EnrolmentRecord)}
    if asked.enrolment not in enrolled:
        raise NoSuchEnrolmentError(pointer="/query/enrolment")
    last = newest_of(recorded(AssessmentRecord), asked.enrolment)
    return {"last": last, **past_of(asked, moment)}


def _present(view: View, learner_id: str, *, asked: AskedOfGraduation) -> Answer:
    learner_ids = _learner_ids(view, learner_id, position=view.position)
    key = asked.enrolment
    enrolment: Record | None = view.state.load("enrolments", [key]).get(key)
    if not isinstance(enrolment, EnrolmentRecord) or (
        enrolment.learner_id not in learner_ids
    ):
        raise NoSuchEnrolmentError(pointer="/query/enrolment")
    assessment = Asking(view.state).ask(lambda state: assess(enrolment, state))
    signed = (
        one
        for one in view.state.scan("assessments", enrolment_id=key)
        if isinstance(one, AssessmentRecord)
    )
    return {**assessment_shown(assessment), "last": newest_of(signed, key)}


def _learner_ids(view: View, learner_id: str, *, position: int) -> tuple[str, ...]:
    try:
        return find_holder(view.state, learner_id, position=position).learner_ids
    except UnknownLearnerError as error:
        raise NoSuchLearnerError(pointer="/path/learner_id") from error


def assessment_shown(assessment: Assessment) -> Answer:
    """Return an assessment with the origin of every lot, and the body to sign."""
    body = assessed_body(assessment, assessment_id=_NO_ID).model_dump(
        mode="json", exclude_none=True, exclude={"assessment_id"}
    )
    return {
        "school": assessment.enrolment.school,
        "programme": assessment.programme.programme,
        "result": body["result"],
        "requirements": [
            {
                **said,
                "title": one.requirement.title,
                "lots": [
                    {**part, **_origin(lot)}
                    for part, lot in zip(said["lots"], one.lots, strict=True)
                ],
            }
            for said, one in zip(
                body["requirements"], assessment.requirements, strict=True
            )
        ],
        "bounds": body["bounds"],
        "missing": list(missing_in(assessment)),
        "type": "graduation.assessed.v1",
        "body": body,
    }


def _origin(part: RedeemedLot) -> Answer:
    lot = part.lot
    return {
        "issuer": lot.issuer,
        "achievement": lot.achievement,
        "exchange_id": lot.exchange_id,
        "outcome": lot.outcome,
        "supplement_due_on": lot.supplement_due_on,
        "roots": [
            {"award_id": root.award_id, "credits": credits_text(root.amount_milli)}
            for root in lot.roots
        ],
        "flags": [
            {"source": flag.source, "cause": flag.cause, "decide_by": flag.decide_by}
            for flag in lot.flags
        ],
    }


def _worded(found: list[Any], language: str) -> list[Answer]:  # Any: what is missing.
    return [
        {
            "code": one.code,
            "pointer": one.pointer,
            "detail": say(one.code, language, details=one.details),
            **{
                name: value
                for name, value in one.details.items()
                if not name.endswith("_milli")
            },
        }
        for one in found
    ]
