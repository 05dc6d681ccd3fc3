"""Refusals of any statement: its shape, signer, times and ledger."""

from dataclasses import dataclass

from ledger.domain.errors import RejectionError


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """One fault of one field: a stable code and a JSON pointer."""

    pointer: str
    code: str


class InvalidStatementError(RejectionError):
    """Fields are missing, unknown or have no legal value; ``errors`` lists each."""

    code = "invalid-statement"

    def __init__(self, errors: tuple[FieldFault, ...]) -> None:
        """Point at the first fault and keep them all."""
        super().__init__(errors[0].pointer)
        self.errors = errors


class UnknownTypeError(RejectionError):
    """No statement type of this name."""

    code = "unknown-type"


class UnknownTypeVersionError(RejectionError):
    """The type is known, this version of it is not."""

    code = "unknown-type-version"


class WrongLedgerError(RejectionError):
    """``aud`` names another ledger."""

    code = "wrong-ledger"


class UnknownMemberError(RejectionError):
    """No member of this id was ever admitted."""

    code = "unknown-member"


class UnknownKeyError(RejectionError):
    """The issuer never registered a key of this id."""

    code = "unknown-key"


class KeyNotOfIssuerError(RejectionError):
    """The key belongs to another member than ``iss``."""

    code = "key-not-of-issuer"


class KeyOfAnotherUseError(RejectionError):
    """The key is registered for another use than signing statements."""

    code = "key-of-another-use"


class KeyRefusedError(RejectionError):
    """The key may not be used now; the subclasses say why."""

    code = "key-refused"


class KeyNotYetValidError(KeyRefusedError):
    """A recovery key takes effect seven days after it was added."""

    code = "key-not-yet-valid"


class KeyExpiredError(KeyRefusedError):
    """The key's window has ended."""

    code = "key-expired"


class KeyRevokedError(KeyRefusedError):
    """The key has been revoked."""

    code = "key-revoked"


class KeyContestedError(KeyRefusedError):
    """The key was itself added by a contested entry."""

    code = "key-contested"


class StatementExistsError(RejectionError):
    """This very statement was recorded before; nothing to do."""

    code = "statement-exists"


class StatementIdConflictError(RejectionError):
    """The issuer used this id before, for other bytes."""

    code = "statement-id-conflict"


class StatementExpiredError(RejectionError):
    """``exp`` has passed."""

    code = "statement-expired"


class ExpiryTooLongError(RejectionError):
    """``exp`` lies more than seven days after ``iat``, or not after it."""

    code = "expiry-too-long"


class ClockAheadError(RejectionError):
    """``iat`` lies more than ten minutes ahead of the bank's clock."""

    code = "clock-ahead"


class MemberSuspendedError(RejectionError):
    """The issuer is suspended."""

    code = "member-suspended"


class MemberWithdrawnError(RejectionError):
    """The issuer has left the consortium or was succeeded by another member."""

    code = "member-withdrawn"


class NotPermittedError(RejectionError):
    """A member of this kind cannot make this statement."""

    code = "not-permitted"


class MandateMissingError(RejectionError):
    """A statement made for a learner needs the learner's mandate."""

    code = "mandate-missing"
