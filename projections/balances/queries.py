"""Balances: what a learner has and had, and what it can count for.

Present and past are worked out alike, over lots with the parts and dates of the moment:
the writer's own, or those that entries and moves add up to.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from ledger.domain.rules.shelf import expired_by
from ledger.domain.state import LotRecord
from ledger.domain.types import credits_text
from projections.asking import Asking
from projections.balances.ground import Ground, Past, Present
from projections.balances.recognised import recognised_at
from projections.balances.usable import usable_for
from projections.holders import Holder, Ledger, State, contested_of, find_holder
from projections.moments import Moment

Answer = dict[str, object]

_PARTS: Final = (
    "awarded",
    "available",
    "held",
    "exchanged",
    "redeemed",
    "expired",
    "revoked",
)
_APART: Final = ("contested", "flagged")
"""Of what is available, so much is in doubt."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    state: State
    holder: Holder
    learner_id: str
    today: str | None


def _balance(asked: _Asked, ground: Ground) -> Answer:
    lots = [expired_by(lot, asked.today) for lot in ground.lots()]
    contested = contested_of(asked.state, lots)
    asking = Asking(asked.state)
    return {
        "learner_id": asked.learner_id,
        "account": asked.holder.as_object(),
        "earned": credits_text(_earned(lots)),
        "issued": _issued(lots, contested),
        "recognised_at": recognised_at(lots),
        "usable_for": usable_for(ground, lots, asking=asking, today=asked.today),
    }


def _earned(lots: Iterable[LotRecord]) -> int:
    # Only what goes back to itself was learned; what was converted counts at its root.
    return sum(
        lot.awarded_milli - lot.revoked_milli
        for lot in lots
        if all(root.award_id == lot.award_id for root in lot.roots)
    )


def _issued(lots: Sequence[LotRecord], contested: frozenset[str]) -> list[Answer]:
    members: dict[str, Counter[str]] = {}
    for lot in lots:
        sums = members.setdefault(lot.issuer, Counter())
        own = lot.exchange_id is None and not lot.revoked
        sums["achievements"] += 1 if own else 0
        for part in _PARTS:
            sums[part] += getattr(lot, f"{part}_milli")
        if lot.award_id in contested:
            sums["contested"] += lot.available_milli
        if lot.flags:
            sums["flagged"] += lot.available_milli
    return [
        {
            "member": member,
            "achievements": sums["achievements"],
            **{part: credits_text(sums[part]) for part in (*_PARTS, *_APART)},
        }
        for member, sums in sorted(members.items())
    ]
