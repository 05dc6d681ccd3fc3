"""Refusals about exchanges, redemptions and expiry, by rule and by cap."""

from ledger.domain.errors import RejectionError


class ScopeMissingError(RejectionError):
    """No open relation gives the member this scope on the learner's account."""

    code = "scope-missing"


class NotInABatchError(RejectionError):
    """The bank may have to answer at once: an application is sent by itself."""

    code = "not-in-a-batch"


class ExchangeExistsError(RejectionError):
    """The exchange id was used before."""

    code = "exchange-exists"


class UnknownExchangeError(RejectionError):
    """No such exchange."""

    code = "unknown-exchange"


class ExchangeStateError(RejectionError):
    """The exchange is not in the state that this needs."""

    code = "exchange-state"


class NotTheDeskError(RejectionError):
    """The case is not on this member's desk, or not for this role."""

    code = "not-the-desk"


class RuleNotInForceError(RejectionError):
    """The rule version does not apply on the date that decides."""

    code = "rule-not-in-force"


class OutsideWindowError(RejectionError):
    """One may not apply today: the request window is closed."""

    code = "outside-window"


class LotUnusableError(RejectionError):
    """A lot is not the learner's, in doubt, flagged, revoked or not passed."""

    code = "lot-unusable"


class LotExpiredError(RejectionError):
    """A lot's shelf life has ended."""

    code = "lot-expired"


class LotInsufficientError(RejectionError):
    """A lot has not so much available."""

    code = "lot-insufficient"


class RoundTripError(RejectionError):
    """The credits come from the very member that would recognise them."""

    code = "round-trip"


class LotRepeatedError(RejectionError):
    """A lot is named once."""

    code = "lot-repeated"


class SourceNotMatchedError(RejectionError):
    """The lots are not what the rule asks for."""

    code = "source-not-matched"


class LotTooOldError(RejectionError):
    """The result is older than the rule allows."""

    code = "lot-too-old"


class PredicateMissingError(RejectionError):
    """The rule reads a value that was not shown to reach its minimum."""

    code = "predicate-missing"


class PredicateFalseError(RejectionError):
    """The disclosed value does not reach the minimum, or is not the award's."""

    code = "predicate-false"


class SourceTooSmallError(RejectionError):
    """The lots together are too little."""

    code = "source-too-small"


class VouchingMissingError(RejectionError):
    """Nobody has vouched for a number that the rule asks for."""

    code = "vouching-missing"


class RootUsedError(RejectionError):
    """What was originally learned counts already."""

    code = "root-used"


class SupersedeRefusedError(RejectionError):
    """A result of the same content counts already, as good or better."""

    code = "supersede-refused"


class CapExceededError(RejectionError):
    """A cap of the rule, the programme or a policy would be exceeded."""

    code = "cap-exceeded"


class QuoteDiffersError(RejectionError):
    """The acceptance differs from what the rule version gives."""

    code = "quote-differs"


class NotDueError(RejectionError):
    """The date on which this happens has not passed."""

    code = "not-due"


class RequirementError(RejectionError):
    """The lot does not count toward this requirement."""

    code = "requirement-not-met-by-lot"


class RequirementFullError(RejectionError):
    """The requirement has no room for so much."""

    code = "requirement-full"


class LastAtHomeError(RejectionError):
    """The last credits of the programme must be earned at the school itself."""

    code = "last-at-home"


class RedemptionExistsError(RejectionError):
    """The redemption id was used before."""

    code = "redemption-exists"


class UnknownRedemptionError(RejectionError):
    """No such redemption, or it was reversed."""

    code = "unknown-redemption"


class DerivedInUseError(RejectionError):
    """What was created is used elsewhere: undo that first."""

    code = "derived-in-use"
