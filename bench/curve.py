"""How cost grows: one ledger is filled over HTTP, and measured at several sizes."""

from pathlib import Path
from typing import Final

from bench import balances
from bench.databases import Databases
from bench.figures import Report, rounded
from bench.load import post
from bench.plan import Plan
from bench.processes import Result, Server, run_task
from bench.school import LINES_MAX, admitted
from bench.serving import Progress, Sender, bank_served

STEP_ENTRIES: Final = 50_000
"""At most so many awards are signed and held in memory before they are sent."""
AWARDS_PER_LEARNER: Final = 10
TASK_SECONDS: Final = 600
TREE_SIZES: Final = (10_000, 100_000, 1_000_000, 10_000_000)
CONNECTIONS: Final = 8


class Curve:
    """One growing ledger on one kind of database."""

    def __init__(
        self, databases: Databases, plan: Plan, *, folder: Path, report: Report
    ) -> None:
        """Measure into a report's curve."""
        self._databases = databases
        self._plan = plan
        self._report = report
        folder.mkdir()
        self._school = admitted(databases, folder, learners=LINES_MAX)

    def run(self) -> None:
        """Grow to each size and measure there; then prove in trees of all sizes.

        Raises:
            MeasureError: a load or a task failed.
        """
        for size in self._plan.curve:
            self._grow(size)
            self._measure(size)
        for size in TREE_SIZES:
            found = run_task(
                "proofs:measure",
                seconds=TASK_SECONDS,
                url=self._databases.url("proofs"),
                size=size,
                proofs=self._plan.proofs,
            )
            self._point("proof", size, value=found["p50_ms"], unit="ms")

    def _grow(self, size: int) -> None:
        progress = Progress(self._school)
        awards = 0
        seconds = 0.0
        try:
            with bank_served(self._school, self._school.folder) as bank:
                while (entries := progress.entries()) < size:
                    step = min(STEP_ENTRIES, size - entries)
                    found = self._post(step, bank)
                    # Opening accounts is not counted; it shares the load's time.
                    awards += step
                    seconds += found["seconds"]
                memory = bank.memory_peak_mb()
        finally:
            progress.close()
        rate = awards / seconds if seconds else 0.0
        self._point("batch-1000", size, value=rate, unit="entries/s")
        self._point("server memory peak", size, value=memory, unit="MB")

    def _post(self, entries: int, bank: Server) -> Result:
        """Post accounts and awards, about so many entries of both together."""
        school = self._school
        accounts = entries // (AWARDS_PER_LEARNER + 1)
        opened = school.open_accounts(accounts)
        batches = max(1, (entries - accounts) // LINES_MAX)
        awarded = [school.batch(LINES_MAX) for _ in range(batches)]
        found: Result = {"seconds": 0.0}
        for bodies in (opened, awarded):
            requests = [post(raw, media_type="application/x-ndjson") for raw in bodies]
            if requests:
                part = self._send(requests, bank)
                found["seconds"] += part["seconds"]
        return found

    def _send(self, requests: list[bytes], bank: Server) -> Result:
        sender = Sender(
            folder=self._school.folder,
            connections=CONNECTIONS,
            status=201,
            seconds_max=TASK_SECONDS,
        )
        return sender.send(requests, bank)

    def _measure(self, size: int) -> None:
        settings, bounds = self._school.settings, {"runs": 1, "seconds_max": 0}
        audited = run_task(
            "audits:measure",
            seconds=TASK_SECONDS,
            url=settings.database_url,
            ledger=self._school.ledger,
            **bounds,
        )
        self._point("audit-batch", size, value=audited["rate"], unit="entries/s")
        rebuilt = run_task(
            "rebuilds:measure",
            seconds=TASK_SECONDS,
            url=settings.database_url,
            projections_url=settings.projections_url,
            **bounds,
        )
        self._point("projection-rebuild", size, value=rebuilt["rate"], unit="entries/s")
        read = balances.measure(self._school, plan=self._plan, report=self._report)
        self._point("balance-read", size, value=read["rate"], unit="reads/s")
        self._point(
            "balance-read floor", size, value=read["floor_rate"], unit="reads/s"
        )

    def _point(self, name: str, size: int, *, value: float, unit: str) -> None:
        shown = f"{rounded(value)} {unit}"
        self._report.curve.append((name, self._databases.name, size, shown))
