"""What an enrolment still lacks: the minima of its programme, over what is redeemed.

Pure over records that are at hand: whoever assesses a graduation and whoever audits it
ask the same functions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

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

HOME_AT_LEAST: Final = "home_at_least"
"""The code under which credits lacking at the school itself are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """A minimum that is not met: what it asks, and what there is."""

    code: str
    wanted_milli: int
    reached_milli: int

    @property
    def lacking_milli(self) -> int:
        """Return how much is still to come."""
        return self.wanted_milli - self.reached_milli


def unmet(
    programme: ProgrammeRecord, uses: Sequence[Use], *, school: str
) -> tuple[Shortfall, ...]:
    """Return every minimum that what counts so far does not meet.

    ``uses`` are those of ``redeemed_uses``. In the programme's order; what must be
    learned at the school itself comes last.
    """
    home = [use for use in uses if use.root_member == school and not use.attested]
    minima = [
        (
            one.code,
            credits_milli(one.credits),
            [use for use in uses if counts_in(use, one.over)],
        )
        for one in programme.minima
    ]
    minima.append((HOME_AT_LEAST, programme.home_at_least_milli, home))
    found = []
    for code, wanted, counted in minima:
        reached = sum(use.target_milli for use in counted)
        if reached < wanted:
            found.append(
                Shortfall(code=code, wanted_milli=wanted, reached_milli=reached)
            )
    return tuple(found)


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
