"""Rules of keys: who may add and end them, and what a stolen key puts in doubt.

That the holder of a key declared it (proof of possession) is checked by the edge,
with the signature.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Final

from ledger.domain.errors import members as errors
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.envelope import (
    is_contested,
    is_usable,
    member_of,
    present,
)
from ledger.domain.state import (
    ConfirmationRecord,
    KeyOwnerRecord,
    KeyringRecord,
    LedgerRecord,
    MemberRecord,
    Record,
    Ref,
    RegisteredKey,
    Slice,
)
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.members import (
    DeclaredKey,
    EntriesConfirmed,
    KeyAdded,
    KeyRevoked,
    KeyUse,
)
from ledger.domain.types import instant_of, moment_of

RECOVERY_DELAY: Final = timedelta(days=7)
_OWN_USES: Final = frozenset({KeyUse.MEMBER, KeyUse.WITNESS, KeyUse.CLIENT})
_BANK_USES: Final = frozenset({KeyUse.SERVICE, KeyUse.CHECKPOINT})
_NOTE_USES: Final = frozenset({KeyUse.CHECKPOINT, KeyUse.WITNESS})
"""What they sign are notes, and those are signed with Ed25519 only."""
NEVER: Final = 2**53
"""A position that no log reaches."""


def check_declared(
    key: DeclaredKey, *, owner: str, uses: AbstractSet[KeyUse], at: str, pointer: str
) -> None:
    """Check that a key is declared for its owner, a use open to it, and time to come.

    Raises:
        KeyDeclarationError: another owner, a use not open to it or to its algorithm,
            or past already.
    """
    if member_of(key.kid) != owner:
        raise errors.KeyDeclarationError(pointer=f"{pointer}/kid")
    if key.use not in uses:
        raise errors.KeyDeclarationError(pointer=f"{pointer}/use", use=key.use.value)
    if key.use in _NOTE_USES and key.alg != "EdDSA":
        raise errors.KeyDeclarationError(pointer=f"{pointer}/alg", use=key.use.value)
    if key.valid_until is not None and key.valid_until <= at:
        raise errors.KeyDeclarationError(pointer=f"{pointer}/valid_until")


def registered(
    key: DeclaredKey, act: Act[Statement], *, recovery: bool = False
) -> RegisteredKey:
    """Return the key as its member's keyring holds it."""
    valid_from = act.recorded_at
    if recovery:
        valid_from = instant_of(moment_of(act.recorded_at) + RECOVERY_DELAY)
    return RegisteredKey(
        kid=key.kid,
        use=key.use,
        alg=key.alg,
        jwk=key.jwk,
        valid_from=valid_from,
        valid_until=key.valid_until,
        added_position=act.position,
        added_by=act.kid,
        recovery=recovery,
    )


def _addition_needs(statement: KeyAdded) -> Iterable[Ref]:
    body = statement.body
    return (
        Ref(MemberRecord, body.member_id),
        Ref(KeyringRecord, body.member_id),
        Ref(KeyOwnerRecord, body.key.kid.partition("#")[2]),
    )


def _decide_addition(act: Act[KeyAdded], state: Slice) -> None:
    body, iss = act.statement.body, act.statement.iss
    operator = present(state, LedgerRecord, key=0).operator
    if state.find(MemberRecord, body.member_id) is None:
        raise errors.MemberNotFoundError(pointer="/body/member_id")
    if iss not in {body.member_id, operator}:
        raise errors.RecoveryNotAllowedError(pointer="/body/member_id")
    uses = _OWN_USES
    if iss != body.member_id:
        ring = present(state, KeyringRecord, key=body.member_id)
        _check_recovery(ring, at=act.recorded_at)
        uses = frozenset({KeyUse.MEMBER})
    elif iss == operator:
        uses = _OWN_USES | _BANK_USES
    if state.find(KeyOwnerRecord, body.key.kid.partition("#")[2]) is not None:
        raise errors.KeyExistsError(pointer="/body/key")
    check_declared(
        body.key,
        owner=body.member_id,
        uses=uses,
        at=act.recorded_at,
        pointer="/body/key",
    )


def _check_recovery(ring: KeyringRecord, *, at: str) -> None:
    if any(key.use is KeyUse.MEMBER and is_usable(key, at=at) for key in ring.keys):
        raise errors.RecoveryNotAllowedError(pointer="/body/member_id")


