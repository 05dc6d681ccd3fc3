"""Refusals about members and their keys."""

from ledger.domain.errors import RejectionError


class LedgerAlreadyFoundedError(RejectionError):
    """Only entry 0 founds a ledger."""

    code = "ledger-already-founded"


class NotFoundedError(RejectionError):
    """Entry 0 must be the operator admitting itself."""

    code = "ledger-not-founded"


class MemberNotFoundError(RejectionError):
    """The member that the statement is about was never admitted."""

    code = "member-not-found"


class MemberExistsError(RejectionError):
    """A member of this id was already admitted."""

    code = "member-exists"


class MemberStatusError(RejectionError):
    """The member's present status does not allow this change."""

    code = "member-status"


class KeyExistsError(RejectionError):
    """The same key is registered already, here or with another member."""

    code = "key-exists"


class KeyDeclarationError(RejectionError):
    """The key is declared for another member, use or time than the statement allows."""

    code = "key-declaration"


class RecoveryNotAllowedError(RejectionError):
    """The operator may add a key only for a member without a valid one."""

    code = "recovery-not-allowed"


class KeyNotFoundError(RejectionError):
    """The member has no key of this id."""

    code = "key-not-found"


class KeyAlreadyRevokedError(RejectionError):
    """The key was revoked before."""

    code = "key-already-revoked"


class SelfRevocationError(RejectionError):
    """A key cannot revoke itself; another key of the member, or the operator, can."""

    code = "self-revocation"


class SincePositionError(RejectionError):
    """``since_position`` lies outside the life of the key."""

    code = "since-position"


class PositionNotContestedError(RejectionError):
    """No contested entry of this member stands at the position."""

    code = "position-not-contested"
