"""Statements about graduation: what is met and missing, as a school signs it."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from ledger.domain.statements.envelope import Body, Statement
from ledger.domain.statements.exchanges import LotPart
from ledger.domain.types import (
    Code,
    Credits,
    FreeText,
    LearnerId,
    ProgrammeRef,
    Quantity,
    StatementId,
    Wire,
)

LOTS_MAX: Final = 400
"""More lots than this would not fit into one statement."""


class AssessmentResult(StrEnum):
    """Met, or not met (毕业资格审核结论)."""

    MET = "met"
    NOT_MET = "not_met"


class Doubt(StrEnum):
    """Why a lot that was redeemed does not count for now."""

    ANOTHER_LEARNER = "another_learner"
    REVOKED = "revoked"
    NOT_PASSED = "not_passed"
    CONTESTED = "contested"
    FLAGGED = "flagged"


class AssessedLot(LotPart):
    """What of a lot was redeemed; with a doubt it is shown, and does not count."""

    doubt: Doubt | None = None


class AssessedRequirement(Wire):
    """One requirement: what it needs, what counts, and by which lots."""

    requirement: Code
    needed: Credits
    counted: Credits
    met: bool
    lots: Annotated[tuple[AssessedLot, ...], Field(max_length=LOTS_MAX)] = ()


class BoundKind(StrEnum):
    """What a programme asks beyond its requirements."""

    TOTAL = "total"
    MINIMUM = "minimum"
    HOME_AT_LEAST = "home_at_least"
    LAST_AT_HOME = "last_at_home"
    LIMIT = "limit"


class AssessedBound(Wire):
    """One bound: at least so much, or of a limit at most so much, and what there is."""

    kind: BoundKind
    code: Code | None = None
    bound: Quantity
    reached: Quantity
    met: bool


class GraduationAssessedBody(Body):
    """What an enrolment has and lacks, exactly as it follows from the log."""

    assessment_id: StatementId
    enrolment_id: StatementId
    learner_id: LearnerId
    programme: ProgrammeRef
    result: AssessmentResult
    requirements: Annotated[
        tuple[AssessedRequirement, ...], Field(min_length=1, max_length=200)
    ]
    bounds: Annotated[tuple[AssessedBound, ...], Field(min_length=1, max_length=80)]
    opinion: FreeText | None = None


class GraduationAssessed(Statement):
    """The school assesses whether a learner may graduate (毕业资格审核)."""

    type: Literal["graduation.assessed.v1"] = "graduation.assessed.v1"
    body: GraduationAssessedBody
