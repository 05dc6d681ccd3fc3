"""A bank in several processes: each may be killed, and all end together."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import orjson
import pytest

from tests.e2e.cli_machine import DEADLINE_SECONDS, Machine, anew, found
from tests.e2e.http_bank import SINGLE, check_problem
from tests.e2e.ports import free_port
from tests.forking.children import Child

LOST = "a process that answered is lost"


@pytest.fixture(scope="module")
def founding(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Found a bank that nobody serves."""
    return found(tmp_path_factory.mktemp("bank"))


@pytest.fixture
def machine(founding: Machine) -> Iterator[Machine]:
    """Serve it anew, at a port of its own."""
    with anew(founding) as made:
        yield made


def children(pid: int) -> list[int]:
    """Return the children of a process, the oldest first."""
    return sorted(
        int(one.parent.name)
        for one in Path("/proc").glob("[0-9]*/stat")
        if parent_of(one) == pid
    )


def parent_of(stat: Path) -> int:
    """Return whose child a process is, 0 if it has ended."""
    try:
        state, parent = stat.read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return 0
    return 0 if state == "Z" else int(parent)


def has_ended(pid: int) -> bool:
    """Tell whether a process is there no more, or only waits to be asked."""
    return parent_of(Path(f"/proc/{pid}/stat")) == 0


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) != 0


def renaming(machine: Machine, name: str, *, member: str = "operator") -> bytes:
    """Return a statement of the operator."""
    draft, signed = machine.folder / "draft.json", machine.folder / "signed.jws"
    body = {"member_id": member, "name": name}
    draft.write_bytes(orjson.dumps({"type": "member.renamed.v1", "body": body}))
    machine.run("sign", draft, "--keys", machine.bank / "keys", "--out", signed)
    return signed.read_bytes()


def post(machine: Machine, raw: bytes, *, seconds: float = 5) -> httpx2.Response:
    """Post once, over a connection of its own, and wait for so long."""
    url = f"http://127.0.0.1:{machine.port}/v1/statements"
    kind = {"Content-Type": SINGLE}
    return httpx2.post(url, content=raw, headers=kind, timeout=seconds)


def log_of(machine: Machine) -> str:
    """Return what the bank has said."""
    return (machine.folder / "serve.log").read_text()


def test_a_killed_process_takes_nothing_with_it_and_the_rest_ends_in_order(
    machine: Machine,
) -> None:
    """The others answer; SIGHUP is heard; what is under way at the end is answered."""
    machine.serve("--processes", "4")
    pid = machine.servers[-1].pid
    _, *answering = children(pid)
    assert len(answering) == 2
    first = renaming(machine, "甲")
    accepted = post(machine, first)

    os.kill(answering[0], signal.SIGKILL)
    wait_until(lambda: LOST in log_of(machine))
    again = post(machine, first)
    refused = post(machine, renaming(machine, "甲", member="nobody"))
    machine.servers[-1].send_signal(signal.SIGHUP)
    wait_until(lambda: "the operator confirmed the clock" in log_of(machine))

    assert (accepted.status_code, again.status_code) == (201, 201)
    assert again.content == accepted.content
    problem = check_problem(refused, (422, "member-not-found"))
    # The bank's own signature, by a key that no answering process has.
    assert str(problem["refusal"]).count(".") == 2
    answer = posted_across_the_end(machine, renaming(machine, "乙"))
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert machine.servers[-1].wait() == 0
    assert all(map(has_ended, answering))
    assert is_free(machine.port)


def posted_across_the_end(machine: Machine, raw: bytes) -> bytes:
    """Post a statement, half of it after the bank was told to end."""
    head = (
        "POST /v1/statements HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: {SINGLE}\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", machine.port)) as line:
        line.sendall(head.encode() + raw[:10])
        # Whoever asks now is told that somebody is inside, wherever he is.
        metrics = f"http://127.0.0.1:{machine.port}/metrics"
        assert httpx2.get(metrics).status_code == 200
        machine.servers[-1].send_signal(signal.SIGTERM)
        wait_until(lambda: is_free(machine.port))
        line.sendall(raw[10:])
        with line.makefile("rb") as answer:
            return answer.read()


def test_with_the_writing_process_all_end_and_nothing_is_half_done(
    machine: Machine,
) -> None:
    """The port is free, and a new bank gives the same receipt."""
    machine.serve("--processes", "3")
    raw = renaming(machine, "丙")
    accepted = post(machine, raw)
    family = children(machine.servers[-1].pid)

    machine.kill_server()

    wait_until(lambda: all(map(has_ended, family)))
    assert is_free(machine.port)
    assert accepted.status_code == 201
    machine.serve("--processes", "3")
    other = replace(machine, port=free_port(), servers=[])
    try:
        # Two banks on one ledger: each takes what the other has written for its own.
        other.serve("--processes", "1")
        posts = [renaming(machine, name) for name in "丁戊己庚"]
        written = [post(one, raw) for one in (machine, other) for raw in posts]
        assert {one.status_code for one in written} == {201}
        assert [one.content for one in written[:4]] == [
            one.content for one in written[4:]
        ]
        assert post(other, raw).content == accepted.content
        machine.check_log(awards=0)
    finally:
        other.servers[-1].kill()
        other.servers[-1].wait()


def test_a_bank_that_nobody_answers_for_ends(machine: Machine, tmp_path: Path) -> None:
    """A service manager starts it again; until then the others did what they could.

    It listens on a file here, and leaves none behind.
    """
    file = tmp_path / "socket"
    words = ("serve", "--data", machine.bank, "--socket", file, "--processes", "3")
    with (machine.folder / "serve.log").open("wb") as log:
        machine.servers.append(Child(words, err=log))
    wait_until(lambda: is_listening(file))
    projecting, answering = children(machine.servers[-1].pid)
    with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(file))) as client:
        url = "http://127.0.0.1"
        os.kill(projecting, signal.SIGKILL)
        wait_until(lambda: "the process that kept the projections" in log_of(machine))
        posted = client.post(
            f"{url}/v1/statements",
            content=renaming(machine, "辛"),
            headers={"Content-Type": SINGLE},
        )
        read = client.get(f"{url}/v1/overview")

    os.kill(answering, signal.SIGKILL)

    assert (posted.status_code, read.status_code) == (201, 200)
    position = posted.headers["x-ledger-position"]
    assert read.headers["x-ledger-position"] == position
    assert machine.servers[-1].wait() == 4
    assert "nobody answers any more" in log_of(machine)
    assert not file.exists()


def is_listening(file: Path) -> bool:
    """Tell whether somebody listens at a file."""
    with socket.socket(socket.AF_UNIX) as asking:
        return asking.connect_ex(str(file)) == 0
