"""``skillbank witness`` as a member runs it: killed and started again, it remembers."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import httpx2
import orjson

from client.certificates import believed
from ledger.integrity.checkpoints import verifier_key
from ledger.integrity.keys import KeyUse, SigningKey
from tests.e2e.cli_machine import run_command
from tests.witnesses import HONEST, LOG_KEY, ORIGIN, Log

NAME: Final = "witness.example/north"
RUN: Final = "from api.cli.main import main; main()"
DEADLINE_SECONDS: Final = 300


def started(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a witness and wait until it answers."""
    log = verifier_key(ORIGIN, LOG_KEY.public)
    words = ["serve", "--key", str(folder / "w.json"), "--name", NAME]
    words += ["--log-key", log, "--state", str(folder / "w.db"), "--port", str(port)]
    child = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-c", RUN, "witness", *words], stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + DEADLINE_SECONDS
    with httpx2.Client(base_url=url, verify=believed(url)) as asking:
        while time.monotonic() < deadline:
            try:
                asking.get("/evidence")
            except httpx2.TransportError:
                time.sleep(0.05)
            else:
                return child
    raise TimeoutError


def test_a_killed_witness_remembers_what_it_cosigned(tmp_path: Path) -> None:
    """It cosigns no other history, keeps the fork, and goes on when told to."""
    key = SigningKey.generate("north", KeyUse.WITNESS)
    (tmp_path / "w.json").write_bytes(key.to_json())
    (tmp_path / "w.json").chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/add-checkpoint"
    child = started(tmp_path, port)
    try:
        assert httpx2.post(url, content=HONEST.body(0, 5)).status_code == 200
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child = started(tmp_path, port)
        assert httpx2.post(url, content=HONEST.body(0, 5)).text == "5\n"
        assert httpx2.post(url, content=Log(forked_at=1).body(0, 5)).status_code == 409
    finally:
        child.terminate()
        code = child.wait()

    # To be told to stop is no failure.
    assert code == 0
    state = tmp_path / "w.db"
    shown = run_command("witness", "evidence", "--state", state, "--json")
    assert shown.code == 1
    (kept,) = orjson.loads(shown.out)["evidence"]
    assert (kept["origin"], kept["proven"]) == (ORIGIN, True)
    assert "FORK" in run_command("witness", "evidence", "--state", state).out
    assert run_command("witness", "resume", ORIGIN, "--state", state).code == 0
    assert run_command("witness", "resume", ORIGIN, "--state", state).code == 3
    gone = run_command("witness", "evidence", "--state", tmp_path / "no.db")
    assert gone.code == 3
    assert not (tmp_path / "no.db").exists()
    vkey = run_command("witness", "key", "--key", tmp_path / "w.json", "--name", NAME)
    assert vkey.out.startswith(f"{NAME}+")
