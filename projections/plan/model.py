"""The choice among candidates as an integer programme, which HiGHS solves.

Amounts are whole thousandths. Of all choices within the bounds the best is the one that
covers most; of those, most of what is compulsory; then the one that uses up least; then
the one with fewest applications.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import highspy

# The package's own class greets on stdout; its base does the same work and is silent.
from highspy._core import _Highs

from ledger.domain.rules.planning.bounds import Bound
from ledger.domain.rules.planning.candidates import Candidate

NODES_MAX: Final = 2_000
"""Branches that one solve may look at: the same ones, however fast the machine is."""
_FEASIBLE: Final = highspy.SolutionStatus.kSolutionStatusFeasible.value
_WHOLE: Final = highspy.HighsVarType.kInteger

Row = dict[int, float]


class Score(NamedTuple):
    """How good a plan is: each number counts only where those before it are equal."""

    covered_milli: int
    compulsory_milli: int
    unspent_milli: int
    uncalled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """That credits of a source may count toward a requirement, at most so many.

    ``source`` is a lot's id, or a candidate's index with that of its gain. ``roots``
    says how much of every root one thousandth of it counts.
    """

    source: str | tuple[int, int]
    requirement: str
    most_milli: int
    roots: Mapping[str, float] = field(default_factory=dict)
    away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything that a choice is bound by."""

    candidates: Sequence[Candidate]
    bounds: Sequence[Bound]
    ways: Sequence[Way]
    rooms: Mapping[str, int]
    compulsory: frozenset[str]
    available: Mapping[str, int]
    roots: Mapping[str, int]
    away_room_milli: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A choice that the rules refuse: not all of these, with none of the others."""

    chosen: frozenset[int]
    others: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to apply for, for how much, and what should count toward what."""

    score: Score
    gained: Mapping[int, int]
    counted: Sequence[tuple[Way, int]] = ()
    proven: bool = False

    @classmethod
    def of(cls, problem: "Problem", numbers: Iterable[int]) -> "Choice":
        """Return the choice of these candidates, each as it is by itself."""
        gained = {one: problem.candidates[one].gained_milli for one in numbers}
        return cls(score=Score(0, 0, 0, 0), gained=gained)


class Model:
    """One integer programme; cuts are added as they are found out."""

    def __init__(self, problem: Problem, *, seconds: float) -> None:
        """Write the programme down."""
        self._problem = problem
        self._solver = _Highs()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.5),
            ("mip_max_nodes", NODES_MAX),
            ("time_limit", seconds),
        ):
            self._solver.setOptionValue(option, value)
        self._count = 0
        candidates = range(len(problem.candidates))
        self._chosen = [self._new(1) for _ in candidates]
        self._gained: dict[int, int] = {}
        self._brought: dict[int, int] = {}
        for number in candidates:
            self._divide(number)
        self._counts = [self._new(way.most_milli) for way in problem.ways]
        self._bind()
        self._count_within()

    def _new(self, most: int) -> int:
        self._solver.addVar(0.0, float(most))
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
        each = min(
            float(1 / one.proportion.ratio), lot.amount_milli / most if most else 0.0
        )
        self._row({self._gained[number]: each, self._brought[number]: -1.0}, most=0)

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
        for goal in self._goals():
            for column in range(self._count):
                self._solver.changeColCost(column, -goal.get(column, 0.0))
            self._solver.run()
            status = self._solver.getModelStatus()
            proven = proven and status == highspy.HighsModelStatus.kOptimal
            found = [round(one) for one in self._solver.getSolution().col_value]
            if not found or (
                self._solver.getInfo().primal_solution_status != _FEASIBLE
            ):
                break
            values = found
            reached = sum(value * values[column] for column, value in goal.items())
            # What was reached is kept while the next goal is followed.
            self._row({c: -v for c, v in goal.items()}, most=-reached + 0.4)
        last = self._solver.getNumRow()
        if last > kept:
            self._solver.deleteRows(last - kept, list(range(kept, last)))
        return None if values is None else self._read(values, proven=proven)

    def _goals(self) -> Iterable[Row]:
        ways = list(zip(self._counts, self._problem.ways, strict=True))
        yield {column: 1.0 for column, _ in ways}
        compulsory = self._problem.compulsory
        yield {column: 1.0 for column, way in ways if way.requirement in compulsory}
        spent: Row = {}
        for number, one in enumerate(self._problem.candidates):
            if one.consumes and number in self._brought:
                spent[self._brought[number]] = -1.0
            elif one.consumes:
                used = sum(part.amount_milli for part in one.used)
                spent[self._chosen[number]] = -float(used)
        yield spent
        yield dict.fromkeys(self._chosen, -1.0)

    def _read(self, values: Sequence[int], *, proven: bool) -> Choice:
        gained = {
            number: values[self._gained[number]]
            if number in self._gained
            else one.gained_milli
            for number, one in enumerate(self._problem.candidates)
            if values[self._chosen[number]]
        }
        counted = [
            (way, values[column])
            for column, way in zip(self._counts, self._problem.ways, strict=True)
            if values[column]
        ]
        goals = [
            round(sum(value * values[column] for column, value in goal.items()))
            for goal in self._goals()
        ]
        score = Score(*goals)
        return Choice(score=score, gained=gained, counted=counted, proven=proven)
