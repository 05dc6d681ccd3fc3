"""Finds the best plan: choose, carry out, forbid what was refused, choose again.

What is handed out was always carried out cleanly. It is the best of all candidates if
the search ended by itself; else the best that was found in time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from time import monotonic
from typing import Final

from ledger.domain.rules.planning.bounds import bounds_of
from ledger.domain.rules.planning.candidates import Candidate
from ledger.domain.types import Nature
from projections.plan.execution import Done, Taken, carry_out
from projections.plan.gathering import Gathered
from projections.plan.model import Model
from projections.plan.problem import Choice, Cut, Problem
from projections.plan.tidying import tidied
from projections.plan.ways import gained_ways, own_ways, root_rooms

ROUNDS_MAX: Final = 200
"""Choices carried out for one plan."""
PAIRS_MAX: Final = 40
"""Pairs of applications tried apart, in one round, to learn why one was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A plan; ``complete`` says that nothing better can be made of the candidates."""

    done: Done
    steps: Sequence[Taken]
    complete: bool


def find_plan(gathered: Gathered, *, until: float) -> Found:
    """Return the best plan that is found in time.

    Where a part of a lot was refused, another part of it might do: then each lot that
    can be cut is also tried as a whole, which can be forbidden by itself.
    """
    first = _search(gathered, until=until)
    wholes = [
        replace(one, proportion=None) for one in gathered.candidates if one.proportion
    ]
    if first.complete or not wholes or monotonic() > until:
        return first
    both = replace(gathered, candidates=[*gathered.candidates, *wholes])
    second = _search(both, until=until, cutting=True)
    better = second.done.score >= first.done.score
    return second if better else replace(first, complete=second.complete)


def _search(gathered: Gathered, *, until: float, cutting: bool = False) -> Found:
    problem = _problem(gathered)
    model = Model(problem, until=until)
    nothing = Choice.of(problem, ())
    best = carry_out(gathered, problem, choice=nothing)
    complete = not problem.ways
    for _ in range(ROUNDS_MAX if problem.ways else 0):
        choice = model.solve()
        if choice is None or monotonic() > until:
            break
        if best.score >= choice.score:
            complete = choice.proven
            break
        done = carry_out(gathered, problem, choice=choice)
        best = max(best, done, key=lambda one: one.score)
        if best.score >= choice.score:
            complete = choice.proven
            break
        parts = any(problem.candidates[number].proportion for number in choice.gained)
        if parts and not cutting:
            break
        for cut in _cuts(gathered, problem, choice=choice, missed=done.missed):
            model.forbid(cut)
    return Found(done=best, steps=tidied(gathered, best), complete=complete)


def _cuts(
    gathered: Gathered, problem: Problem, *, choice: Choice, missed: Sequence[int]
) -> list[Cut]:
    """Return what not to choose again: pairs that never work, or just this choice."""
    everyone = frozenset(range(len(problem.candidates)))
    # With another thing present that a limit asks for, the same two might be allowed.
    depends = any(
        limit.only_if is not None
        for one in problem.candidates
        for limit in (*one.rule.terms.limits, *gathered.ground.programme.limits)
    )
    found = []
    for one, other in islice(_pairs(problem, choice.gained, missed=missed), PAIRS_MAX):
        if _never_both(gathered, problem, one=one, other=other):
            pair = frozenset({one, other})
            found.append(
                Cut(chosen=pair, others=everyone - pair if depends else frozenset())
            )
    chosen = frozenset(choice.gained)
    return found or [Cut(chosen=chosen, others=everyone - chosen)]


def _pairs(
    problem: Problem, chosen: Iterable[int], *, missed: Iterable[int]
) -> Iterable[tuple[int, int]]:
    """Return each candidate that was missed beside each that has to do with it."""
    for one in missed:
        mine = _touched(problem.candidates[one])
        for other in chosen:
            if other != one and not mine.isdisjoint(
                _touched(problem.candidates[other])
            ):
                yield one, other


def _touched(one: Candidate) -> set[str]:
    groups = {f"group {use.content_group}" for use in one.uses if use.content_group}
    roots = {use.root for use in one.uses}
    return {one.rule.rule, *groups, *roots, *(lot.award_id for lot in one.lots)}


def _never_both(gathered: Gathered, problem: Problem, *, one: int, other: int) -> bool:
    """Tell whether two together never give more than one of them, in either order."""
    first, second = problem.candidates[one], problem.candidates[other]
    if first.proportion or second.proportion:
        return False
    alone = [
        carry_out(
            gathered, problem, choice=Choice.of(problem, numbers)
        ).score.covered_milli
        for numbers in ((one,), (other,), (one, other))
    ]
    return alone[2] <= max(alone[:2])


def _problem(gathered: Gathered) -> Problem:
    asking, ground = gathered.asking, gathered.ground
    ways = [*own_ways(gathered), *gained_ways(gathered)]
    enrolment = ground.enrolment
    counted = sum(one.amount_milli for one in enrolment.counted)
    away_room = (
        ground.programme.credits_milli - counted - ground.programme.last_at_home_milli
    )
    return Problem(
        candidates=gathered.candidates,
        bounds=asking.ask(
            lambda known: bounds_of(gathered.candidates, ground, state=known)
        ),
        ways=ways,
        rooms={code: max(0, room) for code, room in gathered.rooms.items()},
        compulsory=frozenset(
            one.code
            for one in ground.programme.requirements
            if one.nature is Nature.COMPULSORY
        ),
        available={lot.award_id: lot.available_milli for lot in gathered.lots},
        roots=root_rooms(gathered, ways),
        away_room_milli=max(0, away_room),
    )
