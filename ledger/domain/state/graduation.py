"""Assessments that schools have signed, and appeals."""

from typing import ClassVar

from ledger.domain.state.record import Record
from ledger.domain.statements.appeals import Appealed
from ledger.domain.statements.graduation import AssessmentResult


class AssessmentRecord(Record):
    """One assessment: of several of an enrolment the newest counts.

    ``missing`` are requirements and bounds that are not met, as ``requirement:CODE``
    or ``kind:code``; ``body_hash`` finds the figures in its entry.
    """

    kind: ClassVar[str] = "assessments"
    key_fields: ClassVar[tuple[str, ...]] = ("assessment_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("enrolment_id",),)

    assessment_id: str
    enrolment_id: str
    learner_id: str
    school: str
    programme: str
    result: AssessmentResult
    missing: tuple[str, ...]
    assessed_on: str
    body_hash: str
    position: int


class AppealRecord(Record):
    """One appeal: where it stands, and what is due by whom until when.

    ``status`` is filed, or its outcome. ``member`` is whose decision it is about and
    who has to act on it; ``level`` is 1 for that member's panel, 2 for the committee.
    """

    kind: ClassVar[str] = "appeals"
    key_fields: ClassVar[tuple[str, ...]] = ("appeal_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("learner_id",),)

    appeal_id: str
    learner_id: str
    against: Appealed
    member: str
    level: int
    panel: str
    follows: str | None
    filed_by: str
    grounds: str
    status: str
    filed_on: str
    decided_on: str | None = None
    reason_code: str | None = None
    due_on: str | None = None
    position: int


class AppealedRecord(Record):
    """The newest appeal against one decision, by what was decided."""

    kind: ClassVar[str] = "appealed"
    key_fields: ClassVar[tuple[str, ...]] = ("decision",)

    decision: str
    appeal_id: str
