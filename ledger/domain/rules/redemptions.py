"""Rules of redemptions and of expiry: where credits come to their end."""

from collections.abc import Iterable

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.shapes import Outcome
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.awards import award_stream
from ledger.domain.rules.eligibility import check_not_expired, check_usable
from ledger.domain.rules.envelope import present
from ledger.domain.rules.holds import moved, parts_in
from ledger.domain.rules.programmes import own_enrolment
from ledger.domain.rules.scopes import accounts_of, check_scope
from ledger.domain.state import (
    Counted,
    EnrolmentRecord,
    LotRecord,
    Part,
    ProgrammeRecord,
    Record,
    RedemptionRecord,
    Ref,
    RootCountRecord,
    Slice,
)
from ledger.domain.statements.accounts import Scope
from ledger.domain.statements.exchanges import (
    CreditExpired,
    CreditRedeemed,
    RedemptionReversed,
)
from ledger.domain.statements.programmes import Requirement
from ledger.domain.types import Nature, credits_milli


def _redemption_needs(statement: CreditRedeemed) -> Iterable[Ref]:
    body = statement.body
    yield Ref(RedemptionRecord, body.redemption_id)
    yield Ref(EnrolmentRecord, body.enrolment_id)
    yield from (Ref(LotRecord, lot.award_id) for lot in body.lots)


def _decide_redemption(act: Act[CreditRedeemed], state: Slice) -> None:
    statement, body = act.statement, act.statement.body
    enrolment = own_enrolment(state, body.enrolment_id, iss=statement.iss)
    check_scope(
        state,
        learner_id=enrolment.learner_id,
        iss=statement.iss,
        scope=Scope.REDEEM,
        on=act.recorded_on,
    )
    if state.find(RedemptionRecord, body.redemption_id) is not None:
        raise errors.RedemptionExistsError(pointer="/body/redemption_id")
    programme = present(state, ProgrammeRecord, key=enrolment.programme)
    requirement = programme.requirement(body.requirement)
    if requirement is None:
        raise errors.RequirementError(pointer="/body/requirement")
    parts = parts_in(act.statement.body.lots)
    lots = _lots(parts, state)
    for number, (lot, part) in enumerate(zip(lots, parts, strict=True)):
        pointer = f"/body/lots/{number}"
        _check_lot(lot, part, state, enrolment=enrolment, pointer=pointer)
        check_not_expired(lot, on=act.recorded_on, pointer=pointer)
        if not _counts_toward(lot, requirement, enrolment):
            raise errors.RequirementError(pointer=f"{pointer}/award_id")
    _check_room(enrolment, requirement, parts)
    _check_roots(enrolment, lots, parts, state=state)
    _check_last_at_home(enrolment, programme, lots, parts=parts, state=state)


def _lots(parts: Iterable[Part], state: Slice) -> list[LotRecord]:
    found: list[LotRecord] = []
    for number, part in enumerate(parts):
        lot = state.find(LotRecord, part.award_id)
        pointer = f"/body/lots/{number}/award_id"
        if lot is None:
            raise errors.LotUnusableError(pointer=pointer, reason="unknown")
        if lot in found:
            raise errors.LotRepeatedError(pointer=pointer)
        found.append(lot)
    return found


def _check_lot(
    lot: LotRecord,
    part: Part,
    state: Slice,
    *,
    enrolment: EnrolmentRecord,
    pointer: str,
) -> None:
    accounts = accounts_of(state, enrolment.learner_id)
    learner_ids = {one.learner_id for one in accounts}
    check_usable(lot, state, pointer=pointer, learner_ids=learner_ids)
    amount = part.amount_milli
    if amount > lot.available_milli or (not amount and lot.awarded_milli):
        raise errors.LotInsufficientError(
            pointer=f"{pointer}/credits", left_milli=lot.available_milli
        )


