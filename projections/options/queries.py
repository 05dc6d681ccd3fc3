"""What every rule in reach makes of a learner's lots, from the present state."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, Protocol

from ledger.domain.language.matching import LotFacts
from ledger.domain.rules.agreements import rule_item
from ledger.domain.rules.counting import beside_of
from ledger.domain.rules.eligibility import shelf_lives
from ledger.domain.rules.envelope import member_of, present
from ledger.domain.rules.options.finding import find_option
from ledger.domain.rules.options.holdings import Holding, Holdings, holders
from ledger.domain.rules.options.option import Option, in_order
from ledger.domain.rules.programmes import known_programme
from ledger.domain.state import (
    AccountRecord,
    AchievementRecord,
    CatalogueItemRecord,
    EnrolmentRecord,
    ExchangeRecord,
    ExchangeStatus,
    FrameworkRecord,
    KeyringRecord,
    LotRecord,
    LotSketch,
    MemberRecord,
    ProgrammeRecord,
    RuleRecord,
    TallyRecord,
)
from projections.asking import Asking
from projections.holders import Holder, find_holder
from projections.options.index import RuleIndex, RuleState
from projections.options.reach import Reached, reach_of
from projections.options.versions import Versions

RULES_TRIED_MAX: Final = 1_000
"""Rules tried for one answer; it says how many more there are."""
_HOLDING: Final = (ExchangeStatus.REQUESTED, ExchangeStatus.RETURNED)


class LearnerState(RuleState, Protocol):
    """The same, of which columns can be read alone."""

    def columns(
        self, kind: str, names: Sequence[str], **where: str | int
    ) -> list[tuple[Any, ...]]:  # Any: a column's value, whatever its type.
        """Return some columns of the records of one kind with these values."""
        ...


class UnknownEnrolmentError(Exception):
    """The learner has no enrolment of this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A learner, an enrolment, and what the lots are that they have on a date.

    ``members`` are all of the consortium.
    """

    holder: Holder
    enrolment: EnrolmentRecord
    programme: ProgrammeRecord
    on: str
    facts: Sequence[LotFacts]
    members: Sequence[MemberRecord]
    asking: Asking

    @property
    def is_open(self) -> bool:
        """Tell whether anything can be applied for: account and enrolment are open."""
        return self.enrolment.ended_on is None and not self.holder.survivor.closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The options of a learner.

    ``touched`` awards are nearly what a rule means; ``left_out`` rules were not tried.
    """

    learner: Learner
    options: Sequence[Option]
    touched: frozenset[str] = frozenset()
    left_out: int = 0


def learner_for(
    state: LearnerState,
    learner_id: str,
    *,
    enrolment_id: str,
    on: str,
    versions: Versions,
) -> Learner:
    """Return what a learner's lots are, to be brought into an enrolment.

    Raises:
        UnknownLearnerError: there is no such account.
        UnknownEnrolmentError: it has no such enrolment.
    """
    holder = find_holder(state, learner_id)
    enrolment = state.load("enrolments", [enrolment_id]).get(enrolment_id)
    own = holder.learner_ids
    if not isinstance(enrolment, EnrolmentRecord) or enrolment.learner_id not in own:
        raise UnknownEnrolmentError
    asking = Asking(state)
    asking.known.put((enrolment, holder.survivor))
    members = [one for one in state.scan("members") if isinstance(one, MemberRecord)]
    asking.known.put(members)
    lots = _sketches(state, own)
    return Learner(
        holder=holder,
        enrolment=enrolment,
        programme=asking.ask(
            lambda known: known_programme(known, enrolment.programme, pointer="")
        ),
        on=on,
        facts=versions.facts(state, lots, members=members),
        members=members,
        asking=asking,
    )


def _sketches(state: LearnerState, learner_ids: Iterable[str]) -> list[LotSketch]:
    """Return what lots are that stand, in the order they were recorded."""
    names = LotSketch._fields
    lots = [
        LotSketch(*row)
        for learner_id in learner_ids
        for row in state.columns("lots", names, learner_id=learner_id)
    ]
    standing = (lot for lot in lots if not lot.revoked)
    return sorted(standing, key=lambda lot: lot.position)


