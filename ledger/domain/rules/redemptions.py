"""Rules of redemptions and of expiry: where credits come to their end."""

from collections.abc import Iterable

from ledger.domain.errors import exchanges as errors
from ledger.domain.errors import programmes as programme_errors
from ledger.domain.language.dates import add_months
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.awards import award_stream
from ledger.domain.rules.counted import (
    check_last_at_home,
    check_room,
    check_roots,
    counted_milli,
    counts_toward,
    root_shares,
)
from ledger.domain.rules.dates import effective_from
from ledger.domain.rules.eligibility import check_not_expired
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.holds import moved, parts_in
from ledger.domain.rules.offers import check_sound
from ledger.domain.rules.policies import policies_on
from ledger.domain.rules.scopes import accounts_of, check_identified, check_scope
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
from ledger.domain.types import credits_milli


def _redemption_needs(statement: CreditRedeemed) -> Iterable[Ref]:
    body = statement.body
    yield Ref(RedemptionRecord, body.redemption_id)
    yield Ref(EnrolmentRecord, body.enrolment_id)
    yield from (Ref(LotRecord, lot.award_id) for lot in body.lots)


def _decide_redemption(act: Act[CreditRedeemed], state: Slice) -> None:
    body, on = act.statement.body, act.recorded_on
    enrolment = _enrolment(act, state)
    if state.find(RedemptionRecord, body.redemption_id) is not None:
        raise errors.RedemptionExistsError(pointer="/body/redemption_id")
    programme = present(state, ProgrammeRecord, key=enrolment.programme)
    parts = parts_in(body.lots)
    lots = _lots(parts, state)
    accounts = accounts_of(state, enrolment.learner_id)
    learner_ids = {one.learner_id for one in accounts}
    for number, lot in enumerate(lots):
        pointer = f"/body/lots/{number}"
        check_sound(lot, state, pointer=pointer, learner_ids=learner_ids)
    if enrolment.ended_on is not None:
        raise programme_errors.EnrolmentEndedError(pointer="/body/enrolment_id")
    ages = _shelf_lives(programme, state, on=on)
    for number, (lot, part) in enumerate(zip(lots, parts, strict=True)):
        pointer = f"/body/lots/{number}"
        _check_age(lot, ages, on=on, pointer=pointer)
        _check_enough(lot, part, pointer=pointer)
    requirement = _requirement(
        programme, body.requirement, lots=lots, enrolment=enrolment
    )
    check_room(enrolment, requirement, parts=parts)
    check_roots(enrolment, lots, parts=parts, state=state)
    check_last_at_home(enrolment, programme, lots=lots, parts=parts, state=state)


def _enrolment(act: Act[CreditRedeemed], state: Slice) -> EnrolmentRecord:
    statement, pointer = act.statement, "/body/enrolment_id"
    enrolment = state.find(EnrolmentRecord, statement.body.enrolment_id)
    if enrolment is None:
        raise programme_errors.UnknownEnrolmentError(pointer=pointer)
    check_scope(
        state,
        learner_id=enrolment.learner_id,
        iss=statement.iss,
        scope=Scope.REDEEM,
        on=act.recorded_on,
    )
    check_identified(state, enrolment.learner_id, pointer=pointer)
    if not answers_for(state, iss=statement.iss, member_id=enrolment.school):
        raise programme_errors.NotTheSchoolError(pointer=pointer)
    return enrolment


def _requirement(
    programme: ProgrammeRecord,
    code: str,
    *,
    lots: Iterable[LotRecord],
    enrolment: EnrolmentRecord,
) -> Requirement:
    requirement = programme.requirement(code)
    if requirement is None:
        raise errors.RequirementError(pointer="/body/requirement")
    for number, lot in enumerate(lots):
        if not counts_toward(lot, requirement, enrolment=enrolment):
            raise errors.RequirementError(pointer=f"/body/lots/{number}/award_id")
    return requirement


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


def _shelf_lives(
    programme: ProgrammeRecord, state: Slice, *, on: str
) -> tuple[int, ...]:
    policies = (one.shelf_life_months for one in policies_on(state, on))
    found = (programme.shelf_life_months, *policies)
    return tuple(months for months in found if months is not None)


