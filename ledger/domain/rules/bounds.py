"""What a programme asks of an enrolment as a whole, over what counts in it.

The total, the minima, what must be learned at home and at the end, and how much may
have been converted. Policies and limits by period bind exchanges when they are made,
and take nothing back later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.domain.language.caps import Within
from ledger.domain.language.uses import Use, Whole, tightest
from ledger.domain.rules.counted import is_home
from ledger.domain.rules.envelope import present
from ledger.domain.rules.scopes import accounts_of
from ledger.domain.rules.standing import reached_of, redeemed_uses, sum_of
from ledger.domain.rules.tallies import uses_of
from ledger.domain.state import (
    EnrolmentRecord,
    ExchangeRecord,
    LotRecord,
    ProgrammeRecord,
    RedemptionRecord,
    Slice,
)
from ledger.domain.statements.graduation import BoundKind


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundStanding:
    """A bound, and what there is: at least so much, or of a limit at most."""

    kind: BoundKind
    code: str | None = None
    bound_milli: int
    reached_milli: int

    @property
    def is_met(self) -> bool:
        """Tell whether what there is stays within the bound."""
        if self.kind is BoundKind.LIMIT:
            return self.reached_milli <= self.bound_milli
        return self.reached_milli >= self.bound_milli


def bounds_of(
    enrolment: EnrolmentRecord,
    redemptions: Sequence[RedemptionRecord],
    *,
    state: Slice,
    total_milli: int,
) -> tuple[BoundStanding, ...]:
    """Return where an enrolment stands in every bound of its programme.

    ``redemptions`` are what counts, in the order it was redeemed.
    """
    programme = present(state, ProgrammeRecord, key=enrolment.programme)
    uses = redeemed_uses(enrolment, redemptions, state=state)
    total = BoundStanding(
        kind=BoundKind.TOTAL,
        bound_milli=programme.credits_milli,
        reached_milli=total_milli,
    )
    minima = (
        BoundStanding(
            kind=BoundKind.MINIMUM,
            code=one.code,
            bound_milli=one.wanted_milli,
            reached_milli=one.reached_milli,
        )
        for one in reached_of(programme, uses)
    )
    return (
        total,
        *minima,
        *_at_home(enrolment, uses, redemptions=redemptions, state=state),
        *_limits(enrolment, uses, redemptions=redemptions, state=state),
    )


def _at_home(
    enrolment: EnrolmentRecord,
    uses: Iterable[Use],
    *,
    redemptions: Iterable[RedemptionRecord],
    state: Slice,
) -> Iterable[BoundStanding]:
    programme = present(state, ProgrammeRecord, key=enrolment.programme)
    if programme.home_at_least_milli:
        own = (use for use in uses if _is_own(use.root, enrolment, state=state))
        yield BoundStanding(
            kind=BoundKind.HOME_AT_LEAST,
            bound_milli=programme.home_at_least_milli,
            reached_milli=sum_of(own),
        )
    if programme.last_at_home_milli:
        yield BoundStanding(
            kind=BoundKind.LAST_AT_HOME,
            bound_milli=programme.last_at_home_milli,
            reached_milli=_last_milli(enrolment, redemptions, state=state),
        )


def _is_own(root: str, enrolment: EnrolmentRecord, *, state: Slice) -> bool:
    return is_home(present(state, LotRecord, key=root), enrolment, state=state)


def _last_milli(
    enrolment: EnrolmentRecord, redemptions: Iterable[RedemptionRecord], *, state: Slice
) -> int:
    """Return what was redeemed after the last that was learned elsewhere."""
    last = 0
    for one in redemptions:
        lots = (present(state, LotRecord, key=part.award_id) for part in one.lots)
        roots = sorted({root.award_id for lot in lots for root in lot.roots})
        if all(_is_own(root, enrolment, state=state) for root in roots):
            last += sum(part.amount_milli for part in one.lots)
        else:
            last = 0
    return last


def _limits(
    enrolment: EnrolmentRecord,
    uses: Iterable[Use],
    *,
    redemptions: Iterable[RedemptionRecord],
    state: Slice,
) -> Iterable[BoundStanding]:
    programme = present(state, ProgrammeRecord, key=enrolment.programme)
    limits = [
        one
        for one in programme.limits
        if one.within is Within.ENROLMENT and one.period is None and one.only_if is None
    ]
    if not limits:
        return
    converted = _converted(enrolment, uses, redemptions=redemptions, state=state)
    whole = Whole(
        credits_milli=programme.credits_milli,
        courses=len(programme.requirements),
        years={},
    )
    for limit in limits:
        found = tightest(limit, converted, whole=whole)
        yield BoundStanding(
            kind=BoundKind.LIMIT,
            code=limit.code,
            bound_milli=found.allowed_milli,
            reached_milli=found.reached_milli,
        )


def _converted(
    enrolment: EnrolmentRecord,
    uses: Iterable[Use],
    *,
    redemptions: Iterable[RedemptionRecord],
    state: Slice,
) -> list[Use]:
    """Return what counts of converted lots, told apart by case and not by redemption.

    What a better result topped up says so here as well.
    """
    redeemed = {one.redemption_id: one for one in redemptions}
    better = _better(enrolment, state)
    found = []
    for use in uses:
        part = redeemed[use.case_id].lots[use.target]
        lot = present(state, LotRecord, key=part.award_id)
        if lot.exchange_id is None:
            continue
        case = present(state, ExchangeRecord, key=lot.exchange_id)
        place = case.exchange_id, case.created.index(lot.award_id)
        changes = {
            "case_id": place[0],
            "target": place[1],
            "rule": case.rule,
            "superseded_by": better.get(place),
        }
        found.append(Use(**{**dict(use), **changes}))
    return found


def _better(
    enrolment: EnrolmentRecord, state: Slice
) -> dict[tuple[str, int], str | None]:
    accounts = accounts_of(state, enrolment.learner_id)
    uses = uses_of(state, [one.learner_id for one in accounts])
    return {(use.case_id, use.target): use.superseded_by for use in uses}
