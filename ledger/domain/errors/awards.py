"""Refusals about awards, amendments and revocations."""

from ledger.domain.errors import RejectionError


class NotOwnAchievementError(RejectionError):
    """An issued award names an achievement of the issuer."""

    code = "not-own-achievement"


class NotAnOutsideAchievementError(RejectionError):
    """An attested award names an achievement with an outside awarding body."""

    code = "not-an-outside-achievement"


class AttestedWithoutVerificationError(RejectionError):
    """An attested award says how, where and when it was verified."""

    code = "attested-without-verification"


class CertificateNotDisclosedError(RejectionError):
    """An attested award needs its ``certificate`` disclosed to the bank."""

    code = "certificate-not-disclosed"


class AmountMissingError(RejectionError):
    """An award states credits, workload or both."""

    code = "amount-missing"


class CreditsAboveAchievementError(RejectionError):
    """More credits than the achievement's version grants."""

    code = "credits-above-achievement"


class NotPassedWithCreditsError(RejectionError):
    """A result that was not passed carries no credits."""

    code = "not-passed-with-credits"


class DateOrderError(RejectionError):
    """Dates are out of order."""

    code = "date-order"


class DateInFutureError(RejectionError):
    """The date lies in the future."""

    code = "date-in-future"


class RevisionError(RejectionError):
    """Revision 0 replaces nothing; a later one the one before, wholly revoked."""

    code = "revision"


class AwardExistsError(RejectionError):
    """This very award was posted before; nothing to do."""

    code = "award-exists"


class ReferenceConflictError(RejectionError):
    """The member's reference was used before with other content."""

    code = "reference-conflict"


class CertificateDepositedError(RejectionError):
    """This outside certificate was deposited before."""

    code = "certificate-deposited"


class UnknownAwardError(RejectionError):
    """No award of this id."""

    code = "unknown-award"


class NotTheIssuerError(RejectionError):
    """Only the award's issuer, or its successor, may do this."""

    code = "not-the-issuer"


class AwardRevokedError(RejectionError):
    """The award was wholly revoked."""

    code = "award-revoked"


class NothingToAmendError(RejectionError):
    """The amendment changes nothing."""

    code = "nothing-to-amend"


class RevokesMoreThanLeftError(RejectionError):
    """The amount exceeds what is left of the lot."""

    code = "revokes-more-than-left"


class RevokesNothingError(RejectionError):
    """Name an amount above zero, or all of a lot of zero."""

    code = "revokes-nothing"
