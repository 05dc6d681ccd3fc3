"""What a learner holds, and how each lot stands for an enrolment, whatever the rule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.domain.errors import RejectionError
from ledger.domain.errors import exchanges as errors
from ledger.domain.language.matching import LotFacts
from ledger.domain.rules.cases import facts_of
from ledger.domain.rules.counting import Beside
from ledger.domain.rules.eligibility import (
    check_not_expired,
    check_shelf_life,
)
from ledger.domain.rules.envelope import present
from ledger.domain.rules.offers import check_sound
from ledger.domain.rules.options.lacks import (
    LOT_HELD,
    LOT_USED,
    Lack,
    lack,
    refused_with,
)
from ledger.domain.state import (
    EnrolmentRecord,
    ExchangeRecord,
    FrameworkRecord,
    LotRecord,
    ProgrammeRecord,
    Slice,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One lot: what rules may look at, and why it cannot be offered, if it cannot."""

    lot: LotRecord
    facts: LotFacts
    origins: tuple[LotFacts, ...]
    rank: int
    lacks: tuple[Lack, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """A learner's lots as they stand on a date for one enrolment.

    ``ages`` are the months for which results count at all; ``held_by`` names the open
    case that holds a lot; ``beside`` is what everything is settled beside.
    """

    enrolment: EnrolmentRecord
    programme: ProgrammeRecord
    learner_ids: frozenset[str]
    on: str
    ages: tuple[int, ...]
    held_by: Mapping[str, str]
    beside: Beside

    def holding(self, lot: LotRecord, facts: LotFacts, *, state: Slice) -> Holding:
        """Return how one lot stands."""
        origins = tuple(_origins(lot, facts, state=state))
        return Holding(
            lot=lot,
            facts=facts,
            origins=origins,
            rank=_rank(facts, state),
            lacks=tuple(self._lacks(lot, origins, state=state)),
        )

    def _lacks(
        self, lot: LotRecord, origins: Sequence[LotFacts], *, state: Slice
    ) -> Iterable[Lack]:
        award_id, on = lot.award_id, self.on
        try:
            check_sound(lot, state, pointer="", learner_ids=self.learner_ids)
        except RejectionError as error:
            yield refused_with(error, award_id=award_id)
        try:
            check_not_expired(lot, on=on, pointer="")
            for origin in origins:
                check_shelf_life(origin, self.ages, on=on, pointer="")
        except RejectionError as error:
            yield refused_with(error, award_id=award_id)
        if lot.awarded_milli and not lot.available_milli and not lot.expired_milli:
            yield self._taken(lot)
        if self.enrolment.school in lot.path:
            yield refused_with(errors.RoundTripError(), award_id=award_id)

    def _taken(self, lot: LotRecord) -> Lack:
        if lot.held_milli:
            case = self.held_by.get(lot.award_id)
            return lack(LOT_HELD, award_id=lot.award_id, exchange_id=case)
        used_by = lot.exchanges[-1] if lot.exchanges else None
        return lack(LOT_USED, award_id=lot.award_id, exchange_id=used_by)


def _origins(lot: LotRecord, facts: LotFacts, *, state: Slice) -> Iterable[LotFacts]:
    """Return the facts of a lot's roots: its own where nothing was converted."""
    for name in (root.award_id for root in lot.roots):
        if name == lot.award_id:
            yield facts
        else:
            yield facts_of(state, present(state, LotRecord, key=name))


def _rank(facts: LotFacts, state: Slice) -> int:
    """Return the rank of a lot's level on its own scale, 0 without one."""
    if facts.level is None:
        return 0
    framework = present(state, FrameworkRecord, key=facts.level.framework)
    return dict(framework.ranks).get(facts.level.code, 0)


def holders(cases: Iterable[ExchangeRecord]) -> Mapping[str, str]:
    """Return for every lot in these open cases the case that it lies in."""
    return {lot.award_id: case.exchange_id for case in cases for lot in case.lots}