def _check_age(lot: LotRecord, ages: Iterable[int], *, on: str, pointer: str) -> None:
    """The stricter binds: the issuer's shelf life, the programme's, or a policy's."""
    check_not_expired(lot, on=on, pointer=pointer)
    began = effective_from(
        assessed_on=lot.assessed_on,
        learned_to=lot.learned_to,
        recorded_on=lot.recorded_on,
    )
    last = min((add_months(began, months) for months in ages), default=on)
    if last < on:
        raise errors.LotExpiredError(pointer=f"{pointer}/award_id", expired_on=last)


def _check_enough(lot: LotRecord, part: Part, *, pointer: str) -> None:
    amount = part.amount_milli
    if amount > lot.available_milli or (not amount and lot.awarded_milli):
        raise errors.LotInsufficientError(
            pointer=f"{pointer}/credits", left_milli=lot.available_milli
        )


def _evolve_redemption(act: Act[CreditRedeemed], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    enrolment = present(state, EnrolmentRecord, key=body.enrolment_id)
    redemption = RedemptionRecord(
        redemption_id=body.redemption_id,
        enrolment_id=body.enrolment_id,
        learner_id=enrolment.learner_id,
        requirement=body.requirement,
        lots=parts_in(body.lots),
        position=act.position,
    )
    yield redemption
    yield from _counting(enrolment, redemption, state=state, sign=1)


def _counted_lot(
    lot: LotRecord, part: Part, *, sign: int, redemption_id: str
) -> LotRecord:
    others = tuple(one for one in lot.redemptions if one != redemption_id)
    redemptions = (*others, redemption_id) if sign > 0 else others
    amount = sign * part.amount_milli
    counted = moved(lot, available_milli=-amount, redeemed_milli=amount)
    return LotRecord(**{**dict(counted), "redemptions": redemptions})


def _counting(
    enrolment: EnrolmentRecord,
    redemption: RedemptionRecord,
    *,
    state: Slice,
    sign: int,
) -> Iterable[Record]:
    """Count a redemption toward its requirement, or with a ``sign`` of -1 no longer."""
    parts, requirement = redemption.lots, redemption.requirement
    redemption_id = redemption.redemption_id
    own = enrolment.enrolment_id
    lots = [present(state, LotRecord, key=part.award_id) for part in parts]
    counted_lots = [
        _counted_lot(lot, part, sign=sign, redemption_id=redemption_id)
        for lot, part in zip(lots, parts, strict=True)
    ]
    yield from counted_lots
    without = lots if sign > 0 else counted_lots
    shares = root_shares(without, parts, enrolment_id=own, state=state)
    for root, share in shares.items():
        known = state.find(RootCountRecord, (own, root))
        before = (0, 0) if known is None else (known.amount_milli, known.times)
        yield RootCountRecord(
            enrolment_id=own,
            root=root,
            amount_milli=before[0] + sign * share.amount_milli,
            times=before[1] + sign * share.lots,
        )
    added = sign * sum(part.amount_milli for part in parts)
    others = tuple(one for one in enrolment.counted if one.requirement != requirement)
    now = counted_milli(enrolment, requirement) + added
    counted = (*others, Counted(requirement=requirement, amount_milli=now))
    kept = tuple(one for one in enrolment.redemptions if one != redemption_id)
    changes = {
        "counted": counted,
        "redemptions": (*kept, redemption_id) if sign > 0 else kept,
    }
    yield EnrolmentRecord(**{**dict(enrolment), **changes})


def _decide_reversal(act: Act[RedemptionReversed], state: Slice) -> None:
    redemption = state.find(RedemptionRecord, act.statement.body.redemption_id)
    if redemption is None or redemption.reversed:
        raise errors.UnknownRedemptionError(pointer="/body/redemption_id")
    # Also once the enrolment has ended: what was wrong in it can still be put right.
    enrolment = present(state, EnrolmentRecord, key=redemption.enrolment_id)
    if not answers_for(state, iss=act.statement.iss, member_id=enrolment.school):
        raise programme_errors.NotTheSchoolError(pointer="/body/redemption_id")


def _evolve_reversal(act: Act[RedemptionReversed], state: Slice) -> Iterable[Record]:
    key = act.statement.body.redemption_id
    redemption = present(state, RedemptionRecord, key=key)
    enrolment = present(state, EnrolmentRecord, key=redemption.enrolment_id)
    yield RedemptionRecord(**{**dict(redemption), "reversed": True})
    yield from _counting(enrolment, redemption, state=state, sign=-1)


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
