"""Balances: what a learner has and had, and what it can count for.

Present and past are worked out alike, over lots with the parts and dates of the moment:
the writer's own, or those that entries and moves add up to.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from sqlalchemy import Connection

from ledger.domain.rules.shelf import expired_by
from ledger.domain.state import LotRecord
from ledger.domain.types import credits_text
from projections.asking import Asking
from projections.awards.folding import PARTS
from projections.balances.ground import Ground, Past, Present
from projections.balances.held import Held
from projections.balances.recognised import recognised_at
from projections.balances.usable import usable_for
from projections.holders import Holder, Ledger, State, contested_of, find_holder
from projections.moments import Moment

Answer = dict[str, object]

_PARTS: Final = ("awarded", *PARTS)
_APART: Final = ("contested", "flagged")
"""Of what is available, so much is in doubt."""
PARTS_MILLI: Final = tuple(f"{part}_milli" for part in _PARTS)
"""The fields of a lot that are added up."""
_parts_of = attrgetter(*PARTS_MILLI)


def balance(state: State, learner_id: str, *, today: str | None = None) -> Answer:
    """Return what a learner has now; shelf lives end by ``today``.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    holder = find_holder(state, learner_id)
    asked = _Asked(state=state, holder=holder, learner_id=learner_id, today=today)
    return _balance(asked, Present(state=state, holder=holder))


def past_balance(
    state: Ledger, connection: Connection, *, learner_id: str, moment: Moment
) -> Answer:
    """Return what a learner had, as recorded and effective at a moment.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    holder = find_holder(state, learner_id, position=moment.position)
    asked = _Asked(state=state, holder=holder, learner_id=learner_id, today=moment.day)
    ground = Past(state=state, connection=connection, holder=holder, moment=moment)
    return _balance(asked, ground)


def plain_balance(
    learner_id: str,
    *,
    account: Answer,
    earned_milli: int,
    own: Counter[str],
    lots: Sequence[Held],
) -> Answer:
    """Return what a learner has who studies nowhere now, and of which all is certain.

    ``lots`` are in the order they were recorded, and expired where they are. Several of
    one member may be one, if they differ in their amounts only; ``own`` says how many
    of each member's are its own.
    """
    issued = _issued(lots, frozenset(), own=own)
    told = _told(
        learner_id, account, earned_milli=earned_milli, issued=issued, lots=lots
    )
    return {**told, "usable_for": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    state: State
    holder: Holder
    learner_id: str
    today: str | None


def _balance(asked: _Asked, ground: Ground) -> Answer:
    lots = [expired_by(lot, asked.today) for lot in ground.lots()]
    asking = Asking(asked.state)
    own = Counter(lot.issuer for lot in lots if is_own(lot))
    told = _told(
        asked.learner_id,
        asked.holder.as_object(),
        earned_milli=_earned_milli(lots),
        issued=_issued(lots, contested_of(asked.state, lots), own=own),
        lots=lots,
    )
    usable = usable_for(ground, lots, asking=asking, today=asked.today)
    return {**told, "usable_for": usable}


def _told(
    learner_id: str,
    account: Answer,
    *,
    earned_milli: int,
    issued: list[Answer],
    lots: Sequence[Held],
) -> Answer:
    return {
        "learner_id": learner_id,
        "account": account,
        "earned": credits_text(earned_milli),
        "issued": issued,
        "recognised_at": recognised_at(lots),
    }


def _earned_milli(lots: Iterable[LotRecord]) -> int:
    # Only what goes back to itself was learned; what was converted counts at its root.
    return sum(
        lot.awarded_milli - lot.revoked_milli
        for lot in lots
        if all(root.award_id == lot.award_id for root in lot.roots)
    )


def is_own(lot: Held) -> bool:
    """Tell whether a lot is an achievement that its member stands for."""
    return lot.exchange_id is None and not lot.revoked


def _issued(
    lots: Iterable[Held], contested: frozenset[str], *, own: Counter[str]
) -> list[Answer]:
    members: dict[str, list[Held]] = {}
    for lot in lots:
        members.setdefault(lot.issuer, []).append(lot)
    return [
        {"member": member, "achievements": own[member], **_sums(given, contested)}
        for member, given in sorted(members.items())
    ]


def _sums(lots: Sequence[Held], contested: frozenset[str]) -> Answer:
    sums = map(sum, zip(*map(_parts_of, lots), strict=True))
    doubtful = [lot.available_milli for lot in lots if lot.award_id in contested]
    flagged = [lot.available_milli for lot in lots if lot.flags]
    named = zip((*_PARTS, *_APART), (*sums, sum(doubtful), sum(flagged)), strict=True)
    return {part: credits_text(amount) for part, amount in named}
