"""A bank whose projections are kept by another process, which may be lost."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from projections import apart
from tests.e2e.cli_machine import Machine, found

SECONDS_MAX = 300.0


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Found a bank and serve it by two processes."""
    made = found(tmp_path)
    made.serve("--processes", "2")
    yield made
    for server in made.servers:
        server.kill()
        server.wait()


def follower_of(machine: Machine) -> int:
    """Return the process that a served bank has started."""
    pid = machine.servers[-1].pid
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(found) == 1
    return int(found[0])


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and is not waiting to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what must come."""
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def projected(machine: Machine) -> int:
    """Return the newest position whose projections a bank shows."""
    answer = httpx2.get(f"http://127.0.0.1:{machine.port}/metrics")
    lines = dict(
        line.split() for line in answer.text.splitlines() if not line.startswith("#")
    )
    return int(lines["skillbank_projected_entries"]) - 1


def test_another_process_keeps_the_projections(machine: Machine) -> None:
    """It follows what is posted later too; a reader never sees less than was said."""
    assert is_alive(follower_of(machine))

    machine.admit(machine.run("keys", "new", "cqvtc", "--keys", machine.school))

    url = f"http://127.0.0.1:{machine.port}/v1/members/cqvtc?min_position=1"
    assert httpx2.get(url).json()["name"] == "学院"
    wait_until(lambda: projected(machine) == 1)


def test_a_bank_that_lost_this_process_goes_on_alone(machine: Machine) -> None:
    """Its operator reads so in the log, and nobody else notices."""
    os.kill(follower_of(machine), signal.SIGKILL)

    machine.admit(machine.run("keys", "new", "cqvtc", "--keys", machine.school))

    wait_until(lambda: projected(machine) == 1)
    assert "going on here" in (machine.folder / "serve.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_with_its_bank(
    machine: Machine, number: signal.Signals
) -> None:
    """However the bank ends: its databases are free then, and its port."""
    follower, server = follower_of(machine), machine.servers[-1]

    server.send_signal(number)

    server.wait()
    assert "did not end" not in (machine.folder / "serve.log").read_text()
    wait_until(lambda: not is_alive(follower))
    machine.run("project", "--data", machine.bank, "--rebuild-state")


def test_a_follower_that_does_not_end_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had not committed is projected again."""
    monkeypatch.setattr(apart, "END_SECONDS", 0.2)
    url = f"sqlite:///{tmp_path / 'none.db'}"
    follower = apart.Apart.fork(database_url=url, projections_url=url)
    pid = follower.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)

    follower.close()

    assert not is_alive(pid)


def run_until(over: threading.Event) -> None:
    """Keep the interpreter busy."""
    while not over.is_set():
        pass


def test_that_a_follower_has_ended_is_told_to_all_who_wait(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two threads wait for it when a bank is stopped: neither takes it for stuck."""
    url = f"sqlite:///{tmp_path / 'none.db'}"
    over = threading.Event()
    # Whoever comes back from the system waits for its turn, so that all orders occur.
    busy = threading.Thread(target=run_until, args=(over,))
    busy.start()
    for _ in range(30):
        follower = apart.Apart.fork(database_url=url, projections_url=url)
        waiting = threading.Thread(target=follower.wait)
        waiting.start()
        follower.close()
        waiting.join()
    over.set()
    busy.join()

    assert not caplog.messages
