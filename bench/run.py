"""One run: every measure on one database after the other, each with an end.

What fails is told and the rest goes on; a figure is never made up for it.
"""

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench import balances, overviews, proofs, replays
from bench.answering import Answering
from bench.curve import Curve
from bench.databases import Databases
from bench.deciding import Deciding
from bench.exchanges import Exchanges
from bench.figures import Figure, Report
from bench.ingest import Ingest, Kind, note_storage
from bench.options import Options
from bench.overload import Overload
from bench.plan import Plan
from bench.planning import Planning
from bench.processes import MeasureError, Result, run_task
from bench.school import School, admitted
from bench.singles import GROUP, singles_written
from bench.stages import Stages
from bench.sustained import Sustained

TASK_SECONDS: Final = 300
PARTS: Final = (
    "singles",
    "answering",
    "exchanges",
    "overload",
    "sustained",
    "options",
    "batches",
    "stages",
    "proofs",
    "overview",
    "peers",
    "plan",
    "curve",
)
_UNITS: Final = {"balance-read": "reads/s"}


@contextmanager
def attempt(report: Report, what: str) -> Iterator[None]:
    """Say what is measured; note it if it failed, and go on."""
    sys.stderr.write(f"{what} …\n")
    try:
        yield
    except MeasureError as error:
        report.failures.append(f"{what}: {error}")


