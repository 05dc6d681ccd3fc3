"""Refusals about claims."""

from ledger.domain.errors import RejectionError


class UnknownClaimError(RejectionError):
    """No such claim."""

    code = "unknown-claim"


class ClaimExistsError(RejectionError):
    """The claim id was used before."""

    code = "claim-exists"


class NotTheAttesterError(RejectionError):
    """Only the member that is asked to attest, or its successor, may do this."""

    code = "not-the-attester"


class NotTheFilerError(RejectionError):
    """Only the member that filed the claim, or its successor, may do this."""

    code = "not-the-filer"


class ClaimStateError(RejectionError):
    """The claim is not in the state that this needs."""

    code = "claim-state"


class ClaimAttesterError(RejectionError):
    """The member asked to attest is none that awards, or is not in good standing."""

    code = "claim-attester"


class NotClaimableError(RejectionError):
    """The achievement is neither an outside certificate nor the attester's own."""

    code = "not-claimable"


class ClaimDiffersError(RejectionError):
    """The award is not what was claimed."""

    code = "claim-differs"
