"""Tells how long the consortium's figures and its trail take, at growing sizes."""

from typing import Final

from bench.databases import Databases
from bench.figures import Figure, Report, rounded
from bench.plan import Plan
from bench.processes import Result, run_task

TASK_SECONDS: Final = 900
QUESTIONS: Final = ("learner", "member", "rule", "rare")


def run(databases: Databases, plan: Plan, *, report: Report) -> None:
    """Measure at each size; the figure is of the largest, against the smallest.

    Raises:
        MeasureError: a task failed.
    """
    found: dict[int, Result] = {}
    for size in plan.awards:
        found[size] = run_task(
            "oversight:measure",
            seconds=TASK_SECONDS,
            url=databases.url("overview"),
            size=size,
            reads=plan.proofs,
        )
        _note(databases.name, size, found=found[size], report=report)
    small, large = min(found), max(found)
    figure = Figure(
        name="overview",
        database=databases.name,
        value=found[large]["p50_ms"],
        unit="ms",
        cpu_us=found[large]["cpu_us"],
    )
    against = f"{small:,} awards; value is of {large:,}"
    report.add(figure, reference=found[small]["p50_ms"], against=against)


def _note(database: str, size: int, *, found: Result, report: Report) -> None:
    trail = ", ".join(
        f"{name} {rounded(found[f'{name}_p50_ms'])} "
        f"({rounded(found[f'{name}_p95_ms'])})"
        for name in QUESTIONS
    )
    report.notes.append(
        f"overview on {database} at {size:,} awards, filled in directly: p50 "
        f"{rounded(found['p50_ms'])} ms, p95 {rounded(found['p95_ms'])} ms; a page of "
        f"the trail, p50 (p95) in ms: {trail}."
    )
