"""Exchanges over HTTP, each a request that the bank accepts at once: against singles.

Both are sent to one bank in turns.
"""

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.college import College
from bench.databases import Databases
from bench.figures import Figure, Report, rounded
from bench.ingest import SINGLE_CONNECTIONS, Kind, drain
from bench.load import post
from bench.plan import Plan
from bench.processes import Result, Server
from bench.school import admitted
from bench.serving import Progress, Sender, bank_served

_SINGLE: Final = Kind(name="single", lines=1, requests=0)
_WARMING: Final = 4 * SINGLE_CONNECTIONS


class Exchanges:
    """A bank with two colleges, asked for exchanges and for awards in turns."""

    def __init__(
        self, databases: Databases, *, folder: Path, plan: Plan, report: Report
    ) -> None:
        """Found the bank and agree on its rule."""
        folder.mkdir()
        self._databases = databases
        self._plan = plan
        self._report = report
        self._college = College()
        self._school = admitted(
            databases, folder, learners=plan.learners, then=self._college.settle
        )
        self._progress = Progress(self._school)

    def measure(self) -> None:
        """Measure both in turns.

        Raises:
            MeasureError: a load failed.
        """
        try:
            with bank_served(self._school, self._school.folder) as bank:
                turns = list(self._turns(bank))
        finally:
            self._progress.close()
        singles, exchanges = zip(*turns, strict=True)
        self._tell(_medians(singles), _medians(exchanges), runs=len(turns))

    def _turns(self, bank: Server) -> Iterator[tuple[Result, Result]]:
        # The first warms the bank, the second tells how much fits into a run.
        count = min(self._plan.singles, _WARMING)
        self._turn(bank, count)
        _, found = self._turn(bank, count)
        count = self._fitting(found)
        for number in range(self._plan.runs):
            if number and self._report.is_hurried:
                break
            yield self._turn(bank, count)

    def _fitting(self, found: Result) -> int:
        wanted = int(found["rate"] * self._plan.run_seconds)
        return min(self._plan.singles, max(1, wanted))

    def _turn(self, bank: Server, count: int) -> tuple[Result, Result]:
        first = self._college.requested
        owners = [
            number % self._school.learners for number in range(first, first + count)
        ]
        awards, requests = self._college.requests(self._school, owners)
        batches = [post(raw, media_type="application/x-ndjson") for raw in awards]
        self._load(batches, bank, connections=1)
        single = self._load(_SINGLE.sign(self._school, count=count), bank)
        asked = [post(raw, media_type="application/jose") for raw in requests]
        return single, self._load(asked, bank)

    def _load(
        self,
        requests: Sequence[bytes],
        bank: Server,
        *,
        connections: int = SINGLE_CONNECTIONS,
    ) -> Result:
        """Send all requests; return rate and cost of one until it is projected."""
        # What is sent must all be written: the next turn's requests build on it.
        sender = Sender(
            folder=self._school.folder,
            connections=connections,
            status=201,
            seconds_max=self._plan.peer_seconds,
        )
        cpu, database = bank.cpu_seconds(), self._databases.cpu_seconds()
        found = sender.send(requests, bank)
        drain(self._progress)
        spent = bank.cpu_seconds() - cpu
        below = self._databases.cpu_seconds() - database
        return found | {
            "cpu_us_projected": spent / found["count"] * 1e6,
            "cpu_us_database": below / found["count"] * 1e6,
        }

    def _tell(self, single: Result, exchange: Result, *, runs: int) -> None:
        database = self._databases.name
        figure = Figure(
            name="exchange",
            database=database,
            value=exchange["rate"],
            unit="exchanges/s",
            cpu_us=exchange["cpu_us_projected"],
        )
        self._report.add(figure, reference=single["rate"], against="single, in turns")
        costs = []
        for name, found in (("exchange", exchange), ("single", single)):
            cost = f"{name} {rounded(found['cpu_us'])} us until the last answer"
            cost += f", {rounded(found['cpu_us_projected'])} until projected"
            if found["cpu_us_database"]:
                cost += f", database {rounded(found['cpu_us_database'])}"
            costs.append(cost)
        share = exchange["cpu_us"] / single["cpu_us"]
        self._report.notes.append(
            f"exchange on {database}: {runs} runs, p50 {rounded(exchange['p50_ms'])} "
            f"ms, p99 {rounded(exchange['p99_ms'])} ms; CPU: {'; '.join(costs)}; "
            f"one costs {share:.2f} singles until the last answer."
        )


def _medians(runs: Sequence[Result]) -> Result:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
