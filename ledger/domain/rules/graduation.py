"""What an enrolment has and lacks for graduation, lot by lot (毕业资格审核).

Pure over records: the school that asks, the writer that decides and the auditor that
replays work it out with this one function. Nothing here depends on a date: what was
redeemed in time counts, and nothing expires after that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.domain.errors.exchanges import LotUnusableError
from ledger.domain.errors.graduation import AssessmentTooLargeError
from ledger.domain.language.shapes import Outcome
from ledger.domain.rules.bounds import BoundStanding, bounds_of
from ledger.domain.rules.envelope import present
from ledger.domain.rules.offers import check_sound
from ledger.domain.rules.scopes import accounts_of
from ledger.domain.state import (
    EnrolmentRecord,
    LotRecord,
    ProgrammeRecord,
    RedemptionRecord,
    Slice,
)
from ledger.domain.statements.graduation import LOTS_MAX, Doubt
from ledger.domain.statements.programmes import Requirement
from ledger.domain.types import credits_milli


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemedLot:
    """What of a lot was redeemed toward a requirement; in doubt it does not count."""

    lot: LotRecord
    amount_milli: int
    doubt: Doubt | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementStanding:
    """One requirement, and what was redeemed toward it, in the order it was."""

    requirement: Requirement
    lots: tuple[RedeemedLot, ...]

    @property
    def needed_milli(self) -> int:
        """Return what the requirement asks."""
        return credits_milli(self.requirement.credits)

    @property
    def sound(self) -> tuple[RedeemedLot, ...]:
        """Return what counts."""
        return tuple(one for one in self.lots if one.doubt is None)

    @property
    def counted_milli(self) -> int:
        """Return how much counts."""
        return sum(one.amount_milli for one in self.sound)

    @property
    def is_met(self) -> bool:
        """Tell whether enough counts.

        Where no credits are asked, something must have been redeemed; and what an
        exchange recognised as the requirement met meets it, without any credits.
        """
        if any(one.lot.outcome is Outcome.REQUIREMENT_MET for one in self.sound):
            return True
        return bool(self.sound) and self.counted_milli >= self.needed_milli


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything that graduation asks.

    ``unplaced`` are redemptions toward requirements that the programme version of
    today does not have: they do not count.
    """

    enrolment: EnrolmentRecord
    programme: ProgrammeRecord
    requirements: tuple[RequirementStanding, ...]
    bounds: tuple[BoundStanding, ...]
    unplaced: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        """Tell whether all of it is met."""
        required = all(one.is_met for one in self.requirements)
        return required and all(one.is_met for one in self.bounds)


def assess(enrolment: EnrolmentRecord, state: Slice) -> Assessment:
    """Return what an enrolment has and lacks.

    A lot that is flagged, contested, no longer passed or no longer the learner's is
    shown and does not count, until whoever must decide has decided.

    Raises:
        AssessmentTooLargeError: more counts than one statement can name.
    """
    programme = present(state, ProgrammeRecord, key=enrolment.programme)
    redemptions = _redemptions(enrolment, state)
    doubts = _doubts(enrolment, redemptions, state=state)
    standings = tuple(
        RequirementStanding(
            requirement=one, lots=_lots(one, redemptions, doubts=doubts, state=state)
        )
        for one in programme.requirements
    )
    known = {one.code for one in programme.requirements}
    sound = [_sound(one, doubts) for one in redemptions if one.requirement in known]
    total = sum(min(one.counted_milli, one.needed_milli) for one in standings)
    return Assessment(
        enrolment=enrolment,
        programme=programme,
        requirements=standings,
        bounds=bounds_of(enrolment, sound, state=state, total_milli=total),
        unplaced=tuple(
            one.redemption_id for one in redemptions if one.requirement not in known
        ),
    )


def _redemptions(
    enrolment: EnrolmentRecord, state: Slice
) -> tuple[RedemptionRecord, ...]:
    names = enrolment.redemptions
    found = [present(state, RedemptionRecord, key=one) for one in names[:LOTS_MAX]]
    lots = {(one.requirement, part.award_id) for one in found for part in one.lots}
    if len(names) > LOTS_MAX or len(lots) > LOTS_MAX:
        raise AssessmentTooLargeError(pointer="/body/requirements", lots_max=LOTS_MAX)
    return tuple(found)


def _doubts(
    enrolment: EnrolmentRecord,
    redemptions: Iterable[RedemptionRecord],
    *,
    state: Slice,
) -> dict[str, Doubt | None]:
    accounts = accounts_of(state, enrolment.learner_id)
    learner_ids = {one.learner_id for one in accounts}
    doubts: dict[str, Doubt | None] = {}
    for one in redemptions:
        for part in one.lots:
            lot = present(state, LotRecord, key=part.award_id)
            doubts[part.award_id] = _doubt(lot, state, learner_ids=learner_ids)
    return doubts


def _doubt(lot: LotRecord, state: Slice, *, learner_ids: Iterable[str]) -> Doubt | None:
    try:
        check_sound(lot, state, pointer="", learner_ids=learner_ids)
    except LotUnusableError as error:
        return Doubt(str(error.details["reason"]).replace("-", "_"))
    return None


def _lots(
    requirement: Requirement,
    redemptions: Iterable[RedemptionRecord],
    *,
    doubts: dict[str, Doubt | None],
    state: Slice,
) -> tuple[RedeemedLot, ...]:
    amounts: dict[str, int] = {}
    for one in redemptions:
        if one.requirement == requirement.code:
            for part in one.lots:
                before = amounts.get(part.award_id, 0)
                amounts[part.award_id] = before + part.amount_milli
    return tuple(
        RedeemedLot(
            lot=present(state, LotRecord, key=award_id),
            amount_milli=amount,
            doubt=doubts[award_id],
        )
        for award_id, amount in amounts.items()
    )


def _sound(
    redemption: RedemptionRecord, doubts: dict[str, Doubt | None]
) -> RedemptionRecord:
    """Return a redemption without the lots that are in doubt."""
    lots = tuple(one for one in redemption.lots if doubts[one.award_id] is None)
    return redemption.replacing(lots=lots)
