"""Posting over HTTP, durable, with receipts: against the floor in the same run."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.databases import Databases
from bench.figures import Figure, Report, rounded
from bench.load import post
from bench.plan import Plan
from bench.processes import MeasureError, Result, Server
from bench.school import School
from bench.serving import Progress, Sender, bank_served, ingest_floor_served

SINGLE_CONNECTIONS: Final = 64
BATCH_CONNECTIONS: Final = 8
DRAIN_SECONDS: Final = 120
GROWTH: Final = 1.3
"""A run may be so much faster than the one before it."""
FLOOR: Final = "bare ASGI, one signature, group commit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way of posting: ``lines`` awards per request, 1 for a single statement."""

    name: str
    lines: int
    requests: int
    """At most so many in one run."""

    @property
    def connections(self) -> int:
        """How many requests are under way at once."""
        return SINGLE_CONNECTIONS if self.lines == 1 else BATCH_CONNECTIONS

    @property
    def warming(self) -> int:
        """How many requests go first."""
        wanted = 4 * self.connections if self.lines == 1 else 2
        return min(self.requests, wanted)

    def sign(self, school: School, *, count: int) -> list[bytes]:
        """Return so many new requests."""
        if self.lines == 1:
            made = (school.single() for _ in range(count))
            return [post(raw, media_type="application/jose") for raw in made]
        made = (school.batch(self.lines) for _ in range(count))
        return [post(raw, media_type="application/x-ndjson") for raw in made]


class Ingest:
    """A bank and its floor, both being served, and asked in turns."""

    def __init__(
        self, databases: Databases, school: School, *, plan: Plan, report: Report
    ) -> None:
        """Measure into a report, looking at the bank's databases from outside."""
        self._databases = databases
        self._school = school
        self._plan = plan
        self._report = report
        self._progress = Progress(school)

    def measure(self, kinds: Sequence[Kind]) -> None:
        """Measure each way of posting.

        Raises:
            MeasureError: a load failed.
        """
        url = self._databases.url("floor")
        folder = self._school.folder
        try:
            with (
                bank_served(self._school, folder) as bank,
                ingest_floor_served(self._school, folder, url=url) as floor,
            ):
                for kind in kinds:
                    self._measure(kind, bank, floor=floor)
                self._note_memory(bank)
        finally:
            self._progress.close()

    def _measure(self, kind: Kind, bank: Server, *, floor: Server) -> None:
        sender = Sender(
            folder=self._school.folder,
            connections=kind.connections,
            status=201,
            seconds_max=self._plan.run_seconds,
        )
        # The first run warms both and tells how much fits into the time of the next.
        requests = kind.sign(self._school, count=kind.warming)
        ours = [self._load(requests, bank, kind=kind, sender=sender)]
        floors = [sender.send(requests, floor)]
        for number in range(self._plan.runs):
            if number and self._report.is_hurried:
                break
            count = self._fitting(ours[-1]["count"] / ours[-1]["seconds"], kind)
            requests = kind.sign(self._school, count=count)
            ours.append(self._load(requests, bank, kind=kind, sender=sender))
            # The floor does not look at what it takes: it gets the same several times.
            count = self._fitting(floors[-1]["rate"], kind)
            again = requests * (count // len(requests) + 1)
            floors.append(sender.send(again[:count], floor))
        found = _medians(ours[1:]) | {"runs": len(ours) - 1}
        self._tell(kind, found, floor=_medians(floors[1:]))

    def _fitting(self, rate: float, kind: Kind) -> int:
        wanted = int(rate * self._plan.run_seconds * GROWTH)
        return min(kind.requests, max(1, wanted))

    def _load(
        self, requests: Sequence[bytes], bank: Server, *, kind: Kind, sender: Sender
    ) -> Result:
        """Return the load's result with ``rate`` and ``cpu_us`` per award."""
        cpu, database = bank.cpu_seconds(), self._databases.cpu_seconds()
        found = sender.send(requests, bank)
        end = time.monotonic()
        drain(self._progress)
        lag = time.monotonic() - end
        awards = int(found["count"]) * kind.lines
        self._school.awards += awards
        spent = bank.cpu_seconds() - cpu
        spent_below = self._databases.cpu_seconds() - database
        return found | {
            "rate": found["rate"] * kind.lines,
            "rate_projected": awards / (found["seconds"] + lag),
            "cpu_us": found["cpu_us"] / kind.lines,
            "cpu_us_projected": spent / awards * 1e6,
            "cpu_us_database": spent_below / awards * 1e6,
            "lag_seconds": lag,
        }

    def _tell(self, kind: Kind, ours: Result, *, floor: Result) -> None:
        database = self._databases.name
        figure = Figure(
            name=kind.name,
            database=database,
            value=ours["rate"],
            unit="awards/s",
            cpu_us=ours["cpu_us_projected"],
        )
        self._report.add(figure, reference=floor["rate"] * kind.lines, against=FLOOR)
        cpu = f"server {rounded(ours['cpu_us'])} us until the last answer"
        cpu += f", {rounded(ours['cpu_us_projected'])} until projected"
        if ours["cpu_us_database"]:
            cpu += f", database {rounded(ours['cpu_us_database'])}"
        self._report.notes.append(
            f"{kind.name} on {database}: {ours['runs']:.0f} runs, "
            f"p50 {rounded(ours['p50_ms'])} ms, p99 {rounded(ours['p99_ms'])} ms; "
            f"{rounded(ours['rate_projected'])} awards/s until projected "
            f"(lag {ours['lag_seconds']:.2f} s); CPU per award: {cpu}; "
            f"floor {rounded(floor['cpu_us'] / kind.lines)} us, "
            f"p99 {rounded(floor['p99_ms'])} ms."
        )

    def _note_memory(self, bank: Server) -> None:
        entries = self._progress.entries()
        self._report.notes.append(
            f"memory peak on {self._databases.name} after {entries:,} entries: "
            f"{bank.writer_peak_mb():.0f} MB in the process that writes, "
            f"{bank.memory_peak_mb():.0f} MB in all of the server."
        )


def drain(progress: Progress) -> None:
    """Wait until all that is recorded now is projected.

    Raises:
        MeasureError: it took far too long.
    """
    deadline = time.monotonic() + DRAIN_SECONDS
    entries = progress.entries()
    while progress.projected() < entries:
        if time.monotonic() > deadline:
            msg = f"projections did not follow within {DRAIN_SECONDS} s"
            raise MeasureError(msg)
        time.sleep(0.05)


def note_storage(databases: Databases, school: School, *, report: Report) -> None:
    """Note what an award takes up in the ledger and in the projections."""
    settings = school.settings
    urls = (settings.database_url, settings.projections_url)
    sizes = [databases.size_bytes(url) for url in urls]
    each = (sum(sizes) - school.size_bytes_empty) / max(1, school.awards)
    share = sizes[1] / sum(sizes)
    report.notes.append(
        f"storage on {databases.name}: {each:,.0f} bytes per award "
        f"({share:.0%} of it projections), {school.awards:,} awards."
    )


def _medians(runs: Sequence[Result]) -> Result:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
