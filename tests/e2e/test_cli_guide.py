"""The guide for schools is right: every block in it runs, in its order."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.bank import Bank
from client.keyfolder import KeyFolder
from tests.e2e.cli_machine import SCHOOL, Machine, founded

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "school.md"
ADMISSION = "<!-- The operator admits cqvtc here. -->"


def blocks(text: str, language: str) -> str:
    """Return the blocks of one language, as one text."""
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Found and serve a bank."""
    with founded(tmp_path) as made:
        yield made


def shell(machine: Machine, script: str) -> str:
    """Run a script in the school's folder; return what it prints."""
    settings = {
        "BANK_ADDRESS": f"http://127.0.0.1:{machine.port}",
        "LEDGER_NAME": machine.ledger,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    process = subprocess.run(  # noqa: S603  # our own guide
        ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607  # whichever it is
        cwd=machine.folder,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_the_guide_runs(machine: Machine) -> None:
    """Shell blocks in one shell, with the admission in between; then the Python."""
    before, found, after = GUIDE.read_text().partition(ADMISSION)
    assert found
    first = blocks(before, "sh")

    shell(machine, first)
    machine.admit((machine.folder / "declaration.json").read_text())
    exports = "\n".join(line for line in first.splitlines() if "export" in line)
    out = shell(machine, f"{exports}\n{blocks(after, 'sh')}")

    assert "2 rows: 2 posted, 0 there before" in out
    assert "2 rows: 0 posted, 2 there before" in out
    assert (machine.folder / "proof.json").exists()
    with KeyFolder(machine.folder / "keys").learners(SCHOOL) as book:
        learner = book.find("20260001")
    assert learner is not None
    given = {"ledger": machine.ledger, "learner_id": learner}
    url = f"http://127.0.0.1:{machine.port}"
    settings = "\n".join(f"{name} = {text!r}" for name, text in given.items())
    shell(
        machine,
        f"python - <<'END'\nurl = {url!r}\n{settings}\n{blocks(after, 'python')}\nEND",
    )
    with Bank(url, ledger=machine.ledger) as bank:
        assert bank.balance(learner).earned == "7.5"
    machine.check_log(awards=4)
