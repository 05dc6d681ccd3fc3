"""What counts in an enrolment: room in its requirements, roots, the last credits.

Everything here is about one redemption on top of those before it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.shapes import Outcome
from ledger.domain.rules.envelope import is_one, present
from ledger.domain.state import (
    EnrolmentRecord,
    LotRecord,
    Part,
    ProgrammeRecord,
    RedemptionRecord,
    RootCountRecord,
    Slice,
)
from ledger.domain.statements.awards import Basis
from ledger.domain.statements.programmes import Requirement
from ledger.domain.types import Nature, credits_milli


class Share(NamedTuple):
    """How much of a root counts, and by how many lots that did not count before."""

    amount_milli: int
    lots: int


def counts_toward(
    lot: LotRecord, requirement: Requirement, *, enrolment: EnrolmentRecord
) -> bool:
    """Converted for it, named by it, or an elective where electives are asked."""
    if lot.exchange_id is not None and lot.enrolment_id != enrolment.enrolment_id:
        return False
    if lot.requirement is not None:
        return lot.requirement == requirement.code
    if lot.achievement is not None:
        return lot.achievement.partition("@")[0] in requirement.satisfied_by
    elective = lot.outcome is Outcome.ELECTIVE_CREDIT
    return elective and requirement.nature is Nature.ELECTIVE


def counted_milli(enrolment: EnrolmentRecord, requirement: str) -> int:
    """Return how much of a requirement is met so far."""
    return sum(
        one.amount_milli for one in enrolment.counted if one.requirement == requirement
    )


def check_room(
    enrolment: EnrolmentRecord, requirement: Requirement, *, parts: Iterable[Part]
) -> None:
    """Check that a requirement has room for so much.

    Raises:
        RequirementFullError: it has not.
    """
    added = sum(part.amount_milli for part in parts)
    room = credits_milli(requirement.credits) - counted_milli(
        enrolment, requirement.code
    )
    if added > room:
        raise errors.RequirementFullError(pointer="/body/lots", room_milli=room)


def root_shares(
    lots: Iterable[LotRecord],
    parts: Iterable[Part],
    *,
    enrolment_id: str,
    state: Slice,
) -> dict[str, Share]:
    """Return for every root how much of it these parts count, on top of the lots.

    Shares are differences of rounded sums: however a lot is cut, they add up.
    """
    shares: dict[str, Share] = {}
    for lot, part in zip(lots, parts, strict=True):
        done, new = (
            lot.redeemed_milli,
            0 if _counts(lot, enrolment_id, state=state) else 1,
        )
        for root in lot.roots:
            # A lot without credits stands for all of its root.
            amount = root.amount_milli
            if lot.awarded_milli:
                upto = root.amount_milli * (done + part.amount_milli)
                before = root.amount_milli * done // lot.awarded_milli
                amount = upto // lot.awarded_milli - before
            so_far = shares.get(root.award_id, Share(0, 0))
            shares[root.award_id] = Share(
                amount_milli=so_far.amount_milli + amount, lots=so_far.lots + new
            )
    return shares


def _counts(lot: LotRecord, enrolment_id: str, *, state: Slice) -> bool:
    redeemed = (present(state, RedemptionRecord, key=one) for one in lot.redemptions)
    return any(one.enrolment_id == enrolment_id for one in redeemed)


def check_roots(
    enrolment: EnrolmentRecord,
    lots: Sequence[LotRecord],
    *,
    parts: Sequence[Part],
    state: Slice,
) -> None:
    """Check that no root counts twice in an enrolment, directly or converted.

    Raises:
        RootUsedError: it would; a root without credits counts by one lot only.
    """
    own = enrolment.enrolment_id
    for root, share in root_shares(lots, parts, enrolment_id=own, state=state).items():
        known = state.find(RootCountRecord, (own, root))
        counted, times = (0, 0) if known is None else (known.amount_milli, known.times)
        whole = present(state, LotRecord, key=root).awarded_milli
        again = share.lots > 0 and times + share.lots > 1
        if counted + share.amount_milli > whole or (again and not whole):
            raise errors.RootUsedError(pointer="/body/lots", root=root)


def check_last_at_home(
    enrolment: EnrolmentRecord,
    programme: ProgrammeRecord,
    *,
    lots: Sequence[LotRecord],
    parts: Sequence[Part],
    state: Slice,
) -> None:
    """Check that what is left to earn is room for the last credits, earned at home.

    Raises:
        LastAtHomeError: credits from elsewhere would leave too little.
    """
    roots = {root.award_id for lot in lots for root in lot.roots}
    origins = (present(state, LotRecord, key=root) for root in sorted(roots))
    away = not all(is_home(one, enrolment, state=state) for one in origins)
    added = sum(part.amount_milli for part in parts)
    counted = sum(one.amount_milli for one in enrolment.counted)
    left = programme.credits_milli - counted - added
    if away and left < programme.last_at_home_milli:
        raise errors.LastAtHomeError(
            pointer="/body/lots", last_milli=programme.last_at_home_milli
        )


def is_home(origin: LotRecord, enrolment: EnrolmentRecord, *, state: Slice) -> bool:
    """Tell whether something was learned at the school, not only attested by it.

    Whom it has succeeded, and whoever has succeeded it, is the school itself.
    """
    own = is_one(state, enrolment.school, other=origin.issuer)
    return own and origin.basis is Basis.ISSUED