def _open_cases(
    state: LearnerState, learner_ids: Iterable[str]
) -> Iterable[ExchangeRecord]:
    for learner_id, status in product(learner_ids, _HOLDING):
        where = {"learner_id": learner_id, "status": status.value}
        for record in state.scan("exchanges", **where):
            if isinstance(record, ExchangeRecord):
                yield record


def options_of(learner: Learner, state: LearnerState, *, index: RuleIndex) -> Found:
    """Return what every rule in reach makes of a learner's lots, in reading order."""
    if not learner.is_open:
        return Found(learner=learner, options=())
    asked = Reached(
        enrolment=learner.enrolment,
        facts=learner.facts,
        members=learner.members,
        on=learner.on,
    )
    reach = reach_of(index, state, asked=asked)
    tried = reach[:RULES_TRIED_MAX]
    asking = learner.asking
    asking.known.put(rule for rule, _ in tried)
    items = {rule_item(rule.rule) for rule, _ in tried}
    asking.look_up(CatalogueItemRecord, items)
    touched = frozenset(one for _, awards in tried for one in awards)
    holdings = _holdings(learner, state, lots=_look_up(learner, touched))
    lots = _held(learner, holdings, touched=touched)
    found = [
        _option(
            rule,
            holdings,
            lots=[one for key, one in lots.items() if key in awards],
            asking=asking,
        )
        for rule, awards in tried
    ]
    return Found(
        learner=learner,
        options=in_order(one for one in found if one is not None),
        touched=touched,
        left_out=len(reach) - len(tried),
    )


def _look_up(learner: Learner, touched: Collection[str]) -> list[LotRecord]:
    """Look up what these lots will be asked about, one query per kind; return them."""
    asking, own = learner.asking, learner.holder.learner_ids
    lots = asking.look_up(LotRecord, touched)
    behind = {each.award_id for lot in lots for each in (*lot.roots, *lot.derived_from)}
    origins = asking.look_up(LotRecord, behind.difference(touched))
    named = {lot.achievement for lot in origins if lot.achievement is not None}
    versions = asking.look_up(AchievementRecord, named)
    asking.look_up(KeyringRecord, {member_of(lot.kid) for lot in (*lots, *origins)})
    asking.look_up(AccountRecord, own[1:])
    asking.look_up(TallyRecord, {(one, 0) for one in own})
    levels = [one.level for one in learner.facts if one.award_id in touched]
    levels += [one.level for one in origins]
    levels += [one.level for one in versions]
    asking.look_up(FrameworkRecord, {one.framework for one in levels if one})
    return lots


def _holdings(
    learner: Learner, state: LearnerState, *, lots: Iterable[LotRecord]
) -> Holdings:
    own, on, programme = learner.holder.learner_ids, learner.on, learner.programme
    asking = learner.asking
    is_held = any(lot.held_milli for lot in lots)
    return Holdings(
        enrolment=learner.enrolment,
        programme=programme,
        learner_ids=frozenset(own),
        on=on,
        ages=asking.ask(lambda known: shelf_lives(programme, known, on=on)),
        held_by=holders(_open_cases(state, own) if is_held else ()),
        beside=asking.ask(lambda known: beside_of(known, own, on=on)),
    )


def _held(
    learner: Learner, holdings: Holdings, *, touched: Collection[str]
) -> dict[str, Holding]:
    """Return how these lots stand, in the order they were recorded."""
    facts = [one for one in learner.facts if one.award_id in touched]
    found = learner.asking.ask(
        lambda known: [
            holdings.holding(
                present(known, LotRecord, key=one.award_id), one, state=known
            )
            for one in facts
        ]
    )
    return {one.lot.award_id: one for one in found}


def _option(
    rule: RuleRecord, holdings: Holdings, *, lots: Sequence[Holding], asking: Asking
) -> Option | None:
    return asking.ask(lambda known: find_option(rule, holdings, lots=lots, state=known))