def _evolve_addition(act: Act[KeyAdded], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    ring = present(state, KeyringRecord, key=body.member_id)
    recovery = act.statement.iss != body.member_id
    added = registered(body.key, act, recovery=recovery)
    yield KeyringRecord(member_id=body.member_id, keys=(*ring.keys, added))
    thumbprint = body.key.kid.partition("#")[2]
    yield KeyOwnerRecord(thumbprint=thumbprint, member_id=body.member_id)


def _decide_revocation(act: Act[KeyRevoked], state: Slice) -> None:
    body, iss = act.statement.body, act.statement.iss
    ring = state.find(KeyringRecord, body.member_id)
    if ring is None:
        raise errors.MemberNotFoundError(pointer="/body/member_id")
    if iss not in {body.member_id, present(state, LedgerRecord, key=0).operator}:
        raise errors.RecoveryNotAllowedError(pointer="/body/member_id")
    key = ring.find(body.kid)
    if key is None:
        raise errors.KeyNotFoundError(pointer="/body/kid")
    if key.revoked_at is not None:
        raise errors.KeyAlreadyRevokedError(
            pointer="/body/kid", revoked_at=key.revoked_at
        )
    if act.kid == body.kid:
        raise errors.SelfRevocationError(pointer="/body/kid")
    since = body.since_position
    if since is not None and not key.added_position <= since <= act.position:
        raise errors.SincePositionError(
            pointer="/body/since_position", first=key.added_position, last=act.position
        )


def _evolve_revocation(act: Act[KeyRevoked], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    ring = present(state, KeyringRecord, key=body.member_id)
    doubts = {} if body.since_position is None else {body.kid: body.since_position}
    _spread(doubts, ring.keys)
    keys = []
    for key in ring.keys:
        changes: dict[str, object] = {}
        if key.kid == body.kid:
            changes = {"revoked_at": act.recorded_at}
        if key.kid in doubts:
            since, earlier = doubts[key.kid], key.contested_since
            changes["contested_since"] = (
                since if earlier is None else min(since, earlier)
            )
        keys.append(RegisteredKey(**{**dict(key), **changes}) if changes else key)
    yield KeyringRecord(member_id=body.member_id, keys=tuple(keys))


def _spread(doubts: dict[str, int], keys: Iterable[RegisteredKey]) -> None:
    """Add every key that a key in doubt answers for, since it was in doubt.

    Such a key is in doubt from its own beginning. Each round only ever moves a doubt
    to an earlier position, so the rounds end.
    """
    before: dict[str, int] | None = None
    while before != doubts:
        before = dict(doubts)
        for key in keys:
            parent, position = key.added_by, key.added_position
            if key.vouched_by is not None and key.vouched_position is not None:
                parent, position = key.vouched_by, key.vouched_position
            if position >= doubts.get(parent, NEVER):
                doubts[key.kid] = min(key.added_position, doubts.get(key.kid, NEVER))


def _confirmation_needs(statement: EntriesConfirmed) -> Iterable[Ref]:
    return (
        Ref(ConfirmationRecord, (statement.iss, position))
        for position in statement.body.positions
    )


def _decide_confirmation(act: Act[EntriesConfirmed], state: Slice) -> None:
    ring = present(state, KeyringRecord, key=act.statement.iss)
    doubts = [
        key.contested_since for key in ring.keys if key.contested_since is not None
    ]
    first = min(doubts, default=act.position)
    for index, position in enumerate(act.statement.body.positions):
        known = state.find(ConfirmationRecord, (act.statement.iss, position))
        stands = known is not None and not is_contested(
            state, kid=known.kid, position=known.position
        )
        if stands or not first <= position < act.position:
            raise errors.PositionNotContestedError(
                pointer=f"/body/positions/{index}", position=position
            )


def _evolve_confirmation(act: Act[EntriesConfirmed], state: Slice) -> Iterable[Record]:
    iss, positions = act.statement.iss, frozenset(act.statement.body.positions)
    for position in sorted(positions):
        yield ConfirmationRecord(
            member_id=iss,
            entry_position=position,
            position=act.position,
            kid=act.kid,
        )
    ring = present(state, KeyringRecord, key=iss)
    vouched = {
        "contested_since": None,
        "vouched_by": act.kid,
        "vouched_position": act.position,
    }
    yield KeyringRecord(
        member_id=iss,
        keys=tuple(
            RegisteredKey(**{**dict(key), **vouched})
            if _is_vouched_for(key, positions)
            else key
            for key in ring.keys
        ),
    )


def _is_vouched_for(key: RegisteredKey, positions: AbstractSet[int]) -> bool:
    in_doubt = key.contested_since is not None and key.revoked_at is None
    return in_doubt and key.added_position in positions


ADDED: Rule[KeyAdded] = Rule(
    stream=lambda statement: f"member:{statement.body.member_id}",
    needs=_addition_needs,
    decide=_decide_addition,
    evolve=_evolve_addition,
)
REVOKED: Rule[KeyRevoked] = Rule(
    stream=lambda statement: f"member:{statement.body.member_id}",
    needs=lambda statement: (Ref(KeyringRecord, statement.body.member_id),),
    decide=_decide_revocation,
    evolve=_evolve_revocation,
)
CONFIRMED: Rule[EntriesConfirmed] = Rule(
    stream=lambda statement: f"member:{statement.iss}",
    needs=_confirmation_needs,
    decide=_decide_confirmation,
    evolve=_evolve_confirmation,
)
