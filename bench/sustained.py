"""Batches of a thousand without a rest: whether projections keep up with what is taken.

A short load ends before anything falls behind, and its figure tells as much of how it
ends as of how it goes. Here both are watched while it goes.
"""

import threading
import time
from collections.abc import Sequence
from typing import Final, NamedTuple, Self

from bench.databases import Databases
from bench.figures import Figure, Report, rounded
from bench.ingest import FLOOR, Kind, drain
from bench.plan import Plan
from bench.processes import Result
from bench.school import School
from bench.serving import Progress, Sender, bank_served, ingest_floor_served

_BATCH: Final = Kind(name="sustained", lines=1_000, requests=4)
_LOOK_SECONDS: Final = 0.1
_SECONDS_MAX: Final = 300


class Look(NamedTuple):
    """How many entries were recorded, and how many of them projected, at a moment."""

    at: float
    recorded: int
    projected: int


class Sustained:
    """A bank that is sent one batch after the other."""

    def __init__(
        self, school: School, databases: Databases, *, plan: Plan, report: Report
    ) -> None:
        """Measure into a report."""
        self._school = school
        self._databases = databases
        self._plan = plan
        self._report = report

    def measure(self) -> None:
        """Send, and watch; what it is held against is asked afterwards.

        Raises:
            MeasureError: a load failed, or the projections did not follow.
        """
        school, folder = self._school, self._school.folder
        sender = Sender(
            folder=folder,
            connections=_BATCH.connections,
            status=201,
            seconds_max=_SECONDS_MAX,
        )
        with bank_served(school, folder) as bank:
            sender.send(_BATCH.sign(school, count=_BATCH.warming), bank)
            requests = _BATCH.sign(school, count=self._plan.sustained)
            with _Watch(school) as watch:
                found = sender.send(requests, bank)
                watch.drain()
        url = self._databases.url("floor")
        with ingest_floor_served(school, folder, url=url) as floor:
            warming, *again = requests
            sender.send([warming], floor)
            floored = sender.send(again[: self._plan.thousands], floor)
        self._tell(found, floor=floored, looks=watch.looks)

    def _tell(self, found: Result, *, floor: Result, looks: Sequence[Look]) -> None:
        database, behind = self._databases.name, sorted(lags(looks))
        figure = Figure(
            name=_BATCH.name,
            database=database,
            value=found["rate"] * _BATCH.lines,
            unit="awards/s",
            cpu_us=found["cpu_us"] / _BATCH.lines,
        )
        self._report.add(figure, reference=floor["rate"] * _BATCH.lines, against=FLOOR)
        self._report.notes.append(
            f"sustained on {database}: {found['count'] * _BATCH.lines:,.0f} awards in "
            f"{rounded(found['seconds'])} s, projections beside; these were "
            f"{behind[-1]:.2f} s behind at most, half of the time "
            f"{behind[len(behind) // 2]:.2f}; p99 {rounded(found['p99_ms'])} ms."
        )


def lags(looks: Sequence[Look]) -> list[float]:
    """Return how old, at each look but the first, the oldest entry left to project was.

    In seconds, and at most as long as the time between two looks too much: an entry
    counts from the last look that did not see it.
    """
    found, first = [], 0
    for before, look in enumerate(looks[1:]):
        while first < before and looks[first + 1].recorded <= look.projected:
            first += 1
        is_level = look.projected >= look.recorded
        found.append(0.0 if is_level else look.at - looks[first].at)
    return found


class _Watch:
    """Looks at the bank's databases from outside, again and again."""

    def __init__(self, school: School) -> None:
        self.looks: list[Look] = []
        self._progress = Progress(school)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        """Begin."""
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Look no more."""
        self._end.set()
        self._thread.join()
        self._look()
        self._progress.close()

    def drain(self) -> None:
        """Wait until all is projected."""
        drain(self._progress)

    def _run(self) -> None:
        while not self._end.wait(_LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        at, recorded = time.monotonic(), self._progress.entries()
        self.looks.append(Look(at, recorded, self._progress.projected()))
