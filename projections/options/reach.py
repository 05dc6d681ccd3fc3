"""The rules within a learner's reach: those that could be, or nearly are, for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from ledger.domain.language.matching import LotFacts
from ledger.domain.language.shapes import DatedBy
from ledger.domain.state import EnrolmentRecord, MemberRecord, RuleRecord
from projections.options.index import IndexedRule, RuleIndex, RuleState, Touched

NEAR_DAYS: Final = 183
"""A rule that begins so soon, or ended so lately, is told of: half a year."""


def rules_in_reach(
    index: RuleIndex,
    state: RuleState,
    *,
    enrolment: EnrolmentRecord,
    facts: Sequence[LotFacts],
    on: str,
) -> list[RuleRecord]:
    """Return the agreed rules that could touch one of these lots, in key order.

    Also where a level is too low, an amount too small or a result too old, and where
    the rule is suspended, begins soon or ended lately; but only rules of the
    enrolment's school, or of members that it has succeeded, and with a component that
    means a lot from one of their parties.
    """
    known = [one for one in state.scan("members") if isinstance(one, MemberRecord)]
    asked = Reached(enrolment=enrolment, facts=facts, members=known, on=on)
    return [rule for rule, _ in reach_of(index, state, asked=asked)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """For whom rules are sought: lots for an enrolment on a day, among all members."""

    enrolment: EnrolmentRecord
    facts: Sequence[LotFacts]
    members: Sequence[MemberRecord]
    on: str


def reach_of(
    index: RuleIndex, state: RuleState, *, asked: Reached
) -> list[tuple[RuleRecord, frozenset[str]]]:
    """Return the same, each with the awards that it could touch."""
    enrolment, facts, known, on = asked.enrolment, asked.facts, asked.members, asked.on
    near: dict[str, Touched] = {}
    for member in sorted(succeeded_by(enrolment.school, known)):
        near |= index.touching(state, member, facts=facts)
    wanted = {
        name: one.awards
        for name, one in near.items()
        if _is_near(one.rule, enrolment=enrolment, on=on)
    }
    found = state.load("rules", sorted(wanted))
    issuers = {lot.award_id: lot.issuer for lot in facts}
    sources = {one: succeeded_by(one, known) for one in set(issuers.values())}
    reach = []
    for name in sorted(wanted):
        rule = found.get(name)
        if not isinstance(rule, RuleRecord) or not rule.is_agreed:
            continue
        own = frozenset(
            one
            for one in wanted[name]
            if not sources[issuers[one]].isdisjoint(rule.parties)
        )
        if own and not _has_ended(rule, on=on):
            reach.append((rule, own))
    return reach


def succeeded_by(member_id: str, known: Iterable[MemberRecord]) -> frozenset[str]:
    """Return a member and all those that it answers for as their successor."""
    before: dict[str, list[str]] = {}
    for one in known:
        if one.successor is not None:
            before.setdefault(one.successor, []).append(one.member_id)
    found, pending = {member_id}, [member_id]
    while pending:
        earlier = set(before.get(pending.pop(), ())) - found
        found |= earlier
        pending.extend(earlier)
    return frozenset(found)


def _is_near(rule: IndexedRule, *, enrolment: EnrolmentRecord, on: str) -> bool:
    if rule.dated_by is DatedBy.LEARNING_ENDED:
        # Which day decides is a matter of the lots that are brought.
        return True
    day = enrolment.started_on if rule.dated_by is DatedBy.COHORT else on
    until = rule.valid_until
    begins = rule.valid_from <= days_later(day, NEAR_DAYS)
    return begins and (until is None or until >= days_later(day, -NEAR_DAYS))


def _has_ended(rule: RuleRecord, *, on: str) -> bool:
    last = rule.last_day
    return last is not None and last < days_later(on, -NEAR_DAYS)


@lru_cache(maxsize=1024)
def days_later(day: str, days: int) -> str:
    """Return the date so many days later, or earlier; within what a calendar has."""
    begun = date.fromisoformat(day).toordinal() + days
    begun = min(max(begun, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(begun).isoformat()
