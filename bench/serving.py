"""The bank and the floors as server processes, and loads of requests on them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from bench.load import write_requests
from bench.processes import Result, Server, free_port, run_task, served
from bench.school import School
from ledger.database import open_engine
from ledger.integrity.encoding import b64encode
from ledger.store.schema import stored_events
from projections.tables import cursor

PATIENCE_SECONDS: Final = 180
_COMMAND: Final = "from api.cli.main import main; main()"


@contextmanager
def bank_served(
    school: School, folder: Path, *, processes: int | None = None
) -> Iterator[Server]:
    """Serve a bank as ``skillbank serve`` does."""
    port = free_port()
    words = ["-c", _COMMAND, "serve", "--data", str(folder), "--port", str(port)]
    words += [] if processes is None else ["--processes", str(processes)]
    environment = school.environment() | {
        "SKILLBANK_BANK_KEYS_DIR": str(school.settings.keys)
    }
    log = folder / "bank.log"
    with served(words, port=port, environment=environment, log=log) as server:
        yield server


@contextmanager
def ingest_floor_served(school: School, folder: Path, *, url: str) -> Iterator[Server]:
    """Serve the floor under posting, on an empty database."""
    port = free_port()
    words = ["-m", "bench.floor_ingest", "--url", url, "--port", str(port)]
    words += [f"--key={b64encode(school.key.public.raw())}"]
    log = folder / "floor.log"
    with served(words, port=port, environment={}, log=log) as server:
        yield server


@contextmanager
def balance_floor_served(school: School, folder: Path) -> Iterator[Server]:
    """Serve the floor under reading, on the bank's own database."""
    port = free_port()
    url = school.settings.database_url
    words = ["-m", "bench.floor_balance", "--url", url, "--port", str(port)]
    log = folder / "floor.log"
    with served(words, port=port, environment={}, log=log) as server:
        yield server


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends requests from a process of its own; all answers must have the status."""

    folder: Path
    connections: int
    status: int
    seconds_max: float

    def send(self, requests: Sequence[bytes], server: Server) -> Result:
        """Send requests until all are sent or time is up.

        Returns what ``load.send`` does, the rate of answers, and what an answer cost
        the server in microseconds.

        Raises:
            MeasureError: an answer was wrong, or it took far too long.
        """
        path = self.folder / "requests.bin"
        write_requests(path, requests)
        cpu = server.cpu_seconds()
        found = run_task(
            "load:send",
            seconds=self.seconds_max + PATIENCE_SECONDS,
            path=str(path),
            port=server.port,
            connections=self.connections,
            status=self.status,
            seconds_max=self.seconds_max,
        )
        spent = server.cpu_seconds() - cpu
        found["rate"] = found["count"] / found["seconds"]
        found["cpu_us"] = spent / found["count"] * 1e6
        return found


class Progress:
    """How far a bank and its projections have come."""

    def __init__(self, school: School) -> None:
        """Look into the bank's databases from outside."""
        self._ledger = open_engine(school.settings.database_url)
        self._projections = open_engine(school.settings.projections_url)

    def entries(self) -> int:
        """Return how many entries are recorded."""
        with self._ledger.connect() as connection:
            newest = func.max(stored_events.c.notification_id)
            return connection.execute(select(newest)).scalar() or 0

    def projected(self) -> int:
        """Return how many entries are projected."""
        with self._projections.connect() as connection:
            found = connection.execute(select(cursor.c.position)).scalar()
        return 0 if found is None else found + 1

    def close(self) -> None:
        """Close the connections."""
        self._ledger.dispose()
        self._projections.dispose()
