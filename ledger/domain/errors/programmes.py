"""Refusals about programmes, enrolments and policies."""

from ledger.domain.errors import RejectionError


class RequirementRepeatedError(RejectionError):
    """A programme names each requirement and each limit once."""

    code = "requirement-repeated"


class ProgrammeCreditsError(RejectionError):
    """The bounds of a programme exceed its credits."""

    code = "programme-credits"


class LimitShapeError(RejectionError):
    """A limit has either ``at_most`` or a share of a whole, never both or none."""

    code = "limit-shape"


class UnknownProgrammeError(RejectionError):
    """No such programme, or not this version."""

    code = "unknown-programme"


class ProgrammeRetiredError(RejectionError):
    """This version of the programme takes no more enrolments."""

    code = "programme-retired"


class EnrolmentExistsError(RejectionError):
    """The enrolment id was used before."""

    code = "enrolment-exists"


class UnknownEnrolmentError(RejectionError):
    """No such enrolment of this learner."""

    code = "unknown-enrolment"


class NotTheSchoolError(RejectionError):
    """Only the enrolment's school, or its successor, may do this."""

    code = "not-the-school"


class EnrolmentEndedError(RejectionError):
    """The enrolment has ended."""

    code = "enrolment-ended"


class EnrolmentDatesError(RejectionError):
    """An enrolment starts before it ends, and neither lies in the future."""

    code = "enrolment-dates"


class NothingToChangeError(RejectionError):
    """The change leaves everything as it is."""

    code = "nothing-to-change"


class UnknownPolicyError(RejectionError):
    """No such policy, or not this version."""

    code = "unknown-policy"


class PolicyCommitteeError(RejectionError):
    """A policy names a committee, and only that one may endorse it."""

    code = "policy-committee"


class PolicyEndorsedError(RejectionError):
    """The policy version was endorsed before."""

    code = "policy-endorsed"
