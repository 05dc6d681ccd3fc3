"""What bounds a plan as a whole, as sums: caps, roots, and what counts how often.

Bounds here never forbid what the rules allow. What they let pass and the rules refuse
is found out when the steps are taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ledger.domain.language.caps import Limit, Measure, Within
from ledger.domain.language.shapes import Method, Outcome
from ledger.domain.language.uses import (
    Use,
    Whole,
    allowed_of,
    measured_by_group,
)
from ledger.domain.rules.cases import calendar_years
from ledger.domain.rules.envelope import is_one
from ledger.domain.rules.planning.candidates import Candidate
from ledger.domain.rules.policies import policies_on
from ledger.domain.rules.settlement import Gain
from ledger.domain.rules.tallies import live, uses_of
from ledger.domain.state import EnrolmentRecord, ProgrammeRecord, Slice
from ledger.domain.statements.programmes import Requirement
from ledger.domain.types import Nature

Key = tuple[object, ...]


@dataclass(slots=True, kw_only=True)
class Bound:
    """At most so much of a sum over candidates, by their index.

    ``each`` is added where a candidate is chosen at all, ``share`` for every thousandth
    that it gives.
    """

    room: int
    each: dict[int, int] = field(default_factory=dict)
    share: dict[int, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a plan is about: the enrolment, its programme, and what counts by now."""

    enrolment: EnrolmentRecord
    programme: ProgrammeRecord
    learner_ids: frozenset[str]
    today: str


def counts_for(gain: Gain, requirement: Requirement) -> bool:
    """Tell whether what an application gives will count toward a requirement."""
    if gain.requirement is not None:
        return gain.requirement.code == requirement.code
    if gain.achievement is not None:
        return gain.achievement in requirement.satisfied_by
    elective = gain.outcome is Outcome.ELECTIVE_CREDIT
    return elective and requirement.nature is Nature.ELECTIVE


def bounds_of(
    candidates: Sequence[Candidate], ground: Ground, *, state: Slice
) -> list[Bound]:
    """Return what bounds these candidates together."""
    before = _lasting(live(uses_of(state, ground.learner_ids)), candidates)
    return [
        *_roots(candidates, before, ground=ground),
        *_caps(candidates, before, ground=ground, state=state),
        *_home(candidates, before, ground=ground, state=state),
        *_once(candidates),
    ]


def _lasting(uses: Iterable[Use], candidates: Iterable[Candidate]) -> list[Use]:
    """Return what counts whatever is chosen: a better result may end the rest."""
    groups = {
        use.content_group
        for one in candidates
        if one.rule.terms.supersede is not None
        for use in one.uses
    }
    return [
        use
        for use in uses
        if use.content_group is None or use.content_group not in groups
    ]


def _add(bound: Bound, number: int, *, one: Candidate, amount: int) -> None:
    """Add what a candidate brings: in proportion, or all of it."""
    if one.proportion is not None and one.gained_milli:
        bound.share[number] = Fraction(amount, one.gained_milli)
    else:
        bound.each[number] = amount


def _roots(
    candidates: Sequence[Candidate], before: Iterable[Use], *, ground: Ground
) -> Iterator[Bound]:
    """No root counts for more than its whole in one enrolment."""
    counted: defaultdict[str, int] = defaultdict(int)
    for use in before:
        if use.enrolment_id == ground.enrolment.enrolment_id:
            counted[use.root] += use.root_milli
    by_root: dict[str, Bound] = {}
    for number, one in enumerate(candidates):
        brought: defaultdict[str, int] = defaultdict(int)
        totals = {use.root: use.root_total_milli for use in one.uses}
        for use in one.uses:
            brought[use.root] += use.root_milli
        for root, amount in brought.items():
            room = max(totals[root] - counted[root], 0)
            bound = by_root.setdefault(root, Bound(room=room))
            bound.room = max(bound.room, amount)
            _add(bound, number, one=one, amount=amount)
    yield from by_root.values()


