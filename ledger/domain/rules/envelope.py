"""What must hold of every statement, whatever its type.

The checks, in their order of precedence (entry 0 founds the ledger and skips to 6):

1. The statement is for this ledger.
2. Its issuer is a member.
3. The key is the issuer's.
4. The key may sign statements, now.
5. Its id is new.
6. The statement's own times allow it now.
7. The issuer is neither suspended nor gone.
8. A member of this kind may make such a statement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from ledger.domain.errors import statements as errors
from ledger.domain.state import (
    ConfirmationRecord,
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
from ledger.domain.types import MemberKind, instant_of, moment_of

EXPIRY_MAX: Final = timedelta(days=7)
CLOCK_AHEAD_MAX: Final = timedelta(minutes=10)

ACTIVE: Final = "active"
SUSPENDED: Final = "suspended"

_OPERATOR: Final = frozenset({MemberKind.OPERATOR})
_COMMITTEE: Final = frozenset({MemberKind.COMMITTEE})
_SCHOOL: Final = frozenset({MemberKind.SCHOOL})
_AWARDING: Final = frozenset(
    {
        MemberKind.SCHOOL,
        MemberKind.ENTERPRISE,
        MemberKind.TRAINING_CENTRE,
        MemberKind.ASSESSMENT_BODY,
    }
)
_ALL: Final = frozenset(MemberKind)

SIGNERS: Final[Mapping[str, frozenset[MemberKind]]] = MappingProxyType(
    {
        "member.admitted.v1": _OPERATOR,
        "member.renamed.v1": _OPERATOR,
        "member.suspended.v1": _OPERATOR,
        "member.reinstated.v1": _OPERATOR,
        "member.withdrawn.v1": _OPERATOR,
        "member.succeeded.v1": _OPERATOR,
        "key.added.v1": _ALL,
        "key.revoked.v1": _ALL,
        "entries.confirmed.v1": _ALL,
        "framework.published.v1": _OPERATOR,
        "calendar.published.v1": _AWARDING | _OPERATOR,
        "achievement.published.v1": _AWARDING,
        "achievement.endorsed.v1": _COMMITTEE,
        "achievement.retired.v1": _AWARDING,
        "account.opened.v1": _AWARDING,
        "account.claimed.v1": _AWARDING,
        "account.closed.v1": _AWARDING,
        "accounts.merged.v1": _AWARDING | _OPERATOR,
        "accounts.unmerged.v1": _AWARDING | _OPERATOR,
        "relation.opened.v1": _AWARDING,
        "relation.ended.v1": _AWARDING,
        "credit.awarded.v1": _AWARDING,
        "credit.amended.v1": _AWARDING,
        "credit.revoked.v1": _AWARDING,
        "programme.published.v1": _SCHOOL,
        "programme.retired.v1": _SCHOOL,
        "enrolment.opened.v1": _SCHOOL,
        "enrolment.changed.v1": _SCHOOL,
        "enrolment.ended.v1": _SCHOOL,
        "policy.published.v1": _OPERATOR,
        "policy.endorsed.v1": _COMMITTEE,
        "rule.proposed.v1": _AWARDING,
        "rule.endorsed.v1": _COMMITTEE,
        "rule.ratified.v1": _AWARDING,
        "rule.acceded.v1": _AWARDING,
        "rule.rejected.v1": _AWARDING,
        "rule.suspended.v1": _AWARDING,
        "rule.resumed.v1": _AWARDING,
        "rule.retired.v1": _AWARDING,
        "exchange.requested.v1": _AWARDING,
        "exchange.endorsed.v1": _AWARDING | _COMMITTEE,
        "exchange.returned.v1": _AWARDING | _COMMITTEE,
        "exchange.accepted.v1": _AWARDING | _OPERATOR,
        "exchange.declined.v1": _AWARDING | _COMMITTEE,
        "exchange.cancelled.v1": _AWARDING,
        "exchange.lapsed.v1": _OPERATOR,
        "exchange.reversed.v1": _AWARDING,
        "credit.redeemed.v1": _SCHOOL,
        "redemption.reversed.v1": _SCHOOL,
        "credit.expired.v1": _OPERATOR,
    }
)
"""Which kinds of member may sign a type."""

_MEMBER_KEY: Final = frozenset({KeyUse.MEMBER})
KEY_USES: Final[Mapping[str, frozenset[KeyUse]]] = MappingProxyType(
    {
        "exchange.accepted.v1": frozenset({KeyUse.MEMBER, KeyUse.SERVICE}),
        "exchange.lapsed.v1": frozenset({KeyUse.SERVICE}),
        "credit.expired.v1": frozenset({KeyUse.SERVICE}),
    }
)
"""The types that the bank says itself, under its service key; no others."""


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


def present(state: Slice, record: type[R], *, key: str | int) -> R:
    """Return a record that history says must be there.

    Raises:
        LookupError: the state is not a fold of any history.
    """
    found = state.find(record, key)
    if found is None:
        raise LookupError(record.kind, key)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
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
        KeyNotOfIssuerError: check 3.
        UnknownKeyError: check 3.
        KeyOfAnotherUseError: check 4, and the errors of ``check_key``.
    """
    iss, kid = signer.iss, signer.kid
    ledger = present(state, LedgerRecord, key=0)
    if signer.aud != ledger.name:  # 1
        raise errors.WrongLedgerError(pointer="/aud", ledger=ledger.name)
    member = state.find(MemberRecord, iss)
    if member is None:  # 2
        raise errors.UnknownMemberError(pointer="/iss")
    if member_of(kid) != iss:  # 3
        raise errors.KeyNotOfIssuerError(pointer="/iss")
    key = present(state, KeyringRecord, key=iss).find(kid)
    if key is None:
        raise errors.UnknownKeyError(pointer="/iss")
    if key.use not in KEY_USES.get(signer.type_name, _MEMBER_KEY):  # 4
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
        ExpiryTooLongError: ``exp`` not within seven days after ``iat``.
        StatementExpiredError: ``exp`` has come.
        ClockAheadError: ``iat`` more than ten minutes ahead.
    """
    last, earliest = _limits(iat)
    if not iat < exp <= last:
        raise errors.ExpiryTooLongError(pointer="/exp")
    if at >= exp:
        raise errors.StatementExpiredError(pointer="/exp", exp=exp)
    if at < earliest:
        raise errors.ClockAheadError(pointer="/iat", now=at)


@lru_cache(maxsize=1024)
def _limits(iat: str) -> tuple[str, str]:
    moment = moment_of(iat)
    return instant_of(moment + EXPIRY_MAX), instant_of(moment - CLOCK_AHEAD_MAX)


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
    """Tell whether an entry is in doubt: its key was, and nobody stood by it since."""
    member_id = member_of(kid)
    key = present(state, KeyringRecord, key=member_id).find(kid)
    if key is None or key.contested_since is None or position < key.contested_since:
        return False
    return state.find(ConfirmationRecord, (member_id, position)) is None


def answers_for(state: Slice, *, iss: str, member_id: str) -> bool:
    """Tell whether ``iss`` is the member or has succeeded it, however often."""
    current: str | None = member_id
    while current is not None and current != iss:
        record = state.find(MemberRecord, current)
        current = record.successor if record is not None else None
    return current == iss


def refs(*pairs: Ref | None) -> Iterable[Ref]:
    """Return the references that are there."""
    return (ref for ref in pairs if ref is not None)
