"""A choice carried out on a copy of the state, step by step, by the rules themselves.

What a rule refuses is left out: what comes back could be posted as it stands.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import permutations
from typing import Final, TypeVar

from ledger.domain.errors import RejectionError
from ledger.domain.rules.counted import counted_milli
from ledger.domain.rules.envelope import present
from ledger.domain.rules.planning.candidates import Candidate
from ledger.domain.rules.planning.steps import (
    Conversion,
    Counting,
    Step,
    step_id,
    take,
)
from ledger.domain.state import (
    EnrolmentRecord,
    ExchangeRecord,
    LotRecord,
    Part,
    Record,
    RootCountRecord,
    Slice,
)
from ledger.domain.types import credits_milli
from projections.plan.gathering import Gathered
from projections.plan.problem import Choice, Problem, Score, Way

T = TypeVar("T")

ORDERS_MAX: Final = 3
"""Orders tried of many applications, each with what was refused put first."""
PERMUTED_MAX: Final = 3
"""Of so many applications every order is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken: what it used and made."""

    step: Step
    candidate: Candidate | None = None
    used: tuple[Part, ...] = ()
    made: tuple[LotRecord, ...] = ()


@dataclass(slots=True, kw_only=True)
class Done:
    """What came of a choice; ``missed`` are candidates refused or given less."""

    score: Score
    taken: list[Taken]
    counted: Mapping[str, int]
    missed: list[int] = field(default_factory=list)


class Execution:
    """One choice being carried out."""

    def __init__(self, gathered: Gathered, problem: Problem) -> None:
        """Stand where the learner stands today."""
        self._gathered = gathered
        self._problem = problem
        self.state = Slice(gathered.asking.known)
        self.taken: list[Taken] = []
        self.missed: list[int] = []
        self._made: dict[tuple[int, int], str] = {}
        self._days: dict[str, str] = {}
        self._number = 0

    def convert(self, gained: Mapping[int, int], order: Sequence[int]) -> None:
        """Apply for what was chosen; what is refused is tried again after the rest."""
        days = {one: self._problem.candidates[one].day for one in order}
        pending = sorted(order, key=days.__getitem__)
        while pending:
            left = [one for one in pending if not self._apply(one, gained[one])]
            if len(left) == len(pending):
                self.missed.extend(left)
                return
            pending = left

    def _apply(self, number: int, gained_milli: int) -> bool:
        one = self._problem.candidates[number]
        step = Conversion(
            exchange_id=step_id(self._gathered.setting, self._number),
            rule=one.rule.rule,
            lots=one.lots_for(gained_milli),
            day=one.day,
        )
        changes = self._take(step)
        if changes is None:
            return False
        case = present(self.state, ExchangeRecord, key=step.exchange_id)
        made = tuple(present(self.state, LotRecord, key=key) for key in case.created)
        self.taken.append(Taken(step=step, candidate=one, used=case.used, made=made))
        for place, lot in enumerate(made):
            self._made[number, place] = lot.award_id
            self._days[lot.award_id] = one.day
        if sum(lot.awarded_milli for lot in made) < gained_milli:
            self.missed.append(number)
        return True

    def _take(self, step: Step) -> tuple[Record, ...] | None:
        setting = self._gathered.setting
        try:
            changes = self._gathered.asking.ask(
                lambda _: take(step, self.state, setting=setting)
            )
        except RejectionError:
            return None
        self.state.put(changes)
        self._number += 1
        return changes

    def count(self, counted: Sequence[tuple[Way, int]]) -> None:
        """Count what was meant to count, then whatever still can.

        What was learned elsewhere comes first: it must leave room for the last credits.
        """
        ways = sorted(self._problem.ways, key=lambda way: not way.away)
        meant = sorted(counted, key=lambda pair: not pair[0].away)
        for way, amount in meant:
            self._count(way, amount)
        for way in ways:
            self._count(way, way.most_milli)

    def _count(self, way: Way, amount: int) -> None:
        key = way.source if isinstance(way.source, str) else self._made.get(way.source)
        if key is None:
            return
        lot = self._ask(lambda: present(self.state, LotRecord, key=key))
        amount = min(amount, self._room(lot, way))
        if amount <= 0:
            return
        step = Counting(
            redemption_id=step_id(self._gathered.setting, self._number),
            requirement=way.requirement,
            lots=(Part(award_id=key, amount_milli=amount),),
            day=max(self._gathered.ground.today, self._days.get(key, "")),
        )
        if self._take(step) is not None:
            self.taken.append(Taken(step=step))

    def _room(self, lot: LotRecord, way: Way) -> int:
        enrolment = self._enrolment()
        requirement = self._gathered.ground.programme.requirement(way.requirement)
        needed = credits_milli(requirement.credits) if requirement else 0
        rooms = [
            lot.available_milli,
            needed - counted_milli(enrolment, way.requirement),
        ]
        for root in lot.roots:
            if root.amount_milli:
                left = self._ask(partial(self._left_of, root.award_id))
                rooms.append(left * lot.awarded_milli // root.amount_milli)
        return min(rooms)

    def _left_of(self, root: str) -> int:
        whole = present(self.state, LotRecord, key=root)
        key = (self._gathered.setting.enrolment_id, root)
        known = self.state.find(RootCountRecord, key)
        return whole.awarded_milli - (0 if known is None else known.amount_milli)

    def _ask(self, rule: Callable[[], T]) -> T:
        return self._gathered.asking.ask(lambda _: rule())

    def _enrolment(self) -> EnrolmentRecord:
        key = self._gathered.setting.enrolment_id
        return present(self.state, EnrolmentRecord, key=key)

    def done(self) -> Done:
        """Return what came of it."""
        enrolment = self._enrolment()
        before = self._gathered.ground.enrolment
        added = {
            one.code: counted_milli(enrolment, one.code)
            - counted_milli(before, one.code)
            for one in self._gathered.ground.programme.requirements
        }
        consumed = sum(
            part.amount_milli
            for one in self.taken
            if one.candidate is not None and one.candidate.consumes
            for part in one.used
        )
        cases = sum(one.candidate is not None for one in self.taken)
        compulsory = self._problem.compulsory
        score = Score(
            covered_milli=sum(added.values()),
            compulsory_milli=sum(added[code] for code in added if code in compulsory),
            unspent_milli=-consumed,
            uncalled=-cases,
        )
        return Done(score=score, taken=self.taken, counted=added, missed=self.missed)


def carry_out(gathered: Gathered, problem: Problem, *, choice: Choice) -> Done:
    """Return what comes of a choice, in the order of applications that does best.

    A cap of a rule binds only while that rule is applied: what was refused as the last
    may be accepted as the first.
    """
    found: list[Done] = []
    tried: set[tuple[int, ...]] = set()
    pending = list(_orders(problem.candidates, choice.gained))
    while pending:
        order = pending.pop(0)
        if order in tried:
            continue
        tried.add(order)
        execution = Execution(gathered, problem)
        execution.convert(choice.gained, order)
        execution.count(choice.counted)
        found.append(execution.done())
        missed = tuple(dict.fromkeys(found[-1].missed))
        if not missed:
            break
        if len(tried) < ORDERS_MAX:
            rest = tuple(one for one in order if one not in missed)
            pending.insert(0, (*missed, *rest))
    return max(found, key=lambda done: done.score)


def _orders(
    candidates: Sequence[Candidate], chosen: Iterable[int]
) -> Iterable[tuple[int, ...]]:
    """Return orders to try: by day; what only marks a lot before what uses it up.

    Of few applications, all orders.
    """
    usual = sorted(
        chosen,
        key=lambda number: (
            candidates[number].day,
            candidates[number].consumes,
            candidates[number].gained_milli,
            number,
        ),
    )
    yield tuple(usual)
    if len(usual) <= PERMUTED_MAX:
        yield from permutations(usual)
