"""Rules of members: admission, names, status, succession, and the founding."""

from collections.abc import Iterable

from ledger.domain.errors import members as errors
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.envelope import (
    ACTIVE,
    SUSPENDED,
    check_times,
    present,
)
from ledger.domain.rules.keys import check_declared, registered
from ledger.domain.state import (
    KeyOwnerRecord,
    KeyringRecord,
    LedgerRecord,
    MemberRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.members import (
    DeclaredKey,
    Founding,
    KeyUse,
    MemberAdmitted,
    MemberReinstated,
    MemberRenamed,
    MemberSucceeded,
    MemberSuspended,
    MemberWithdrawn,
)
from ledger.domain.types import AWARDING_KINDS, MemberKind

WITHDRAWN = "withdrawn"
SUCCEEDED = "succeeded"


def member_stream(member_id: str) -> str:
    """Return the stream of a member and its keys."""
    return f"member:{member_id}"


def _admission_needs(statement: MemberAdmitted) -> Iterable[Ref]:
    body = statement.body
    return (
        Ref(MemberRecord, body.member_id),
        Ref(KeyringRecord, body.member_id),
        Ref(KeyOwnerRecord, body.key.kid.partition("#")[2]),
    )


def decide_founding(act: Act[MemberAdmitted]) -> Founding:
    """Decide entry 0: the operator admits itself and declares the bank's keys.

    Raises:
        NotFoundedError: another kind of first entry, or one that names others.
        KeyDeclarationError: a declared key is not of the operator or of its use.
    """
    statement, body = act.statement, act.statement.body
    founding = body.founding
    if founding is None or body.kind is not MemberKind.OPERATOR:
        raise errors.NotFoundedError(pointer="/body/founding")
    if statement.iss != body.member_id or act.kid != body.key.kid:
        raise errors.NotFoundedError(pointer="/body/member_id")
    if statement.aud != founding.origin:
        raise errors.NotFoundedError(pointer="/aud")
    check_times(iat=statement.iat, exp=statement.exp, at=act.recorded_at)
    for field, key, use in _founding_keys(body.key, founding):
        check_declared(
            key,
            owner=body.member_id,
            uses={use},
            at=act.recorded_at,
            pointer=f"/body/{field}",
        )
    return founding


def _founding_keys(
    member_key: DeclaredKey, founding: Founding
) -> tuple[tuple[str, DeclaredKey, KeyUse], ...]:
    return (
        ("key", member_key, KeyUse.MEMBER),
        ("founding/service_key", founding.service_key, KeyUse.SERVICE),
        ("founding/checkpoint_key", founding.checkpoint_key, KeyUse.CHECKPOINT),
    )


def _decide_admission(act: Act[MemberAdmitted], state: Slice) -> None:
    body = act.statement.body
    if body.founding is not None:
        raise errors.LedgerAlreadyFoundedError(pointer="/body/founding")
    if state.find(MemberRecord, body.member_id) is not None:
        raise errors.MemberExistsError(pointer="/body/member_id")
    if body.kind is MemberKind.OPERATOR:
        raise errors.MemberStatusError(pointer="/body/kind")
    if state.find(KeyOwnerRecord, body.key.kid.partition("#")[2]) is not None:
        raise errors.KeyExistsError(pointer="/body/key")
    check_declared(
        body.key,
        owner=body.member_id,
        uses={KeyUse.MEMBER},
        at=act.recorded_at,
        pointer="/body/key",
    )


def _evolve_admission(act: Act[MemberAdmitted], state: Slice) -> Iterable[Record]:
    del state
    body, founding = act.statement.body, act.statement.body.founding
    keys: tuple[DeclaredKey, ...] = (body.key,)
    if founding is not None:
        keys = (body.key, founding.service_key, founding.checkpoint_key)
        yield LedgerRecord(
            name=f"{founding.origin}#{act.payload_hash}",
            origin=founding.origin,
            operator=body.member_id,
            time_zone=founding.time_zone,
        )
    yield MemberRecord(
        member_id=body.member_id,
        member_kind=body.kind,
        name=body.name,
        name_en=body.name_en,
        status=ACTIVE,
        successor=None,
        admitted_position=act.position,
    )
    yield KeyringRecord(
        member_id=body.member_id, keys=tuple(registered(key, act) for key in keys)
    )
    for key in keys:
        thumbprint = key.kid.partition("#")[2]
        yield KeyOwnerRecord(thumbprint=thumbprint, member_id=body.member_id)


def _status_rule(*, allowed_from: frozenset[str], to: str) -> Rule:  # type: ignore[type-arg]  # three types share it
    def decide(act: Act[MemberSuspended], state: Slice) -> None:
        pointer = "/body/member_id"
        record = _known(act.statement.body.member_id, state, pointer=pointer)
        _check_status(record, statuses=allowed_from, pointer=pointer)

    def evolve(act: Act[MemberSuspended], state: Slice) -> Iterable[Record]:
        record = present(state, MemberRecord, key=act.statement.body.member_id)
        yield MemberRecord(**{**dict(record), "status": to})

    return Rule(
        stream=lambda statement: member_stream(statement.body.member_id),
        needs=lambda statement: (Ref(MemberRecord, statement.body.member_id),),
        decide=decide,
        evolve=evolve,
    )


def _known(member_id: str, state: Slice, *, pointer: str) -> MemberRecord:
    record = state.find(MemberRecord, member_id)
    if record is None:
        raise errors.MemberNotFoundError(pointer=pointer)
    return record


def _check_status(
    record: MemberRecord, *, statuses: frozenset[str], pointer: str
) -> None:
    if record.member_kind is MemberKind.OPERATOR or record.status not in statuses:
        raise errors.MemberStatusError(pointer=pointer, status=record.status)


def _decide_rename(act: Act[MemberRenamed], state: Slice) -> None:
    _known(act.statement.body.member_id, state, pointer="/body/member_id")


def _evolve_rename(act: Act[MemberRenamed], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    record = present(state, MemberRecord, key=body.member_id)
    names = {"name": body.name, "name_en": body.name_en}
    yield MemberRecord(**{**dict(record), **names})


def _decide_succession(act: Act[MemberSucceeded], state: Slice) -> None:
    body = act.statement.body
    predecessor = _known(body.predecessor, state, pointer="/body/predecessor")
    successor = _known(body.successor, state, pointer="/body/successor")
    living = frozenset({ACTIVE, SUSPENDED, WITHDRAWN})
    _check_status(predecessor, statuses=living, pointer="/body/predecessor")
    _check_status(successor, statuses=frozenset({ACTIVE}), pointer="/body/successor")
    # Who may not sign what the other signed could not answer for it.
    alike = _family(predecessor.member_kind) == _family(successor.member_kind)
    if body.predecessor == body.successor or not alike:
        raise errors.MemberStatusError(pointer="/body/successor", status=ACTIVE)


def _family(kind: MemberKind) -> frozenset[MemberKind]:
    return AWARDING_KINDS if kind in AWARDING_KINDS else frozenset({kind})


def _evolve_succession(act: Act[MemberSucceeded], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    record = present(state, MemberRecord, key=body.predecessor)
    change = {"status": SUCCEEDED, "successor": body.successor}
    yield MemberRecord(**{**dict(record), **change})


ADMITTED: Rule[MemberAdmitted] = Rule(
    stream=lambda statement: member_stream(statement.body.member_id),
    needs=_admission_needs,
    decide=_decide_admission,
    evolve=_evolve_admission,
)
RENAMED: Rule[MemberRenamed] = Rule(
    stream=lambda statement: member_stream(statement.body.member_id),
    needs=lambda statement: (Ref(MemberRecord, statement.body.member_id),),
    decide=_decide_rename,
    evolve=_evolve_rename,
)
SUSPENDED_RULE: Rule[MemberSuspended] = _status_rule(
    allowed_from=frozenset({ACTIVE}), to=SUSPENDED
)
REINSTATED: Rule[MemberReinstated] = _status_rule(
    allowed_from=frozenset({SUSPENDED}), to=ACTIVE
)
WITHDRAWN_RULE: Rule[MemberWithdrawn] = _status_rule(
    allowed_from=frozenset({ACTIVE, SUSPENDED}), to=WITHDRAWN
)
SUCCEEDED_RULE: Rule[MemberSucceeded] = Rule(
    stream=lambda statement: member_stream(statement.body.predecessor),
    needs=lambda statement: (
        Ref(MemberRecord, statement.body.predecessor),
        Ref(MemberRecord, statement.body.successor),
    ),
    decide=_decide_succession,
    evolve=_evolve_succession,
)
