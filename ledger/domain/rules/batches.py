"""Rules of a batch: one signature for many lines, all or nothing.

The header takes a position of its own and makes its id used; every line is then
decided as the statement it is.
"""

from dataclasses import dataclass

from ledger.domain.errors.statements import MemberSuspendedError, MemberWithdrawnError
from ledger.domain.rules.envelope import (
    ACTIVE,
    SUSPENDED,
    Signer,
    check_signer,
    check_times,
    check_unused,
)
from ledger.domain.state import Record, Slice, StatementRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAct:
    """The header of a batch at its place in the log."""

    iss: str
    id: str
    aud: str
    iat: str
    exp: str
    kid: str
    payload_hash: str
    position: int
    recorded_at: str


def batch_stream(*, iss: str, identity: str) -> str:
    """Return the stream of a batch."""
    return f"batch:{iss}/{identity}"


def decide_batch(act: BatchAct, state: Slice) -> None:
    """Accept the header by returning, or refuse the whole batch.

    Raises:
        RejectionError: the first fault in the order of ``errors/precedence.py``.
    """
    at = act.recorded_at
    signer = Signer(iss=act.iss, aud=act.aud, kid=act.kid, type_name="batch.v1")
    member = check_signer(state, signer, at=at)
    check_unused(state, iss=act.iss, identity=act.id, payload_hash=act.payload_hash)
    check_times(iat=act.iat, exp=act.exp, at=at)
    if member.status == SUSPENDED:
        raise MemberSuspendedError(pointer="/iss")
    if member.status != ACTIVE:
        raise MemberWithdrawnError(pointer="/iss")


def evolve_batch(act: BatchAct) -> tuple[Record, ...]:
    """Return the records that an accepted header changes."""
    return (
        StatementRecord(
            iss=act.iss,
            id=act.id,
            payload_hash=act.payload_hash,
            position=act.position,
        ),
    )
