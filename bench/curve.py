"""How cost grows: one ledger is filled, and everything is measured at several sizes.

It is filled without HTTP (``filling``). What is measured at a size is what the bank
itself runs: projections, published files, a server under load, a start after a crash,
an audit, a replay. Processor time is given, too, where others use the machine as well.
"""

import os
import sys
from pathlib import Path
from typing import Final

from bench.balances import CONNECTIONS as READERS
from bench.crashing import start_after_crash
from bench.databases import Databases
from bench.figures import Report
from bench.filling import filling
from bench.growth import Point
from bench.ingest import Kind, drain
from bench.load import get
from bench.options import Options
from bench.plan import Plan
from bench.processes import Result, Server, run_task
from bench.school import learner
from bench.serving import Progress, Sender, bank_served
from bench.spending import spend
from bench.storage import parts_of
from client.clock import system_now
from ledger.domain.types import instant_of

RULES: Final = 100
"""In force, so that a learner with 200 lots has something to choose from."""
ENTRIES_PER_SECOND_MIN: Final = 150
"""A task that goes through the log has time for so few; slower is a fault."""
_TASK_SECONDS: Final = 300
_STRIDE: Final = 7919
_SINGLE: Final = Kind(name="single", lines=1, requests=2_000)
_BATCH: Final = Kind(name="batch-1000", lines=1_000, requests=4)
_OPTIONS: Final = 40
_READS: Final = 10_000