class DatabaseRun:
    """All measures on one kind of database, in a folder of its own."""

    def __init__(
        self, databases: Databases, plan: Plan, *, folder: Path, report: Report
    ) -> None:
        """Measure into a report."""
        self._databases = databases
        self._plan = plan
        self._folder = folder
        self._report = report

    def run(self, parts: Collection[str], *, verify_rate: float | None) -> None:
        """Measure these parts; ``verify_rate`` is that of all cores, if known."""
        self._report.hurried_from = time.monotonic() + self._plan.database_seconds
        measures: dict[str, Callable[[], None]] = {
            "singles": lambda: self._run_singles(verify_rate),
            "answering": self._run_answering,
            "exchanges": self._run_exchanges,
            "overload": self._run_overload,
            "sustained": self._run_sustained,
            "options": self._run_options,
            "batches": self._run_batches,
            "stages": self._run_stages,
            "proofs": lambda: proofs.run(
                self._databases, self._plan, report=self._report
            ),
            "overview": lambda: overviews.run(
                self._databases, self._plan, report=self._report
            ),
            "plan": self._run_plan,
            "peers": self._run_peers,
            "curve": self._run_curve,
        }
        for part in PARTS:
            if part in parts:
                with attempt(self._report, f"{part} on {self._databases.name}"):
                    measures[part]()

    def _run_singles(self, verify_rate: float | None) -> None:
        school = self._school("singles")
        single = Kind(name="single", lines=1, requests=self._plan.singles)
        self._ingest(school).measure([single])
        folder = self._folder / f"{self._databases.name}-audited"
        self._audit(
            "audit-single",
            singles_written(self._databases, folder, plan=self._plan),
            reference=verify_rate,
            against="Ed25519 verify, all cores",
        )
        self._report.notes.append(f"audit-single: groups of {GROUP}, without HTTP.")

    def _run_answering(self) -> None:
        school, plan = self._school("answering"), self._plan
        Answering(school, self._databases, plan=plan, report=self._report).measure()

    def _run_exchanges(self) -> None:
        name = self._databases.name
        served = self._folder / f"{name}-exchanges"
        Exchanges(
            self._databases, folder=served, plan=self._plan, report=self._report
        ).measure()
        grown = self._folder / f"{name}-deciding"
        Deciding(
            self._databases, folder=grown, plan=self._plan, report=self._report
        ).run()

    def _run_options(self) -> None:
        folder, plan = self._folder / f"{self._databases.name}-options", self._plan
        Options(self._databases, folder=folder, plan=plan, report=self._report).run()

    def _run_overload(self) -> None:
        folder, plan = self._folder / f"{self._databases.name}-overload", self._plan
        Overload(
            self._databases, folder=folder, plan=plan, report=self._report
        ).measure()

    def _run_sustained(self) -> None:
        school, plan = self._school("sustained"), self._plan
        Sustained(school, self._databases, plan=plan, report=self._report).measure()

    def _run_stages(self) -> None:
        folder, plan = self._folder / f"{self._databases.name}-stages", self._plan
        Stages(self._databases, folder=folder, plan=plan, report=self._report).run()

    def _run_batches(self) -> None:
        school = self._school("batches")
        kinds = [
            Kind(name="batch-100", lines=100, requests=self._plan.hundreds),
            Kind(name="batch-1000", lines=1_000, requests=self._plan.thousands),
        ]
        self._ingest(school).measure(kinds)
        note_storage(self._databases, school, report=self._report)
        with attempt(self._report, f"balances on {self._databases.name}"):
            self._run_balances(school)
        with attempt(self._report, f"rebuild on {self._databases.name}"):
            self._run_rebuild(school)
        floor = self._repeat("audits:measure_floor", url=school.settings.database_url)
        self._audit(
            "audit-batch",
            school,
            reference=floor["rate"],
            against="read, parse, hash, verify alone",
        )
        with attempt(self._report, f"replay on {self._databases.name}"):
            replays.run(self._repeat, school, report=self._report)

    def _run_balances(self, school: School) -> None:
        found = balances.measure(school, plan=self._plan, report=self._report)
        self._add(
            "balance-read",
            found,
            reference=found["floor_rate"],
            against="raw SQL, same web framework",
        )
        self._report.notes.append(
            f"balance-read on {self._databases.name}: p50 {found['p50_ms']:.1f} ms, "
            f"p99 {found['p99_ms']:.1f} ms; {school.learners:,} "
            f"learners with {school.awards / school.learners:.0f} awards each; "
            f"floor p99 {found['floor_p99_ms']:.1f} ms, "
            f"{found['floor_cpu_us']:.0f} us."
        )

    def _run_rebuild(self, school: School) -> None:
        found = self._repeat(
            "rebuilds:measure",
            url=school.settings.database_url,
            projections_url=self._databases.url("rebuilt"),
        )
        self._add(
            "projection-rebuild",
            found,
            reference=self._report.value_of(
                "batch-1000", database=self._databases.name
            ),
            against="batch-1000",
        )

    def _audit(
        self, name: str, school: School, *, reference: float | None, against: str
    ) -> None:
        found = self._repeat(
            "audits:measure", url=school.settings.database_url, ledger=school.ledger
        )
        self._add(name, found, reference=reference, against=against)
        busy = found["cpu_us"] * found["rate"] / 1e6
        self._report.notes.append(
            f"{name} on {self._databases.name}: {found['entries']:,.0f} entries in "
            f"{found['seconds']:.1f} s, {busy:.2f} of {os.cpu_count()} cores busy."
        )

    def _run_plan(self) -> None:
        folder, plan = self._folder / f"{self._databases.name}-plan", self._plan
        Planning(
            self._databases, folder=folder, plan=plan, report=self._report
        ).measure()

    def _run_peers(self) -> None:
        for at_once in self._plan.peers:
            self._run_peers_at(at_once)

    def _run_curve(self) -> None:
        folder = self._folder / f"{self._databases.name}-curve"
        Curve(self._databases, self._plan, folder=folder, report=self._report).run()

    def _run_peers_at(self, at_once: int) -> None:
        self._run_peer(
            f"eventsourcing-save-{at_once}",
            "peers:save_events",
            events=self._plan.peer_events * min(at_once, 10),
            at_once=at_once,
        )
        self._run_peer(
            f"sql-insert-{at_once}",
            "peers:insert_rows",
            rows=self._plan.peer_events * min(at_once, 10),
            at_once=at_once,
        )

    def _run_peer(self, name: str, task: str, **options: object) -> None:
        where, seconds = f"{name} on {self._databases.name}", self._plan.peer_seconds
        try:
            url = self._databases.url("peer")
            found = run_task(task, seconds=seconds, url=url, **options)
        except MeasureError as error:
            # A peer that is not installed, or hangs, is no fault of ours.
            self._report.notes.append(f"{where} was not measured: {error}")
            return
        figure = Figure(
            name=name,
            database=self._databases.name,
            value=found["rate"],
            unit="events/s",
            cpu_us=found["cpu_us"],
        )
        self._report.peers.append(figure)

    def _add(
        self, name: str, found: Result, *, reference: float | None, against: str
    ) -> None:
        figure = Figure(
            name=name,
            database=self._databases.name,
            value=found["rate"],
            unit=_UNITS.get(name, "entries/s"),
            cpu_us=found["cpu_us"],
        )
        self._report.add(figure, reference=reference, against=against)

    def _repeat(self, task: str, **options: object) -> Result:
        plan = self._plan
        runs = 1 if self._report.is_hurried else plan.runs
        bounds = {"runs": runs, "seconds_max": plan.repeat_seconds}
        return run_task(task, seconds=TASK_SECONDS, **bounds, **options)

    def _ingest(self, school: School) -> Ingest:
        return Ingest(self._databases, school, plan=self._plan, report=self._report)

    def _school(self, name: str) -> School:
        folder = self._folder / f"{self._databases.name}-{name}"
        folder.mkdir()
        return admitted(self._databases, folder, learners=self._plan.learners)
