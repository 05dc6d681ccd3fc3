"""Five times as many singles as the bank can take, whether or not it answers.

What counts is goodput: how much is still accepted in a second, beside what the bank
takes from callers who wait for their answers; and that each accepted one is there.
"""

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.databases import Databases
from bench.figures import Figure, Report, rounded
from bench.ingest import SINGLE_CONNECTIONS, Kind, drain
from bench.load import write_requests
from bench.plan import Plan
from bench.processes import MeasureError, Result, Server, run_task
from bench.school import admitted
from bench.serving import PATIENCE_SECONDS, Progress, Sender, bank_served

TIMES: Final = 5
CONNECTIONS: Final = 1_000
_SINGLE: Final = Kind(name="single", lines=1, requests=0)


class Overload:
    """A bank that is asked for what it can do, and then for more."""

    def __init__(
        self, databases: Databases, *, folder: Path, plan: Plan, report: Report
    ) -> None:
        """Found the bank."""
        folder.mkdir()
        self._databases = databases
        self._plan = plan
        self._report = report
        self._school = admitted(databases, folder, learners=plan.learners)
        self._progress = Progress(self._school)

    def measure(self) -> None:
        """Measure both in turns.

        Raises:
            MeasureError: a load failed, or what was accepted is not there.
        """
        try:
            with bank_served(self._school, self._school.folder) as bank:
                turns = list(self._turns(bank))
        finally:
            self._progress.close()
        self._tell(*zip(*turns, strict=True))

    def _turns(self, bank: Server) -> Iterator[tuple[Result, Result]]:
        # The first warms the bank, the second tells what it takes.
        count = 4 * SINGLE_CONNECTIONS
        self._calm(bank, count=count)
        rate = self._calm(bank, count=count)["rate"]
        for number in range(self._plan.runs):
            if number and self._report.is_hurried:
                break
            flooded = self._flood(bank, rate=rate * TIMES)
            calm = self._calm(bank, count=max(1, int(rate * self._plan.run_seconds)))
            rate = calm["rate"]
            yield calm, flooded

    def _calm(self, bank: Server, *, count: int) -> Result:
        sender = Sender(
            folder=self._school.folder,
            connections=SINGLE_CONNECTIONS,
            status=201,
            seconds_max=self._plan.peer_seconds,
        )
        found = sender.send(_SINGLE.sign(self._school, count=count), bank)
        drain(self._progress)
        return found

    def _flood(self, bank: Server, *, rate: float) -> Result:
        count = max(1, int(rate * self._plan.run_seconds * 2))
        path = self._school.folder / "requests.bin"
        write_requests(path, _SINGLE.sign(self._school, count=count))
        before, cpu = self._progress.entries(), bank.cpu_seconds()
        found = run_task(
            "load:flood",
            seconds=count / rate + PATIENCE_SECONDS,
            path=str(path),
            port=bank.port,
            rate=rate,
            connections=CONNECTIONS,
        )
        if (there := self._progress.entries() - before) != found["count"]:
            msg = f"{found['count']:.0f} were accepted, and {there} are in the log"
            raise MeasureError(msg)
        cpu = bank.cpu_seconds() - cpu
        drain(self._progress)
        asked = found["count"] + found["busy"]
        # What was let in is answered after the last was sent: that time counts too.
        return found | {
            "rate": found["count"] / found["seconds"],
            "cpu_us": cpu / found["count"] * 1e6,
            "sender_us": found["sender_cpu_seconds"] / asked * 1e6,
            "offered": count / found["sent_seconds"],
        }

    def _tell(self, calm: Sequence[Result], flooded: Sequence[Result]) -> None:
        database = self._databases.name
        ours = {
            name: statistics.median(run[name] for run in flooded) for name in flooded[0]
        }
        figure = Figure(
            name="overload",
            database=database,
            value=ours["rate"],
            unit="awards/s",
            cpu_us=ours["cpu_us"],
        )
        usual = statistics.median(run["rate"] for run in calm)
        calm_us = statistics.median(run["cpu_us"] for run in calm)
        self._report.add(figure, reference=usual, against="callers who wait")
        self._report.notes.append(
            f"overload on {database}: {len(flooded)} runs, offered "
            f"{rounded(ours['offered'])} a second, {ours['count']:.0f} accepted and in "
            f"the log, {ours['busy']:.0f} told to come back; accepted p50 "
            f"{rounded(ours['p50_ms'])} ms, p99 {rounded(ours['p99_ms'])} ms. An "
            f"accepted one cost the bank {rounded(ours['cpu_us'])} us of processor, "
            f"{rounded(calm_us)} when calm; each one asked cost the sender "
            f"{rounded(ours['sender_us'])}, on the same cores."
        )
