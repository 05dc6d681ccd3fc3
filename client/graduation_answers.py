"""What the bank answers about graduation and appeals."""

from client.answers import Answer


class AssessedLotView(Answer):
    """What of a lot counts toward a requirement, and where it comes from."""

    award_id: str
    credits: str
    issuer: str
    achievement: str | None = None
    exchange_id: str | None = None
    doubt: str | None = None


class AssessedRequirementView(Answer):
    """One requirement of the programme (培养方案要求)."""

    requirement: str
    title: str
    needed: str
    counted: str
    met: bool
    lots: tuple[AssessedLotView, ...] = ()


class AssessedBoundView(Answer):
    """One bound of the programme as a whole."""

    kind: str
    code: str | None = None
    bound: str
    reached: str
    met: bool


class MissingView(Answer):
    """One thing that is missing: its code, and a sentence."""

    code: str
    pointer: str
    detail: str


class SignedAssessmentView(Answer):
    """An assessment that the school has signed."""

    assessment_id: str
    result: str
    missing: tuple[str, ...] = ()
    assessed_on: str
    position: int


class GraduationView(Answer):
    """What an enrolment has and lacks (毕业资格审核); of the past only the last signed.

    ``body`` is to be signed as it is, with an ``assessment_id`` added.
    """

    learner_id: str
    enrolment_id: str
    school: str | None = None
    programme: str | None = None
    result: str | None = None
    requirements: tuple[AssessedRequirementView, ...] = ()
    bounds: tuple[AssessedBoundView, ...] = ()
    missing: tuple[MissingView, ...] = ()
    body: dict[str, object] | None = None
    last: SignedAssessmentView | None = None


class AppealedView(Answer):
    """The decision that an appeal is against."""

    what: str
    id: str


class DueView(Answer):
    """Who must act, and until when."""

    member: str
    due_on: str | None = None


class AppealView(Answer):
    """One appeal (申诉): who decides, what was decided, and what is due."""

    appeal_id: str
    learner_id: str
    against: AppealedView
    level: int
    panel: str
    member: str
    follows: str | None = None
    grounds: str
    status: str
    filed_on: str
    decided_on: str | None = None
    reason_code: str | None = None
    waiting_for: str | None = None
    due: DueView | None = None
