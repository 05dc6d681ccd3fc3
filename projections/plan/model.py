"""The choice among candidates as an integer programme, which HiGHS solves.

Amounts are whole thousandths. Of all choices within the bounds the best is the one that
covers most; of those, most of what is compulsory; then the one that uses up least; then
the one with fewest applications.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Final

import highspy

# The package's own class greets on stdout; its base does the same work and is silent.
from highspy._core import _Highs

from ledger.domain.rules.planning.candidates import Candidate
from projections.plan.problem import Choice, Cut, Problem, Score

NODES_MAX: Final = 2_000
"""Branches that one solve may look at: the same ones, however fast the machine is."""
TINY: Final = 0.001
"""Far below one thousandth of a credit, and far above what the solver is exact to."""
ALMOST_ONE: Final = 0.9
"""Applications are counted one by one."""
_FEASIBLE: Final = highspy.SolutionStatus.kSolutionStatusFeasible.value
_HALF: Final = 0.5
_WHOLE: Final = highspy.HighsVarType.kInteger

Row = dict[int, float]


class Model:
    """One integer programme; cuts are added as they are found out."""

    def __init__(self, problem: Problem, *, until: float) -> None:
        """Write the programme down; ``until`` is when the solver has to give up."""
        self._until = until
        self._problem = problem
        self._solver = _Highs()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("mip_rel_gap", 0.0),
            ("mip_max_nodes", NODES_MAX),
        ):
            self._solver.setOptionValue(option, value)
        self._count = 0
        candidates = range(len(problem.candidates))
        self._chosen = [self._new(1, whole=True) for _ in candidates]
        self._gained: dict[int, int] = {}
        self._brought: dict[int, int] = {}
        for number in candidates:
            self._divide(number)
        self._counts = [self._new(way.most_milli) for way in problem.ways]
        self._bind()
        self._count_within()

    def _new(self, most: float, *, whole: bool = False) -> int:
        self._solver.addVar(0.0, float(most))
        if whole:
            self._solver.changeColIntegrality(self._count, _WHOLE)
        self._count += 1
        return self._count - 1

    def _row(self, row: Row, *, most: float) -> None:
        kept = {column: value for column, value in row.items() if value}
        self._solver.addRow(
            -highspy.kHighsInf, most, len(kept), [*kept], [*kept.values()]
        )

    def _divide(self, number: int) -> None:
        """Where any part will do, how much is given is a choice of its own."""
        one = self._problem.candidates[number]
        if one.proportion is None:
            return
        (lot,), most = one.lots, one.gained_milli
        self._gained[number] = self._new(most)
        self._brought[number] = self._new(lot.amount_milli)
        self._row({self._gained[number]: 1.0, self._chosen[number]: -most}, most=0)
        # Nobody applies for nothing.
        self._row({self._gained[number]: -1.0, self._chosen[number]: 1.0}, most=0)
        self._step(number, one.proportion.step_milli)
        each = min(
            float(1 / one.proportion.ratio), lot.amount_milli / most if most else 0.0
        )
        self._row({self._gained[number]: each, self._brought[number]: -1.0}, most=0)

    def _step(self, number: int, step_milli: int) -> None:
        """Where a rule gives in larger steps, so much is given that many times."""
        if step_milli == 1:
            return
        most = self._problem.candidates[number].gained_milli
        times = self._new(-(-most // step_milli), whole=True)
        gained = self._gained[number]
        self._row({gained: 1.0, times: -float(step_milli)}, most=0)
        if most % step_milli == 0:
            self._row({gained: -1.0, times: float(step_milli)}, most=0)

    def _bind(self) -> None:
        for bound in self._problem.bounds:
            row: Row = {self._chosen[n]: float(one) for n, one in bound.each.items()}
            row |= {self._gained[n]: float(one) for n, one in bound.share.items()}
            self._row(row, most=bound.room)

    def _count_within(self) -> None:
        """What counts is within what there is, the requirements, and the roots."""
        by_lot: defaultdict[str, Row] = defaultdict(dict)
        by_need: defaultdict[str, Row] = defaultdict(dict)
        by_root: defaultdict[str, Row] = defaultdict(dict)
        away: Row = {}
        for column, way in zip(self._counts, self._problem.ways, strict=True):
            if isinstance(way.source, str):
                by_lot[way.source][column] = 1.0
            by_need[way.requirement][column] = 1.0
            for root, share in way.roots.items():
                by_root[root][column] = share
            if way.away:
                away[column] = 1.0
        for number, one in enumerate(self._problem.candidates):
            self._spend(number, one, by_lot=by_lot)
        for rows, rooms in (
            (by_lot, self._problem.available),
            (by_need, self._problem.rooms),
            (by_root, self._problem.roots),
        ):
            for key, row in rows.items():
                self._row(row, most=rooms[key])
        self._row(away, most=self._problem.away_room_milli)
        self._count_gains()

    def _count_gains(self) -> None:
        """No more of a gain counts than there is of it."""
        by_source: defaultdict[tuple[int, int], Row] = defaultdict(dict)
        for column, way in zip(self._counts, self._problem.ways, strict=True):
            if not isinstance(way.source, str):
                by_source[way.source][column] = 1.0
        for (number, place), row in by_source.items():
            gain = self._problem.candidates[number].gains[place]
            if number in self._gained:
                row[self._gained[number]] = -1.0
            else:
                row[self._chosen[number]] = -float(gain.amount_milli)
            self._row(row, most=0)

    def _spend(
        self, number: int, one: Candidate, *, by_lot: defaultdict[str, Row]
    ) -> None:
        if not one.consumes:
            return
        if number in self._brought:
            by_lot[one.lots[0].award_id][self._brought[number]] = 1.0
            return
        for part in one.used:
            by_lot[part.award_id][self._chosen[number]] = float(part.amount_milli)

    def forbid(self, cut: Cut) -> None:
        """Take a choice out that the rules refuse."""
        row: Row = {self._chosen[number]: 1.0 for number in cut.chosen}
        row |= {self._chosen[number]: -1.0 for number in cut.others}
        self._row(row, most=len(cut.chosen) - 1)

    def solve(self) -> Choice | None:
        """Return the best choice that is left; None if none was found in time."""
        proven, values, kept = True, None, self._solver.getNumRow()
        for goal, gap in self._goals():
            self._solver.setOptionValue("mip_abs_gap", gap)
            found = self._reach(goal)
            status = self._solver.getModelStatus()
            if found is None:
                proven = False
                break
            values = found
            reached = sum(value * values[column] for column, value in goal.items())
            told = -self._solver.getInfo().objective_function_value
            sound = abs(told - reached) <= TINY * max(1.0, abs(reached))
            best = status == highspy.HighsModelStatus.kOptimal
            proven = proven and best and sound
            # What was reached is kept, to the thousandth, while the next is followed:
            # any room left here would be spent on it.
            exact = round(reached) if abs(reached - round(reached)) < TINY else reached
            self._row({c: -v for c, v in goal.items()}, most=-exact)
        last = self._solver.getNumRow()
        if last > kept:
            self._solver.deleteRows(last - kept, list(range(kept, last)))
        return None if values is None else self._read(values, proven=proven)

    def _reach(self, goal: Row) -> list[float] | None:
        """Follow one goal; None if nothing was found in time.

        It begins from nothing: given the choice of the goal before, HiGHS 1.16 was seen
        to hand that back as the best one, with an objective that it does not have.
        """
        solver = self._solver
        for column in range(self._count):
            solver.changeColCost(column, -goal.get(column, 0.0))
        left = max(0.01, self._until - monotonic())
        solver.setOptionValue("time_limit", solver.getRunTime() + left)
        solver.run()
        if solver.getInfo().primal_solution_status != _FEASIBLE:
            return None
        return list(solver.getSolution().col_value)

    def _goals(self) -> Iterable[tuple[Row, float]]:
        """Yield what is to be as large as can be, the most important first.

        With each, by how little a better one would not be looked for.
        """
        ways = list(zip(self._counts, self._problem.ways, strict=True))
        compulsory = self._problem.compulsory
        yield {column: 1.0 for column, _ in ways}, TINY
        if compulsory and not compulsory.issuperset(way.requirement for _, way in ways):
            own = [column for column, way in ways if way.requirement in compulsory]
            yield dict.fromkeys(own, 1.0), TINY
        # A thousandth used up weighs more than all the applications that there can be.
        weight, few = 1.0 + len(self._chosen), dict.fromkeys(self._chosen, -1.0)
        least = {
            column: weight * value + few.get(column, 0.0)
            for column, value in self._spent()
        }
        yield least, ALMOST_ONE

    def _spent(self) -> Iterable[tuple[int, float]]:
        for number, one in enumerate(self._problem.candidates):
            used = sum(part.amount_milli for part in one.used)
            whole = one.consumes and number not in self._brought
            yield self._chosen[number], -float(used) if whole else 0.0
            if one.consumes and number in self._brought:
                yield self._brought[number], -1.0

    def _read(self, values: Sequence[float], *, proven: bool) -> Choice:
        gained = {
            number: round(values[self._gained[number]])
            if number in self._gained
            else one.gained_milli
            for number, one in enumerate(self._problem.candidates)
            if values[self._chosen[number]] > _HALF
        }
        counted = [
            (way, round(values[column]))
            for column, way in zip(self._counts, self._problem.ways, strict=True)
        ]
        compulsory = self._problem.compulsory
        score = Score(
            covered_milli=sum(amount for _, amount in counted),
            compulsory_milli=sum(
                amount for way, amount in counted if way.requirement in compulsory
            ),
            unspent_milli=-sum(self._consumed(number, gained) for number in gained),
            uncalled=-len(gained),
        )
        return Choice(score=score, gained=gained, counted=counted, proven=proven)

    def _consumed(self, number: int, gained: Mapping[int, int]) -> int:
        one = self._problem.candidates[number]
        if not one.consumes:
            return 0
        if one.proportion is None:
            return sum(part.amount_milli for part in one.used)
        return sum(lot.amount_milli for lot in one.lots_for(gained[number]))