class Curve:
    """One growing ledger on one kind of database."""

    def __init__(
        self, databases: Databases, plan: Plan, *, folder: Path, report: Report
    ) -> None:
        """Found a bank of two colleges, and measure into a report's growth."""
        self._databases = databases
        self._plan = plan
        self._report = report
        self._options = Options(databases, folder=folder, plan=plan, report=report)
        self._options.grow(RULES)
        self._school = self._options.school
        self._size = 0

    def run(self) -> None:
        """Grow to each size and measure there.

        Raises:
            MeasureError: a load or a task failed.
        """
        for size in self._plan.curve:
            self._size = size
            self._grow()
            self._store()
            self._serve()
            self._crash()
            self._audit()

    def _grow(self) -> None:
        progress = Progress(self._school)
        before = progress.entries()
        progress.close()
        with filling(self._school) as filler:
            spent = spend(lambda: filler.fill(self._size))
        added = max(1, self._size - before)
        # Who else is busy slows down whatever has to wait for a core.
        self._point("machine's load", os.getloadavg()[1], unit="processes")
        self._point("fill", added / spent.seconds, unit="entries/s")
        self._point("fill CPU", spent.cpu_seconds / added * 1e6, unit="us/entry")
        settings = self._school.settings
        projected = self._task(
            "rebuilds:catch_up",
            url=settings.database_url,
            projections_url=settings.projections_url,
        )
        self._point("projection", 1e6 / projected["rate"], unit="us/entry")
        self._point("projection CPU", projected["cpu_us"], unit="us/entry")
        self._point("memory, projecting", projected["memory_mb"], unit="MB")
        published = self._task(
            "rebuilds:publish", url=settings.database_url, folder=str(settings.log)
        )
        cost = published["seconds"] / added * 1e6
        self._point("publishing", cost, unit="us/entry")
        self._point("memory, publishing", published["memory_mb"], unit="MB")

    def _serve(self) -> None:
        """Read, then write, then look at the server's memory."""
        school, progress = self._school, Progress(self._school)
        # The first learner has far more than others, and asks for options below.
        others = school.learners - 1
        numbers = [1 + number * _STRIDE % others for number in range(_READS)]
        balances = [get(f"/v1/learners/{learner(one)}/balance") for one in numbers]
        positions = [number * _STRIDE % self._size for number in range(_READS)]
        proofs = [get(f"/v1/proofs/inclusion/{one}") for one in positions]
        options = [self._options.request()] * _OPTIONS
        try:
            with bank_served(school, school.folder) as bank:
                drain(progress)
                self._send(options[:1], bank, connections=1)
                one = self._send(options, bank, connections=1)
                self._point("options p95", one["p95_ms"], unit="ms")
                self._point("options CPU", one["cpu_us"] / 1e3, unit="ms")
                many = self._send(balances, bank, connections=READERS)
                self._point("balance-read", many["rate"], unit="reads/s")
                self._point("balance-read CPU", many["cpu_us"], unit="us")
                one = self._send(balances, bank, connections=1)
                self._point("balance-read p50", one["p50_ms"], unit="ms")
                self._point("balance-read p99", one["p99_ms"], unit="ms")
                one = self._send(proofs, bank, connections=1)
                self._point("proof over HTTP p50", one["p50_ms"], unit="ms")
                self._point("proof over HTTP CPU", one["cpu_us"], unit="us")
                for kind in (_SINGLE, _BATCH):
                    self._write(kind, bank)
                drain(progress)
                self._point("memory, writer", bank.writer_peak_mb(), unit="MB")
                self._point("memory, server", bank.memory_peak_mb(), unit="MB")
        finally:
            progress.close()
        proven = self._task(
            "proofs:measure_stored",
            url=school.settings.database_url,
            proofs=self._plan.proofs,
        )
        self._point("proof p50", proven["p50_ms"], unit="ms")
        self._point("proof CPU", proven["cpu_us"], unit="us")

    def _write(self, kind: Kind, bank: Server) -> None:
        warming = kind.sign(self._school, count=kind.warming)
        self._send(warming, bank, connections=kind.connections, status=201)
        requests = kind.sign(self._school, count=kind.requests)
        before = bank.written_bytes()
        found = self._send(requests, bank, connections=kind.connections, status=201)
        made = int(found["count"]) + len(warming)
        self._school.awards += made * kind.lines
        self._point(kind.name, found["rate"] * kind.lines, unit="awards/s")
        self._point(f"{kind.name} CPU", found["cpu_us"] / kind.lines, unit="us/award")
        written = (bank.written_bytes() - before) / found["count"] / kind.lines
        self._point(f"{kind.name} written", written, unit="bytes/award")

    def _crash(self) -> None:
        found = start_after_crash(self._school)
        for name, seconds in found.items():
            self._point(f"start after a crash, {name}", seconds, unit="s")

    def _store(self) -> None:
        parts = parts_of(self._school)
        progress = Progress(self._school)
        # Nearly all are awards; accounts and headers are paid for by them.
        entries = progress.entries()
        progress.close()
        for name, size in parts.items():
            self._point(f"storage, {name}", size / entries, unit="bytes/entry")
        total = sum(parts.values()) - parts["files"]
        self._point("storage, database", total / entries, unit="bytes/entry")

    def _audit(self) -> None:
        url = self._school.settings.database_url
        audited = self._task(
            "audits:measure", url=url, ledger=self._school.ledger, runs=1, seconds_max=0
        )
        self._point("audit-batch", 1e6 / audited["rate"], unit="us/entry")
        self._point("audit-batch CPU", audited["cpu_us_all"], unit="us/entry")
        self._point("memory, audit verify", audited["memory_mb"], unit="MB")
        replayed = self._task("audits:measure_replay", url=url, runs=1, seconds_max=0)
        self._point("replay", 1e6 / replayed["rate"], unit="us/entry")
        self._point("replay CPU", replayed["cpu_us"], unit="us/entry")
        self._point("memory, replay", replayed["memory_mb"], unit="MB")

    def _task(self, name: str, **options: object) -> Result:
        seconds = _TASK_SECONDS + self._size / ENTRIES_PER_SECOND_MIN
        return run_task(name, seconds=seconds, **options)

    def _send(
        self,
        requests: list[bytes],
        bank: Server,
        *,
        connections: int,
        status: int = 200,
    ) -> Result:
        sender = Sender(
            folder=self._school.folder,
            connections=connections,
            status=status,
            seconds_max=self._plan.run_seconds * self._plan.runs,
        )
        return sender.send(requests, bank)

    def _point(self, name: str, value: float, *, unit: str) -> None:
        point = Point(
            name=name,
            database=self._databases.name,
            entries=self._size,
            value=value,
            unit=unit,
            on=instant_of(system_now())[:10],
            cores=os.cpu_count() or 1,
        )
        self._report.growth.append(point)
        sys.stderr.write(f"  {self._size:,} entries: {name} {value:,.3g} {unit}\n")
