"""The machine's clock jumps: nothing is written until the operator confirms it."""

import signal
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from tests.e2e.cli_machine import DEADLINE_SECONDS, Machine, founded
from tests.e2e.http_bank import SINGLE, HttpBank, check_problem, serving

CONFIRMED = "the operator confirmed the clock"
# The command, on a machine whose clock is as far ahead as a file says.
JUMPING = """
import sys
from datetime import timedelta
from pathlib import Path
import api.bank
from api.cli.main import main
from ledger.sequencer import SystemClock

class Jumping(SystemClock):
    def now(self):
        ahead = float(Path(FILE).read_text())
        return super().now() + timedelta(seconds=ahead)

api.bank.SystemClock = Jumping
main()
"""


@pytest.fixture
def bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve a bank whose clock the test moves."""
    with serving(tmp_path, sqlite_url) as served:
        yield served


@pytest.mark.parametrize("jump", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_after_a_jump_nothing_is_written_until_the_clock_is_confirmed(
    bank: HttpBank, jump: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    """503 with a text that says what to do; the same bytes are accepted afterwards."""
    raw = bank.sign(bank.award("R-1"))
    size = bank.size()
    bank.clock.wall += jump

    refused = bank.send(raw)
    problem = check_problem(refused, (503, "clock-jumped"))
    unchanged = bank.size()
    bank.served.confirm_clock()
    accepted = bank.send(raw)

    assert unchanged == size
    assert "SIGHUP" in str(problem["detail"])
    assert refused.headers["retry-after"]
    assert accepted.status_code == 201, accepted.text
    assert "until SIGHUP confirms it" in caplog.text
    assert CONFIRMED in caplog.text
    bank.check_log()


def test_the_operator_confirms_by_a_signal(tmp_path: Path) -> None:
    """``kill -HUP`` does not end the bank; it writes again, and its log says why."""
    ahead = tmp_path / "ahead"
    ahead.write_text("0")
    script = JUMPING.replace("FILE", repr(str(ahead)))
    with founded(tmp_path, command=(sys.executable, "-c", script)) as machine:
        raw = signed_renaming(machine)
        ahead.write_text("600")
        answers = [send(machine, raw)]
        machine.servers[-1].send_signal(signal.SIGHUP)
        wait_for(tmp_path / "serve.log")
        answers.append(send(machine, raw))

        check_problem(answers[0], (503, "clock-jumped"))
        assert answers[1].status_code == 201, answers[1].text
        assert machine.servers[-1].poll() is None
        machine.check_log(awards=0)


def signed_renaming(machine: Machine) -> bytes:
    """Return a statement of the operator."""
    draft, signed = machine.folder / "draft.json", machine.folder / "signed.jws"
    draft.write_text(
        '{"type": "member.renamed.v1", "body": {"member_id": "operator", "name": "甲"}}'
    )
    machine.run("sign", draft, "--keys", machine.bank / "keys", "--out", signed)
    return signed.read_bytes()


def send(machine: Machine, raw: bytes) -> httpx2.Response:
    """Post once, without the client's patience."""
    url = f"http://127.0.0.1:{machine.port}/v1/statements"
    return httpx2.post(url, content=raw, headers={"Content-Type": SINGLE})


def wait_for(log: Path) -> None:
    """Wait until the bank's log says that the clock was confirmed."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while CONFIRMED not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
