"""The rules within a learner's reach: those that could be, or nearly are, for them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from ledger.domain.language.matching import LotFacts
from ledger.domain.language.shapes import DatedBy
from ledger.domain.state import EnrolmentRecord, MemberRecord, RuleRecord
from projections.options.index import IndexedRule, RuleIndex, RuleState

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
    near: dict[str, IndexedRule] = {}
    for member in sorted(succeeded_by(enrolment.school, known)):
        near |= index.touching(state, member, facts=facts)
    names = [
        one.rule for one in near.values() if _is_near(one, enrolment=enrolment, on=on)
    ]
    found = state.load("rules", sorted(names))
    sources = [succeeded_by(one, known) for one in {lot.issuer for lot in facts}]
    return [
        rule
        for _, rule in sorted(found.items(), key=lambda item: str(item[0]))
        if isinstance(rule, RuleRecord)
        and rule.is_agreed
        and not _has_ended(rule, on=on)
        and any(not source.isdisjoint(rule.parties) for source in sources)
    ]


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


def days_later(day: str, days: int) -> str:
    """Return the date so many days later, or earlier; within what a calendar has."""
    begun = date.fromisoformat(day).toordinal() + days
    begun = min(max(begun, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(begun).isoformat()
