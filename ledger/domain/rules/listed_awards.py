"""Awards of one list that are plain: what is asked of each, besides what all have.

An award that issues a result for the first time and ends no claim is decided by what
it has in common with others, and by three questions about its own names. If one of
these is answered otherwise than usual, or anything in common refuses, its rule judges.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ledger.domain.rules import may_say
from ledger.domain.rules.act import Act
from ledger.domain.rules.alike import Alike, alike
from ledger.domain.state import AccountRecord, LotRecord, Record, Slice, StatementRecord
from ledger.domain.statements.awards import Basis, CreditAwarded
from ledger.making import maker

_new_said: Final = maker(StatementRecord)

OPEN: Final[Mapping[str, bool | None]] = MappingProxyType(
    {"closed": False, "merged_into": None}
)
"""What an account says that is open and answers for itself."""


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


def is_usual(record: type[Record], found: Record | None) -> bool:
    """Tell whether what a plain award names is as usual.

    Its account is open and answers for itself; its id and its award are new.
    """
    if record is not AccountRecord:
        return found is None
    return found is not None and all(
        getattr(found, name) == value for name, value in OPEN.items()
    )


def evolve_plain(
    common: Alike, own: OwnOfAward, *, iss: str
) -> tuple[LotRecord, StatementRecord]:
    """Return the records that a plain award makes, whose names are as usual."""
    lot = common.new_lot(
        award_id=own.award_id,
        learner_id=own.learner_id,
        position=own.position,
        body_hash=own.body_hash,
        digests=own.digests,
    )
    said = _new_said(
        iss=iss, id=own.id, payload_hash=own.payload_hash, position=own.position
    )
    return lot, said
