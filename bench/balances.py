"""Balances read over HTTP: against a sum in SQL through the same framework."""

import statistics
from collections.abc import Sequence
from typing import Final

from bench.figures import Report
from bench.load import get
from bench.plan import Plan
from bench.processes import Result
from bench.school import School, learner
from bench.serving import Sender, balance_floor_served, bank_served

CONNECTIONS: Final = 16
_STRIDE: Final = 7919
"""A prime: neighbours in time are none among the learners."""


def measure(school: School, *, plan: Plan, report: Report) -> Result:
    """Return the medians of bank and floor, which are asked in turns.

    Raises:
        MeasureError: a load failed.
    """
    requests = requests_of(school, count=plan.reads)
    ours: list[Result] = []
    floors: list[Result] = []
    folder = school.folder
    sender = Sender(
        folder=folder,
        connections=CONNECTIONS,
        status=200,
        seconds_max=plan.run_seconds,
    )
    with (
        bank_served(school, folder) as bank,
        balance_floor_served(school, folder) as floor,
    ):
        # The first run warms both and is not counted.
        for number in range(plan.runs + 1):
            if number > 1 and report.is_hurried:
                break
            ours.append(sender.send(requests, bank))
            floors.append(sender.send(requests, floor))
    return {
        **_medians(ours[1:]),
        **{f"floor_{name}": value for name, value in _medians(floors[1:]).items()},
    }


def requests_of(school: School, *, count: int) -> list[bytes]:
    """Return so many requests for balances."""
    numbers = (number * _STRIDE % school.learners for number in range(count))
    return [get(f"/v1/learners/{learner(n)}/balance") for n in numbers]


def _medians(runs: Sequence[Result]) -> Result:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
