"""What a plan is chosen from, what it is bound by, and what makes one better."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.domain.rules.planning.bounds import Bound
from ledger.domain.rules.planning.candidates import Candidate


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
