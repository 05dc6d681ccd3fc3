"""What every rule in reach makes of a learner's lots, from the present state."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from ledger.domain.language.matching import LotFacts
from ledger.domain.rules.agreements import rule_item
from ledger.domain.rules.cases import facts_of
from ledger.domain.rules.eligibility import shelf_lives
from ledger.domain.rules.envelope import member_of
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
    MemberRecord,
    ProgrammeRecord,
    RuleRecord,
    Slice,
    TallyRecord,
)
from projections.asking import Asking
from projections.holders import Holder, find_holder, lots_of
from projections.options.index import RuleIndex, RuleState
from projections.options.reach import Reached, reach_of
from projections.tables import register

RULES_TRIED_MAX: Final = 1_000
"""Rules tried for one answer; it says how many more there are."""
_HOLDING: Final = (ExchangeStatus.REQUESTED, ExchangeStatus.RETURNED)


class UnknownEnrolmentError(Exception):
    """The learner has no enrolment of this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A learner's lots as they stand today for one enrolment."""

    holder: Holder
    holdings: Holdings
    lots: Mapping[str, LotRecord]
    facts: Sequence[LotFacts]
    asking: Asking

    @property
    def enrolment(self) -> EnrolmentRecord:
        """Return the enrolment that is asked about."""
        return self.holdings.enrolment

    @property
    def members(self) -> Sequence[MemberRecord]:
        """Return all members of the consortium."""
        known = self.asking.known.known.values()
        return [one for one in known if isinstance(one, MemberRecord)]

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
    state: RuleState, learner_id: str, *, enrolment_id: str, on: str
) -> Learner:
    """Return a learner's lots for an enrolment.

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
    lots = [lot for lot in lots_of(state, holder) if not lot.revoked]
    _look_up(asking, state, holder=holder, lots=lots)
    programme = asking.ask(
        lambda known: known_programme(known, enrolment.programme, pointer="")
    )
    holdings = Holdings(
        enrolment=enrolment,
        programme=programme,
        learner_ids=frozenset(own),
        on=on,
        ages=asking.ask(lambda known: shelf_lives(programme, known, on=on)),
        held_by=holders(_open_cases(state, own, lots=lots)),
    )
    return Learner(
        holder=holder,
        holdings=holdings,
        lots={lot.award_id: lot for lot in lots},
        facts=[asking.ask(partial(facts_of, lot=lot)) for lot in lots],
        asking=asking,
    )


def _look_up(
    asking: Asking, state: RuleState, *, holder: Holder, lots: Sequence[LotRecord]
) -> None:
    """Look up what every lot will be asked about, one query per kind."""
    asking.known.put(lots)
    behind = {each.award_id for lot in lots for each in (*lot.roots, *lot.derived_from)}
    asking.look_up(LotRecord, behind - {lot.award_id for lot in lots})
    all_lots = [
        record
        for record in asking.known.known.values()
        if isinstance(record, LotRecord)
    ]
    named = {lot.achievement for lot in all_lots if lot.achievement is not None}
    asking.look_up(AchievementRecord, named)
    asking.look_up(KeyringRecord, {member_of(lot.kid) for lot in all_lots})
    asking.known.put(state.scan("members"))
    asking.look_up(AccountRecord, holder.absorbed)
    asking.look_up(TallyRecord, {(one, 0) for one in holder.learner_ids})
    levels = {lot.level.framework for lot in all_lots if lot.level is not None}
    for record in asking.known.known.values():
        if isinstance(record, AchievementRecord) and record.level is not None:
            levels.add(record.level.framework)
    asking.look_up(FrameworkRecord, levels)


def _open_cases(
    state: RuleState, learner_ids: Iterable[str], *, lots: Iterable[LotRecord]
) -> Iterable[ExchangeRecord]:
    if not any(lot.held_milli for lot in lots):
        return
    for learner_id, status in product(learner_ids, _HOLDING):
        where = {"learner_id": learner_id, "status": status.value}
        for record in state.scan("exchanges", **where):
            if isinstance(record, ExchangeRecord):
                yield record


def options_of(learner: Learner, state: RuleState, *, index: RuleIndex) -> Found:
    """Return what every rule in reach makes of a learner's lots, in reading order."""
    if not learner.is_open:
        return Found(learner=learner, options=())
    asked = Reached(
        enrolment=learner.enrolment,
        facts=learner.facts,
        members=learner.members,
        on=learner.holdings.on,
    )
    reach = reach_of(index, state, asked=asked)
    tried = reach[:RULES_TRIED_MAX]
    asking = learner.asking
    asking.known.put(rule for rule, _ in tried)
    items = {rule_item(rule.rule) for rule, _ in tried}
    asking.look_up(CatalogueItemRecord, items)
    touched = frozenset(one for _, awards in tried for one in awards)
    lots = _holdings(learner, touched)
    found = [
        _option(rule, learner, lots=[one for key, one in lots.items() if key in awards])
        for rule, awards in tried
    ]
    return Found(
        learner=learner,
        options=in_order(one for one in found if one is not None),
        touched=touched,
        left_out=len(reach) - len(tried),
    )


def _holdings(learner: Learner, touched: Collection[str]) -> dict[str, Holding]:
    """Return how these lots stand, in the order they were recorded."""
    return {
        facts.award_id: learner.asking.ask(
            partial(_holding, learner=learner, facts=facts)
        )
        for facts in learner.facts
        if facts.award_id in touched
    }


def _holding(known: Slice, learner: Learner, *, facts: LotFacts) -> Holding:
    lot = learner.lots[facts.award_id]
    return learner.holdings.holding(lot, facts, state=known)


def _option(
    rule: RuleRecord, learner: Learner, *, lots: Sequence[Holding]
) -> Option | None:
    return learner.asking.ask(
        lambda known: find_option(rule, learner.holdings, lots=lots, state=known)
    )


Document = Mapping[str, Any]  # Any: plain JSON.


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What things are called, by what they are known under; ids where nobody said."""

    achievements: Mapping[str, Document]
    members: Mapping[str, MemberRecord]
    programme: ProgrammeRecord
    lots: Mapping[str, LotRecord]


def names_for(connection: Connection, found: Found) -> Names:
    """Return the names of everything that a learner's options speak of."""
    learner = found.learner
    items = {learner.lots[one].achievement for one in found.touched}
    bases = {
        base
        for option in found.options
        for base in (
            *(one.of.achievement for one in option.rule.terms.source.components),
            *(one.achievement for one in option.rule.terms.targets),
        )
        if base is not None
    }
    firsts = {base if "@" in base else f"{base}@1" for base in bases}
    keys = sorted(firsts | {item for item in items if item is not None})
    query = select(register.c.key, register.c.document).where(
        register.c.kind == "achievement", register.c.key.in_(keys)
    )
    rows = connection.execute(query) if keys else ()
    return Names(
        achievements={row[0]: orjson.loads(row[1]) for row in rows},
        members={one.member_id: one for one in learner.members},
        programme=learner.holdings.programme,
        lots=learner.lots,
    )
