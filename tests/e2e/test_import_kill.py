"""An import that is killed anywhere and run again gives the same ledger as without."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import orjson
import pytest

from client.keyfolder import KeyFolder
from tests.bank import SCHOOL, Bank
from tests.forking.children import Child
from tests.unit.client.serving import served
from tests.unit.client.simulator import Face, Reply, set_to_now

# Ten more than a batch holds: two batches, and the second is no empty one.
ROWS = 1010
LINES = [f"S{n},R-{n},WELD-1,3" for n in range(ROWS)]
CSV = "\n".join(["学号,成绩编号,课程代码,学分", *LINES, ""])

# Posts are two batches of accounts, then two of awards.

Start = Callable[[], Child]


@pytest.fixture
def bank(sqlite_url: str) -> Iterator[Bank]:
    """Found a bank whose clock shows the machine's time."""
    with Bank(sqlite_url) as found:
        set_to_now(found)
        yield found


@pytest.fixture
def face(bank: Bank) -> Face:
    """Show it over HTTP."""
    return Face(bank)


@pytest.fixture
def start(bank: Bank, face: Face, tmp_path: Path) -> Iterator[Start]:
    """Start the import in a process of its own."""
    KeyFolder(tmp_path / "keys").add(bank.keys[SCHOOL])
    file = tmp_path / "grades.csv"
    file.write_text(CSV)
    started: list[Child] = []
    with served(face) as url:
        settings = {
            "SKILLBANK_KEYS_DIR": str(tmp_path / "keys"),
            "SKILLBANK_LEDGER": bank.ledger,
            "SKILLBANK_URL": url,
            "SKILLBANK_STAFF": "r7",
        }

        def go() -> Child:
            process = Child(("import", file, "--json"), env=os.environ | settings)
            started.append(process)
            return process

        yield go
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 3, 4])
def test_a_kill_between_journal_and_answer_changes_nothing(
    nth: int, when: str, face: Face, start: Start, tmp_path: Path
) -> None:
    """The batch is on the disk; whether it arrived or not, it is there once."""
    victims: list[Child] = []

    def kill(_: httpx2.Request) -> Reply | None:
        victims[0].send_signal(signal.SIGKILL)
        victims[0].wait()
        raise httpx2.ReadError("killed")  # noqa: EM101  # as httpx2 does

    getattr(face, when).extend([*[None] * (nth - 1), kill])
    victims.append(start())
    assert victims[0].wait() == -signal.SIGKILL
    journal = sorted((tmp_path / "grades.csv.import").rglob("*.batch"))
    assert len(journal) == nth
    unanswered = journal[-1].read_bytes()
    sent = len(face.posted)

    second = start()
    out, err = second.communicate()

    assert second.returncode == 0, err
    assert face.posted[sent] == unanswered
    summary = orjson.loads(out)
    assert summary["posted"] + summary["known"] == ROWS
    assert summary["replayed_batches"] == int(when == "after")
    report = face.bank.check_log()
    assert (report.awards, report.learners) == (ROWS, ROWS + 1)


def test_running_again_after_success_sends_nothing(face: Face, start: Start) -> None:
    """Twice the same as once, byte for byte."""
    first = start()
    assert first.wait() == 0
    before, sent = list(face.bank.raw_entries()), len(face.posted)

    second = start()
    out, _ = second.communicate()

    assert second.returncode == 0
    assert orjson.loads(out)["known"] == ROWS
    assert len(face.posted) == sent
    assert list(face.bank.raw_entries()) == before


def test_no_secret_is_printed_or_sent(face: Face, start: Start, tmp_path: Path) -> None:
    """Neither the private key nor the secret for references leaves its file."""
    process = start()
    out, err = process.communicate()

    key = orjson.loads((tmp_path / "keys" / f"{SCHOOL}.json").read_bytes())
    secret = orjson.loads(
        (tmp_path / "keys" / f"{SCHOOL}.references.json").read_bytes()
    )
    seen = (out + err).encode() + b"".join(face.posted)
    assert process.returncode == 0
    for hidden in (key["jwk"]["d"], secret["secret"], "S17,"):
        assert hidden.encode() not in seen
