"""A bank that is told to stop does, whatever holds it; its exit code says how."""

import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import httpx2
import pytest

from api.ending import CUT_OFF, END_SECONDS
from tests.e2e.cli_machine import Machine, anew, found
from tests.e2e.http_bank import check_problem
from tests.e2e.test_family import post, renaming, wait_until

SPARE_SECONDS = 5
"""For a busy machine to start and end processes."""


@pytest.fixture(scope="module")
def founding(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Found a bank that nobody serves."""
    return found(tmp_path_factory.mktemp("bank"))


@pytest.fixture
def machine(founding: Machine) -> Iterator[Machine]:
    """Let it be served anew, at a port of its own."""
    with anew(founding) as made:
        yield made


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("processes", ["1", "2", "3"])
def test_to_be_told_to_stop_is_no_failure(
    machine: Machine, processes: str, number: signal.Signals
) -> None:
    """A service manager looks at the exit code, however many processes there are."""
    machine.serve("--processes", processes)

    machine.servers[-1].send_signal(number)

    assert machine.servers[-1].wait() == 0


@pytest.mark.parametrize("processes", ["1", "3"])
def test_a_word_about_the_clock_ends_nothing_in_the_end(
    machine: Machine, processes: str
) -> None:
    """A service manager that reloads while it stops has not killed the bank."""
    machine.serve("--processes", processes)
    server = machine.servers[-1]

    server.send_signal(signal.SIGTERM)
    while server.poll() is None:
        server.send_signal(signal.SIGHUP)

    assert server.wait() == 0


@pytest.mark.parametrize("processes", ["1", "3"])
def test_a_bank_whose_ledger_somebody_locks_stops_all_the_same(
    machine: Machine, processes: str
) -> None:
    """Whoever waits is told that the outcome is unknown; nothing was acknowledged."""
    machine.serve("--processes", processes)
    raw = renaming(machine, f"锁{processes}")
    told: list[httpx2.Response] = []
    with closing(sqlite3.connect(machine.bank / "ledger.db")) as locking:
        locking.execute("BEGIN IMMEDIATE")
        posting = threading.Thread(
            target=lambda: told.append(post(machine, raw, seconds=END_SECONDS))
        )
        posting.start()
        metrics = f"http://127.0.0.1:{machine.port}/metrics"
        wait_until(lambda: "posts_under_way 1" in httpx2.get(metrics).text)
        began = time.monotonic()
        machine.servers[-1].send_signal(signal.SIGTERM)
        code = machine.servers[-1].wait()
        took = time.monotonic() - began
        posting.join()

    assert code in {0, CUT_OFF}
    assert took < END_SECONDS + SPARE_SECONDS
    check_problem(told[0], (503, "outcome-unknown"))
    machine.serve("--processes", processes)
    assert post(machine, raw).status_code == 201
