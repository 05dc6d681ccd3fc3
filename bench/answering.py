"""The same loads on a bank in one process, and in several on the same cores.

Who sends is on these cores, too. So beside the rate stands what an answer costs each
kind of process: the one that writes is the one that there is no second of.
"""

import statistics
from collections.abc import Sequence
from typing import Final

from bench.balances import CONNECTIONS, requests_of
from bench.databases import Databases
from bench.figures import Figure, Report, rounded
from bench.ingest import SINGLE_CONNECTIONS, Kind, drain
from bench.plan import Plan
from bench.processes import Result, Server, children_of, cpu_seconds_of
from bench.school import School
from bench.serving import Progress, Sender, bank_served

PROCESSES: Final = (1, 2, 3, 4)
_SINGLE: Final = Kind(name="single", lines=1, requests=0)
_WARMING: Final = 4 * SINGLE_CONNECTIONS


class Answering:
    """One bank that is served again and again, by another number of processes."""

    def __init__(
        self, school: School, databases: Databases, *, plan: Plan, report: Report
    ) -> None:
        """Measure into a report, looking at the bank's databases from outside."""
        self._databases = databases
        self._plan = plan
        self._report = report
        self._school = school
        self._progress = Progress(school)

    def measure(self) -> None:
        """Measure posting and reading, each number of processes in turn.

        Raises:
            MeasureError: a load failed.
        """
        posts: dict[int, list[Result]] = {count: [] for count in PROCESSES}
        reads: dict[int, list[Result]] = {count: [] for count in PROCESSES}
        try:
            for number in range(self._plan.runs):
                if number and self._report.is_hurried:
                    break
                for count in PROCESSES:
                    self._serve(count, posts=posts[count], reads=reads[count])
        finally:
            self._progress.close()
        for name, unit, found in (
            ("single", "awards/s", posts),
            ("balance-read", "reads/s", reads),
        ):
            ours = {n: _medians(runs) for n, runs in found.items()}
            self._tell(name, ours, unit=unit)

    def _serve(self, count: int, *, posts: list[Result], reads: list[Result]) -> None:
        school, folder = self._school, self._school.folder
        with bank_served(school, folder, processes=count) as bank:
            posting = self._sender(SINGLE_CONNECTIONS, status=201)
            reading = self._sender(CONNECTIONS, status=200)
            warming = posting.send(_SINGLE.sign(school, count=_WARMING), bank)
            drain(self._progress)
            wanted = int(warming["rate"] * self._plan.run_seconds)
            signed = _SINGLE.sign(school, count=min(self._plan.singles, wanted + 1))
            posts.append(self._load(posting, signed, bank=bank))
            asked = requests_of(school, count=self._plan.reads)
            reads.append(self._load(reading, asked, bank=bank))

    def _sender(self, connections: int, *, status: int) -> Sender:
        return Sender(
            folder=self._school.folder,
            connections=connections,
            status=status,
            seconds_max=self._plan.run_seconds,
        )

    def _load(
        self, sender: Sender, requests: Sequence[bytes], *, bank: Server
    ) -> Result:
        before = _spent(bank)
        found = sender.send(requests, bank)
        drain(self._progress)
        return found | {
            kind: (spent - before[kind]) / found["count"] * 1e6
            for kind, spent in _spent(bank).items()
        }

    def _tell(self, name: str, found: dict[int, Result], *, unit: str) -> None:
        database = self._databases.name
        for count, ours in found.items():
            figure = Figure(
                name=f"{name}-by-{count}",
                database=database,
                value=ours["rate"],
                unit=unit,
                cpu_us=ours["first_us"] + ours["others_us"] + ours["projecting_us"],
            )
            self._report.add(
                figure, reference=found[1]["rate"], against="one process, this run"
            )
            self._report.notes.append(
                f"{name} by {count} processes on {database}: p50 "
                f"{rounded(ours['p50_ms'])} ms, p99 {rounded(ours['p99_ms'])} ms; CPU "
                f"of an answer: {rounded(ours['first_us'])} us in the process that "
                f"writes, {rounded(ours['others_us'])} in those that only answer, "
                f"{rounded(ours['projecting_us'])} for the projections."
            )


def _spent(bank: Server) -> Result:
    """Return the processor time of each kind of process."""
    # The first child keeps the projections; in one process nobody else does.
    children = children_of(bank.process.pid)
    seconds = [cpu_seconds_of(one) for one in children]
    return {
        "first_us": cpu_seconds_of(bank.process.pid),
        "projecting_us": sum(seconds[:1]),
        "others_us": sum(seconds[1:]),
    }


def _medians(runs: Sequence[Result]) -> Result:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