def _caps(
    candidates: Sequence[Candidate],
    before: Sequence[Use],
    *,
    ground: Ground,
    state: Slice,
) -> Iterator[Bound]:
    """A rule's own limits bind its own applications: others may come after them."""
    found: dict[Key, Bound] = {}
    for number, one in enumerate(candidates):
        for key, limit in _limits(one, ground, state=state):
            whole = _whole(limit, ground, state=state)
            allowed = allowed_of(limit, whole=whole)
            if allowed is None:
                continue
            like = one.uses[0]
            groups = measured_by_group(limit, one.uses, like=like, whole=whole)
            spent = measured_by_group(limit, before, like=like, whole=whole)
            for group, amount in groups.items():
                room = max(allowed - spent.get(group, 0), amount)
                bound = found.setdefault((*key, *group), Bound(room=room))
                bound.room = max(bound.room, amount)
                _measure(bound, number, one=one, limit=limit, amount=amount)
    yield from found.values()


def _measure(
    bound: Bound, number: int, *, one: Candidate, limit: Limit, amount: int
) -> None:
    """Add what a limit measures: credits in proportion, all else as it is."""
    if limit.measure is Measure.CREDITS:
        _add(bound, number, one=one, amount=amount)
    else:
        bound.each[number] = amount


def _limits(
    one: Candidate, ground: Ground, *, state: Slice
) -> Iterator[tuple[Key, Limit]]:
    policies = policies_on(state, one.day)
    named = (
        (one.rule.rule, one.rule.terms.limits),
        ("", ground.programme.limits),
        *((policy.policy, policy.limits) for policy in policies),
    )
    for origin, limits in named:
        for place, limit in enumerate(limits):
            code = one.rule.rule if limit.within is Within.RULE else ""
            yield (origin, place, code), limit


def _whole(limit: Limit, ground: Ground, *, state: Slice) -> Whole:
    calendar = None if limit.period is None else limit.period.calendar
    years = {} if calendar is None else {calendar: calendar_years(state, calendar)}
    return Whole(
        credits_milli=ground.programme.credits_milli,
        courses=len(ground.programme.requirements),
        years=years,
    )


def _home(
    candidates: Sequence[Candidate],
    before: Iterable[Use],
    *,
    ground: Ground,
    state: Slice,
) -> Iterator[Bound]:
    """What must be learned at the school itself is no room for what was not."""
    programme, school = ground.programme, ground.enrolment.school

    def away(uses: Iterable[Use]) -> int:
        return sum(
            use.target_milli
            for use in uses
            if use.enrolment_id == ground.enrolment.enrolment_id
            and (use.attested or not is_one(state, school, other=use.root_member))
        )

    allowed = programme.credits_milli - programme.home_at_least_milli
    bound = Bound(room=max(allowed - away(before), 0))
    for number, one in enumerate(candidates):
        amount = away(one.uses)
        bound.room = max(bound.room, amount)
        _add(bound, number, one=one, amount=amount)
    yield bound


def _once(candidates: Sequence[Candidate]) -> Iterator[Bound]:
    """What counts once: a root under a rule that does not grow, content by its best.

    Of two results of one content toward the same aim the better one gives as much as
    both would: it tops up or replaces the other.
    """
    found: dict[Key, Bound] = {}
    for number, one in enumerate(candidates):
        terms, keys = one.rule.terms, set[Key]()
        if terms.conversion.method is not Method.RATIO:
            keys |= {("root", use.rule_code, use.root) for use in one.uses}
        aims = tuple((gain.requirement, gain.achievement) for gain in one.gains)
        if terms.supersede is not None:
            groups = {use.content_group for use in one.uses if use.content_group}
            keys |= {("content", str(aims), group) for group in groups}
        for key in keys:
            found.setdefault(key, Bound(room=1)).each[number] = 1
    yield from (bound for bound in found.values() if len(bound.each) > 1)
