"""Refusals of graduation assessments and of appeals."""

from ledger.domain.errors import RejectionError


class AssessmentExistsError(RejectionError):
    """The assessment id was used before."""

    code = "assessment-exists"


class AssessmentTooLargeError(RejectionError):
    """So many lots count that one statement cannot name them."""

    code = "assessment-too-large"


class AssessmentDiffersError(RejectionError):
    """The assessment differs from what follows from the log."""

    code = "assessment-differs"


class AppealExistsError(RejectionError):
    """The appeal id was used before."""

    code = "appeal-exists"


class UnknownAppealError(RejectionError):
    """No such appeal, or none of this learner."""

    code = "unknown-appeal"


class UnknownDecisionError(RejectionError):
    """No such decision about this learner."""

    code = "unknown-decision"


class NotYetDecidedError(RejectionError):
    """Nothing was decided yet, or the learner's own side ended it."""

    code = "not-yet-decided"


class AppealPanelError(RejectionError):
    """The panel is not the one that this appeal goes to."""

    code = "appeal-panel"


class AppealStateError(RejectionError):
    """The appeal, or the one before it, is not in the state that this needs."""

    code = "appeal-state"


class AppealDueError(RejectionError):
    """Only what is remitted is due on a day, and that day is to come."""

    code = "appeal-due"
