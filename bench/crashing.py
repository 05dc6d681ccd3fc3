"""A server is killed while it writes; how long until the next one answers?"""

import socket
import threading
import time
from contextlib import suppress
from typing import Final

from bench.ingest import BATCH_CONNECTIONS, Kind
from bench.load import get, post
from bench.processes import MeasureError, Result, Server
from bench.school import School, learner
from bench.serving import Progress, Sender, bank_served

ANSWER_SECONDS: Final = 120
_BATCHES: Final = Kind(name="batch-1000", lines=1_000, requests=6)


def start_after_crash(school: School) -> Result:
    """Kill a server under load; return seconds from the next start to its answers.

    ``read`` is a balance, which waits for the projections, ``write`` a new statement's
    receipt, asked for at once as well; ``CPU`` is what the server used for it all.

    Raises:
        MeasureError: an answer was wrong, or did not come.
    """
    requests = _BATCHES.sign(school, count=_BATCHES.requests)
    with bank_served(school, school.folder) as doomed:
        load = threading.Thread(
            target=_load, args=(school, requests), kwargs={"bank": doomed}
        )
        load.start()
        _wait_until_writing(school)
        doomed.process.kill()
        doomed.process.wait()
        load.join()
    single = post(school.single(), media_type="application/jose")
    start = time.monotonic()
    with bank_served(school, school.folder) as bank:
        listening = time.monotonic()
        _ask(bank, single, status=201)
        written = time.monotonic()
        path = f"/v1/learners/{learner(1)}/balance"
        _ask(bank, get(path), status=200)
        read = time.monotonic()
        cpu = bank.cpu_seconds()
    return {
        "CPU": cpu,
        "listening": listening - start,
        "write": written - start,
        "read": read - start,
    }


def _wait_until_writing(school: School) -> None:
    progress = Progress(school)
    before, deadline = progress.entries(), time.monotonic() + ANSWER_SECONDS
    while progress.entries() == before and time.monotonic() < deadline:
        time.sleep(0.02)
    progress.close()


def _load(school: School, requests: list[bytes], *, bank: Server) -> None:
    sender = Sender(
        folder=school.folder,
        connections=BATCH_CONNECTIONS,
        status=201,
        seconds_max=ANSWER_SECONDS,
    )
    # It ends with the server that it asks.
    with suppress(MeasureError):
        sender.send(requests, bank)


def _ask(bank: Server, request: bytes, *, status: int) -> None:
    """Ask until the answer is there: projections may have to catch up first."""
    deadline = time.monotonic() + ANSWER_SECONDS
    head = b""
    while time.monotonic() < deadline:
        with socket.create_connection(("127.0.0.1", bank.port), ANSWER_SECONDS) as one:
            one.sendall(request)
            head = one.recv(64)
        if head.startswith(f"HTTP/1.1 {status} ".encode()):
            return
        time.sleep(0.05)
    msg = f"after a crash the bank answered {head[:40]!r}"
    raise MeasureError(msg)