def _counts_toward(
    lot: LotRecord, requirement: Requirement, enrolment: EnrolmentRecord
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


def _check_room(
    enrolment: EnrolmentRecord, requirement: Requirement, parts: Iterable[Part]
) -> None:
    added = sum(part.amount_milli for part in parts)
    room = credits_milli(requirement.credits) - counted_milli(
        enrolment, requirement.code
    )
    if added > room:
        raise errors.RequirementFullError(pointer="/body/lots", room_milli=room)


def _root_shares(
    lots: Iterable[LotRecord], parts: Iterable[Part]
) -> dict[str, tuple[int, int]]:
    """Return for every root how much of it is used, and in how many lots."""
    shares: dict[str, tuple[int, int]] = {}
    for lot, part in zip(lots, parts, strict=True):
        for root in lot.roots:
            share = 0
            if lot.awarded_milli:
                share = root.amount_milli * part.amount_milli // lot.awarded_milli
            amount, times = shares.get(root.award_id, (0, 0))
            shares[root.award_id] = (amount + share, times + 1)
    return shares


def _check_roots(
    enrolment: EnrolmentRecord,
    lots: Iterable[LotRecord],
    parts: Iterable[Part],
    *,
    state: Slice,
) -> None:
    for root, (amount, times) in _root_shares(lots, parts).items():
        known = state.find(RootCountRecord, (enrolment.enrolment_id, root))
        before = 0 if known is None else known.amount_milli
        again = times > 1 or (known is not None and known.times > 0)
        total = present(state, LotRecord, key=root).awarded_milli
        if again and (before + amount > total or amount == 0):
            raise errors.RootUsedError(pointer="/body/lots", root=root)


def _check_last_at_home(
    enrolment: EnrolmentRecord,
    programme: ProgrammeRecord,
    lots: Iterable[LotRecord],
    *,
    parts: Iterable[Part],
    state: Slice,
) -> None:
    """What is left to earn after credits from elsewhere must be room for the last."""
    away, added = False, 0
    for lot, part in zip(lots, parts, strict=True):
        added += part.amount_milli
        origins = (present(state, LotRecord, key=one.award_id) for one in lot.roots)
        away = away or any(one.issuer != enrolment.school for one in origins)
    counted = sum(one.amount_milli for one in enrolment.counted)
    left = programme.credits_milli - counted - added
    if away and left < programme.last_at_home_milli:
        raise errors.LastAtHomeError(
            pointer="/body/lots", last_milli=programme.last_at_home_milli
        )


def _evolve_redemption(act: Act[CreditRedeemed], state: Slice) -> Iterable[Record]:
    body, parts = act.statement.body, parts_in(act.statement.body.lots)
    enrolment = present(state, EnrolmentRecord, key=body.enrolment_id)
    yield RedemptionRecord(
        redemption_id=body.redemption_id,
        enrolment_id=body.enrolment_id,
        learner_id=enrolment.learner_id,
        requirement=body.requirement,
        lots=parts,
        position=act.position,
    )
    yield from _counting(enrolment, body.requirement, parts, state=state, sign=1)


def _counting(
    enrolment: EnrolmentRecord,
    requirement: str,
    parts: tuple[Part, ...],
    *,
    state: Slice,
    sign: int,
) -> Iterable[Record]:
    """Count parts toward a requirement, or with a ``sign`` of -1 no longer."""
    lots = [present(state, LotRecord, key=part.award_id) for part in parts]
    for lot, part in zip(lots, parts, strict=True):
        amount = sign * part.amount_milli
        yield moved(lot, available_milli=-amount, redeemed_milli=amount)
    for root, (amount, times) in _root_shares(lots, parts).items():
        known = state.find(RootCountRecord, (enrolment.enrolment_id, root))
        before = (0, 0) if known is None else (known.amount_milli, known.times)
        yield RootCountRecord(
            enrolment_id=enrolment.enrolment_id,
            root=root,
            amount_milli=before[0] + sign * amount,
            times=before[1] + sign * times,
        )
    added = sign * sum(part.amount_milli for part in parts)
    others = tuple(one for one in enrolment.counted if one.requirement != requirement)
    now = counted_milli(enrolment, requirement) + added
    counted = (*others, Counted(requirement=requirement, amount_milli=now))
    yield EnrolmentRecord(**{**dict(enrolment), "counted": counted})


def _decide_reversal(act: Act[RedemptionReversed], state: Slice) -> None:
    redemption = state.find(RedemptionRecord, act.statement.body.redemption_id)
    if redemption is None or redemption.reversed:
        raise errors.UnknownRedemptionError(pointer="/body/redemption_id")
    own_enrolment(state, redemption.enrolment_id, iss=act.statement.iss)


def _evolve_reversal(act: Act[RedemptionReversed], state: Slice) -> Iterable[Record]:
    key = act.statement.body.redemption_id
    redemption = present(state, RedemptionRecord, key=key)
    enrolment = present(state, EnrolmentRecord, key=redemption.enrolment_id)
    yield RedemptionRecord(**{**dict(redemption), "reversed": True})
    yield from _counting(
        enrolment, redemption.requirement, redemption.lots, state=state, sign=-1
    )


def _decide_expiry(act: Act[CreditExpired], state: Slice) -> None:
    body = act.statement.body
    lot = state.find(LotRecord, body.award_id)
    if lot is None:
        raise errors.LotUnusableError(pointer="/body/award_id", reason="unknown")
    due = lot.expires_on is not None and lot.expires_on < act.recorded_on
    if not due or lot.expires_on != body.expired_on:
        raise errors.NotDueError(pointer="/body/expired_on")
    amount = credits_milli(body.credits)
    if amount != lot.available_milli or amount == 0:
        raise errors.LotInsufficientError(
            pointer="/body/credits", left_milli=lot.available_milli
        )


def _evolve_expiry(act: Act[CreditExpired], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    amount = credits_milli(body.credits)
    lot = present(state, LotRecord, key=body.award_id)
    yield moved(lot, available_milli=-amount, expired_milli=amount)


REDEEMED: Rule[CreditRedeemed] = Rule(
    stream=lambda statement: f"redemption:{statement.body.redemption_id}",
    needs=_redemption_needs,
    decide=_decide_redemption,
    evolve=_evolve_redemption,
)
REVERSED: Rule[RedemptionReversed] = Rule(
    stream=lambda statement: f"redemption:{statement.body.redemption_id}",
    needs=lambda statement: (Ref(RedemptionRecord, statement.body.redemption_id),),
    decide=_decide_reversal,
    evolve=_evolve_reversal,
)
EXPIRED: Rule[CreditExpired] = Rule(
    stream=lambda statement: award_stream(statement.body.award_id),
    needs=lambda statement: (Ref(LotRecord, statement.body.award_id),),
    decide=_decide_expiry,
    evolve=_evolve_expiry,
)
