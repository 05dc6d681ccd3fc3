"""The rule of graduation assessments: the school signs what follows from the log."""

from collections.abc import Iterable, Sequence

from ledger.domain.errors import graduation as errors
from ledger.domain.errors import programmes as programme_errors
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.bounds import BoundStanding
from ledger.domain.rules.envelope import answers_for
from ledger.domain.rules.graduation import Assessment, RequirementStanding, assess
from ledger.domain.state import (
    AssessmentRecord,
    EnrolmentRecord,
    LotRecord,
    ProgrammeRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.graduation import (
    AssessedBound,
    AssessedLot,
    AssessedRequirement,
    AssessmentResult,
    GraduationAssessed,
    GraduationAssessedBody,
)
from ledger.domain.types import CREDITS_MILLI_MAX, credits_text


def assessed_body(
    assessment: Assessment, *, assessment_id: str
) -> GraduationAssessedBody:
    """Return the body that a school signs for what was assessed."""
    enrolment = assessment.enrolment
    met = assessment.is_met
    return GraduationAssessedBody(
        assessment_id=assessment_id,
        enrolment_id=enrolment.enrolment_id,
        learner_id=enrolment.learner_id,
        programme=assessment.programme.programme,
        result=AssessmentResult.MET if met else AssessmentResult.NOT_MET,
        requirements=tuple(map(_requirement, assessment.requirements)),
        bounds=tuple(map(_bound, assessment.bounds)),
    )


def _requirement(one: RequirementStanding) -> AssessedRequirement:
    return AssessedRequirement(
        requirement=one.requirement.code,
        needed=_text(one.needed_milli),
        counted=_text(one.counted_milli),
        met=one.is_met,
        lots=tuple(
            AssessedLot(
                award_id=part.lot.award_id,
                credits=_text(part.amount_milli),
                doubt=part.doubt,
            )
            for part in one.lots
        ),
    )


def _bound(one: BoundStanding) -> AssessedBound:
    return AssessedBound(
        kind=one.kind,
        code=one.code,
        bound=_text(one.bound_milli),
        reached=_text(one.reached_milli),
        met=one.is_met,
    )


def _text(amount_milli: int) -> str:
    # A sum may be more than one statement can name.
    return credits_text(min(amount_milli, CREDITS_MILLI_MAX))


def _needs(statement: GraduationAssessed) -> Iterable[Ref]:
    body = statement.body
    yield Ref(AssessmentRecord, body.assessment_id)
    yield Ref(EnrolmentRecord, body.enrolment_id)
    yield Ref(ProgrammeRecord, body.programme)
    named = {lot.award_id for one in body.requirements for lot in one.lots}
    yield from (Ref(LotRecord, award_id) for award_id in sorted(named))


def _decide(act: Act[GraduationAssessed], state: Slice) -> None:
    body, pointer = act.statement.body, "/body/enrolment_id"
    enrolment = state.find(EnrolmentRecord, body.enrolment_id)
    if enrolment is None:
        raise programme_errors.UnknownEnrolmentError(pointer=pointer)
    # Also once the enrolment has ended: what comes to light later is assessed again.
    if not answers_for(state, iss=act.statement.iss, member_id=enrolment.school):
        raise programme_errors.NotTheSchoolError(pointer=pointer)
    if state.find(AssessmentRecord, body.assessment_id) is not None:
        raise errors.AssessmentExistsError(pointer="/body/assessment_id")
    expected = assessed_body(assess(enrolment, state), assessment_id=body.assessment_id)
    said, wanted = (
        one.model_dump(mode="json", exclude={"opinion"}) for one in (body, expected)
    )
    place = _first_difference(said, wanted)
    if place is not None:
        raise errors.AssessmentDiffersError(pointer=f"/body{place}")


def _first_difference(said: object, expected: object) -> str | None:
    """Return the pointer of the first value that is not as expected."""
    pairs: list[tuple[object, object, object]] = []
    if isinstance(said, dict) and isinstance(expected, dict):
        pairs = [(name, said[name], expected[name]) for name in expected]
    elif isinstance(said, list) and isinstance(expected, list):
        if len(said) != len(expected):
            return ""
        pairs = [(place, one, expected[place]) for place, one in enumerate(said)]
    elif said != expected:
        return ""
    for name, one, other in pairs:
        place = _first_difference(one, other)
        if place is not None:
            return f"/{name}{place}"
    return None


def _evolve(act: Act[GraduationAssessed], state: Slice) -> Iterable[Record]:
    del state
    body = act.statement.body
    yield AssessmentRecord(
        assessment_id=body.assessment_id,
        enrolment_id=body.enrolment_id,
        learner_id=body.learner_id,
        school=act.statement.iss,
        programme=body.programme,
        result=body.result,
        missing=tuple(missing_of(body)),
        assessed_on=act.recorded_on,
        body_hash=act.body_hash,
        position=act.position,
    )


def missing_of(body: GraduationAssessedBody) -> Sequence[str]:
    """Name what is not met: ``requirement:CODE``, ``kind:CODE`` or ``kind``."""
    requirements = (
        f"requirement:{one.requirement}" for one in body.requirements if not one.met
    )
    bounds = (
        one.kind.value if one.code is None else f"{one.kind}:{one.code}"
        for one in body.bounds
        if not one.met
    )
    return (*requirements, *bounds)


ASSESSED: Rule[GraduationAssessed] = Rule(
    stream=lambda statement: f"enrolment:{statement.body.enrolment_id}",
    needs=_needs,
    decide=_decide,
    evolve=_evolve,
)
