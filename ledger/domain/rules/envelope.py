"""What must hold of every statement, whatever its type.

The checks, in their order of precedence (entry 0 founds the ledger and skips to 6):

1. The statement is for this ledger.
2. Its issuer is a member.
3. The key is registered, and the issuer's.
4. The key may sign statements, now.
5. Its id is new.
6. The statement's own times allow it now.
7. The issuer is neither suspended nor gone.
8. A member of this kind may make such a statement.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.domain.errors import statements as errors
from ledger.domain.rules.signers import KEY_USES, MEMBER_KEY, SIGNERS
from ledger.domain.state import (
    ConfirmationRecord,
    Key,
    KeyringRecord,
    LedgerRecord,
    MemberRecord,
    R,
    Ref,
    RegisteredKey,
    Slice,
    StatementRecord,
)
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.members import KeyUse
from ledger.domain.types import (
    INSTANT_MAX,
    INSTANT_MIN,
    instant_of,
    moment_of,
)

EXPIRY_MAX: Final = timedelta(days=7)
CLOCK_AHEAD_MAX: Final = timedelta(minutes=10)

ACTIVE: Final = "active"
SUSPENDED: Final = "suspended"


def envelope_needs(*, iss: str, identity: str, kid: str) -> tuple[Ref, ...]:
    """Return the records that the checks of an envelope look at."""
    return (
        Ref(LedgerRecord, 0),
        Ref(StatementRecord, (iss, identity)),
        Ref(MemberRecord, iss),
        Ref(KeyringRecord, iss),
        Ref(KeyringRecord, member_of(kid)),
    )


def member_of(kid: str) -> str:
    """Return the member that a key id names."""
    return kid.partition("#")[0]


def present(state: Slice, record: type[R], *, key: Key) -> R:
    """Return a record that history says must be there.

    Raises:
        LookupError: the state is not a fold of any history.
    """
    found = state.find(record, key)
    if found is None:
        raise LookupError(record.kind, key)
    return found


class Signer(NamedTuple):
    """Who says something to which ledger, with which key, as what."""

    iss: str
    aud: str
    kid: str
    type_name: str


def check_signer(state: Slice, signer: Signer, *, at: str) -> MemberRecord:
    """Check 1 to 4: the right ledger, a member, and a key it may sign with now.

    Raises:
        WrongLedgerError: check 1.
        UnknownMemberError: check 2.
        UnknownKeyError: check 3.
        KeyNotOfIssuerError: check 3.
        KeyOfAnotherUseError: check 4, and the errors of ``check_key``.
    """
    iss, kid = signer.iss, signer.kid
    ledger = present(state, LedgerRecord, key=0)
    if signer.aud != ledger.name:  # 1
        raise errors.WrongLedgerError(pointer="/aud", ledger=ledger.name)
    member = state.find(MemberRecord, iss)
    if member is None:  # 2
        raise errors.UnknownMemberError(pointer="/iss")
    owner = member_of(kid)
    ring = state.find(KeyringRecord, owner)
    key = None if ring is None else ring.find(kid)
    if key is None:  # 3
        raise errors.UnknownKeyError(pointer="/iss")
    if owner != iss:
        raise errors.KeyNotOfIssuerError(pointer="/iss")
    if key.use not in KEY_USES.get(signer.type_name, MEMBER_KEY):  # 4
        raise errors.KeyOfAnotherUseError(pointer="/iss", use=key.use.value)
    check_key(key, at=at)
    return member


def check_key(key: RegisteredKey, *, at: str) -> None:
    """Check that a key may be used at an instant; windows are half-open.

    Raises:
        KeyNotYetValidError: a recovery key before its time.
        KeyRevokedError: from the instant of its revocation.
        KeyExpiredError: from the end of its window.
        KeyContestedError: added by an entry that is itself in doubt.
    """
    if at < key.valid_from:
        raise errors.KeyNotYetValidError(valid_from=key.valid_from)
    if key.revoked_at is not None:
        raise errors.KeyRevokedError(revoked_at=key.revoked_at)
    if key.valid_until is not None and at >= key.valid_until:
        raise errors.KeyExpiredError(valid_until=key.valid_until)
    if key.contested_since is not None:
        raise errors.KeyContestedError


def is_service(state: Slice, kid: str) -> bool:
    """Tell whether a key is a service key of the bank."""
    key = present(state, KeyringRecord, key=member_of(kid)).find(kid)
    return key is not None and key.use is KeyUse.SERVICE


def is_usable(key: RegisteredKey, *, at: str) -> bool:
    """Tell whether a key may be used at an instant."""
    try:
        check_key(key, at=at)
    except errors.KeyRefusedError:
        return False
    return True


def check_unused(state: Slice, *, iss: str, identity: str, payload_hash: str) -> None:
    """Check 5: the issuer has not used the id before.

    Raises:
        StatementExistsError: for these very bytes.
        StatementIdConflictError: for other bytes.
    """
    known = state.find(StatementRecord, (iss, identity))
    if known is None:
        return
    if known.payload_hash == payload_hash:
        raise errors.StatementExistsError(pointer="/id", position=known.position)
    raise errors.StatementIdConflictError(pointer="/id", position=known.position)


def check_times(*, iat: str, exp: str, at: str) -> None:
    """Check 6: the statement's own times against the instant it is recorded.

    Raises:
        StatementExpiredError: ``exp`` has come.
        ExpiryTooLongError: ``exp`` not within seven days after ``iat``.
        ClockAheadError: ``iat`` more than ten minutes ahead.
    """
    if at >= exp:
        raise errors.StatementExpiredError(pointer="/exp", exp=exp)
    last, earliest = _limits(iat)
    if not iat < exp <= last:
        raise errors.ExpiryTooLongError(pointer="/exp")
    if at < earliest:
        raise errors.ClockAheadError(pointer="/iat", now=at)


@lru_cache(maxsize=1024)
def _limits(iat: str) -> tuple[str, str]:
    # Anyone may write any year: at the ends of the calendar there is no further day.
    moment = moment_of(iat)
    last, earliest = INSTANT_MAX, INSTANT_MIN
    if moment < moment_of(INSTANT_MAX) - EXPIRY_MAX:
        last = instant_of(moment + EXPIRY_MAX)
    if moment > moment_of(INSTANT_MIN) + CLOCK_AHEAD_MAX:
        earliest = instant_of(moment - CLOCK_AHEAD_MAX)
    return last, earliest


def check_standing(member: MemberRecord, type_name: str) -> None:
    """Check 7 and 8: the member is in good standing and of the right kind.

    Raises:
        MemberSuspendedError: check 7.
        MemberWithdrawnError: check 7.
        NotPermittedError: check 8.
    """
    if member.status == SUSPENDED:  # 7
        raise errors.MemberSuspendedError(pointer="/iss")
    if member.status != ACTIVE:
        raise errors.MemberWithdrawnError(pointer="/iss")
    if member.member_kind not in SIGNERS[type_name]:  # 8
        raise errors.NotPermittedError(pointer="/type", kind=member.member_kind.value)


def check_mandate(statement: Statement) -> None:
    """Check that a statement made for a learner carries the learner's mandate.

    Raises:
        MandateMissingError: it does not.
    """
    if statement.mandate is None:
        raise errors.MandateMissingError(pointer="/mandate")


def is_contested(state: Slice, *, kid: str, position: int) -> bool:
    """Tell whether an entry is in doubt: its key was, and nobody stood by it since.

    A confirmation that is in doubt itself lifts nothing: whoever stole two keys could
    confirm under the second what the first one signed.
    """
    member_id = member_of(kid)
    key = present(state, KeyringRecord, key=member_id).find(kid)
    if key is None or key.contested_since is None or position < key.contested_since:
        return False
    stood_by = state.find(ConfirmationRecord, (member_id, position))
    if stood_by is None:
        return True
    # A confirmation always stands after what it confirms: this ends.
    return is_contested(state, kid=stood_by.kid, position=stood_by.position)


def answers_for(state: Slice, *, iss: str, member_id: str) -> bool:
    """Tell whether ``iss`` is the member or has succeeded it, however often."""
    return iss == member_id or iss in answering(state, member_id)


def is_one(state: Slice, member_id: str, *, other: str) -> bool:
    """Tell whether one of two members is the other, or has succeeded it."""
    return answers_for(state, iss=member_id, member_id=other) or answers_for(
        state, iss=other, member_id=member_id
    )


def answering(state: Slice, member_id: str) -> Iterator[str]:
    """Return the member and all that succeeded it, one after another."""
    current: str | None = member_id
    while current is not None:
        yield current
        record = state.find(MemberRecord, current)
        current = record.successor if record is not None else None
