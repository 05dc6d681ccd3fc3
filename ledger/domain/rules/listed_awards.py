"""Awards of one list that are plain: what is asked of each, besides what all have.

An award that issues a result for the first time and ends no claim is decided by what
it has in common with others, and by three questions about its own names. If one of
these is answered otherwise than usual, or anything in common refuses, its rule judges.
"""

from typing import Final, NamedTuple

from ledger.domain.rules import may_say
from ledger.domain.rules.act import Act
from ledger.domain.rules.alike import Alike, alike
from ledger.domain.state import (
    AccountRecord,
    LotRecord,
    Record,
    Slice,
    StatementRecord,
)
from ledger.domain.statements.awards import Basis, CreditAwarded
from ledger.making import maker

_new_said: Final = maker(StatementRecord)


class OwnOfAward(NamedTuple):
    """What a plain award has of its own, besides its times."""

    id: str
    award_id: str
    learner_id: str
    position: int
    payload_hash: str
    body_hash: str
    digests: tuple[str, ...]


def plain_alike(act: Act[CreditAwarded], state: Slice) -> Alike | None:
    """Return what a plain award has in common with others; None if it is not plain.

    Its own times are left to whoever asks.

    Raises:
        NotLoadedError: a record is missing from the slice; load it, ask again.
    """
    body = act.statement.body
    is_first = body.revision == 0 and body.replaces is None
    is_own = body.basis is Basis.ISSUED and body.claim is None and not act.tags
    if not (is_first and is_own and act.position and may_say(act, state)):
        return None
    return alike(act, state)


def evolve_plain(
    common: Alike, own: OwnOfAward, *, iss: str, state: Slice
) -> tuple[Record, ...] | None:
    """Return the records that a plain award makes, None if its rule must judge it.

    Raises:
        NotLoadedError: a record is missing from the slice; load it, ask again.
    """
    if state.find(StatementRecord, (iss, own.id)) is not None:
        return None
    account = state.find(AccountRecord, own.learner_id)
    if account is None or account.closed or account.merged_into is not None:
        return None
    identity = own.award_id
    if state.find(LotRecord, identity) is not None:
        return None
    lot = common.new_lot(
        award_id=identity,
        learner_id=own.learner_id,
        position=own.position,
        body_hash=own.body_hash,
        digests=own.digests,
    )
    said = _new_said(
        iss=iss, id=own.id, payload_hash=own.payload_hash, position=own.position
    )
    return lot, said
