"""What an enrolment's redemptions count for, and where its minima stand.

Pure over records that are at hand: whoever assesses a graduation and whoever audits it
ask the same functions.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledger.domain.language.arithmetic import apportion
from ledger.domain.language.uses import Use, counts_in
from ledger.domain.rules.cases import facts_of
from ledger.domain.rules.counting import fields_of_root
from ledger.domain.rules.envelope import present
from ledger.domain.state import (
    EnrolmentRecord,
    LotRecord,
    Part,
    ProgrammeRecord,
    RedemptionRecord,
    Slice,
)
from ledger.domain.types import credits_milli


class Reached(NamedTuple):
    """What a minimum asks, and what there is."""

    code: str
    wanted_milli: int
    reached_milli: int


def reached_of(programme: ProgrammeRecord, uses: Sequence[Use]) -> tuple[Reached, ...]:
    """Return of every minimum of a programme what it asks and what there is."""
    return tuple(
        Reached(
            code=one.code,
            wanted_milli=credits_milli(one.credits),
            reached_milli=sum_of(use for use in uses if counts_in(use, one.over)),
        )
        for one in programme.minima
    )


def sum_of(uses: Iterable[Use]) -> int:
    """Return the credits that uses give, in thousandths."""
    return sum(use.target_milli for use in uses)


def redeemed_uses(
    enrolment: EnrolmentRecord,
    redemptions: Iterable[RedemptionRecord],
    *,
    state: Slice,
) -> tuple[Use, ...]:
    """Return what an enrolment's redemptions count for, by root."""
    programme = present(state, ProgrammeRecord, key=enrolment.programme)
    return tuple(
        use
        for one in redemptions
        if one.enrolment_id == enrolment.enrolment_id and not one.reversed
        for number, part in enumerate(one.lots)
        for use in _uses_of(one, part, programme=programme, state=state, number=number)
    )


def _uses_of(
    redemption: RedemptionRecord,
    part: Part,
    *,
    programme: ProgrammeRecord,
    state: Slice,
    number: int,
) -> Iterable[Use]:
    lot = present(state, LotRecord, key=part.award_id)
    requirement = programme.requirement(redemption.requirement)
    shares = apportion(part.amount_milli, [root.amount_milli for root in lot.roots])
    for root, share in zip(lot.roots, shares, strict=True):
        origin = present(state, LotRecord, key=root.award_id)
        yield Use(
            **fields_of_root(state, facts_of(state, origin)),
            case_id=redemption.redemption_id,
            target=number,
            root_milli=root.amount_milli,
            source_milli=share,
            target_milli=share,
            rule="",
            enrolment_id=redemption.enrolment_id,
            programme=programme.programme,
            member=programme.owner,
            requirement=redemption.requirement,
            nature=requirement.nature if requirement else None,
            module=requirement.module if requirement else None,
            requested="",
        )
