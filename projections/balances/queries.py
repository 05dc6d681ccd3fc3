"""Balances: the present from the writer's lots, the past from the postings."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, select
from sqlalchemy.orm import aliased

from ledger.domain.state import LotRecord
from ledger.domain.types import credits_milli, credits_text
from projections.awards.queries import awards_held
from projections.holders import Holder, State, contested_of, find_holder, lots_of
from projections.moments import Moment, Window
from projections.tables import posting_accounts, postings

Answer = dict[str, object]

PAGE: Final = 500
_PARTS = ("awarded", "available", "held", "exchanged", "redeemed", "expired", "revoked")


def balance(state: State, learner_id: str) -> Answer:
    """Return what a learner has now.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    holder = find_holder(state, learner_id)
    lots = lots_of(state, holder)
    contested = contested_of(state, lots)
    members: dict[str, Counter[str]] = {}
    for lot in lots:
        sums = members.setdefault(lot.issuer, Counter())
        sums["achievements"] += 0 if lot.revoked else 1
        for part in _PARTS:
            sums[part] += getattr(lot, f"{part}_milli")
        if lot.award_id in contested:
            sums["contested"] += lot.available_milli
    return _answer(learner_id, holder, members=members, earned_milli=_earned(lots))


def _earned(lots: Iterable[LotRecord]) -> int:
    # Only what goes back to itself was learned; what was converted counts at its root.
    return sum(
        lot.awarded_milli - lot.revoked_milli
        for lot in lots
        if all(root.award_id == lot.award_id for root in lot.roots)
    )


def past_balance(
    state: State, connection: Connection, *, learner_id: str, moment: Moment
) -> Answer:
    """Return what a learner had, as recorded and effective at a moment.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    holder = find_holder(state, learner_id, position=moment.position)
    members: dict[str, Counter[str]] = {}
    for member, counterpart, amount in connection.execute(_movements(holder, moment)):
        sums = members.setdefault(member, Counter())
        sums["available"] += int(amount)
        if counterpart == "issued":
            sums["awarded"] += int(amount)
        else:
            sums[counterpart] -= int(amount)
    # Awards without credits move nothing, and doubts are about awards.
    holding = set()
    for award in awards_held(
        state, connection, holder=holder, window=Window(limit=PAGE), moment=moment
    ):
        holding.add(award["issuer"])
        sums = members.setdefault(award["issuer"], Counter())
        sums["achievements"] += 0 if award["status"] == "revoked" else 1
        if award["contested"]:
            sums["contested"] += credits_milli(award["available"])
    # Where an award was redated, its movements at the old date cancel out.
    for member in members.keys() - holding:
        if not any(members[member].values()):
            del members[member]
    earned = sum(sums["awarded"] - sums["revoked"] for sums in members.values())
    return _answer(learner_id, holder, members=members, earned_milli=earned)


def _movements(holder: Holder, moment: Moment) -> Select[Any]:  # Any: three columns.
    other, other_account = aliased(postings), aliased(posting_accounts)
    conditions = [
        posting_accounts.c.learner_id.in_(holder.learner_ids),
        posting_accounts.c.part == "available",
        postings.c.position <= moment.position,
    ]
    if moment.effective_on is not None:
        conditions.append(postings.c.effective_on <= moment.effective_on)
    return (
        select(
            posting_accounts.c.member,
            other_account.c.part,
            func.sum(postings.c.amount_milli),
        )
        .join(postings, postings.c.account_id == posting_accounts.c.id)
        .join(
            other,
            and_(
                other.c.position == postings.c.position,
                other.c.side == postings.c.side + 1 - 2 * (postings.c.side % 2),
            ),
        )
        .join(other_account, other_account.c.id == other.c.account_id)
        .where(*conditions)
        .group_by(posting_accounts.c.member, other_account.c.part)
        .order_by(posting_accounts.c.member, other_account.c.part)
    )


def _answer(
    learner_id: str,
    holder: Holder,
    *,
    members: dict[str, Counter[str]],
    earned_milli: int,
) -> Answer:
    return {
        "learner_id": learner_id,
        "account": holder.as_object(),
        "earned": credits_text(earned_milli),
        "issued": [
            {
                "member": member,
                "achievements": sums["achievements"],
                **{part: credits_text(sums[part]) for part in (*_PARTS, "contested")},
            }
            for member, sums in sorted(members.items())
        ],
        "recognised_at": [],
        "usable_for": [],
    }
