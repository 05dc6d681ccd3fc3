"""A registrar's machine: a folder of keys, a bank at an address, and the command."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import build
from client.keyfolder import KeyFolder
from tests.bank import SCHOOL, Bank
from tests.unit.client.serving import served
from tests.unit.client.simulator import Face, set_to_now

Run = Callable[..., "Ran"]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def bank(sqlite_url: str) -> Iterator[Bank]:
    """Found a bank whose clock shows the machine's time."""
    with Bank(sqlite_url) as found:
        set_to_now(found)
        yield found


@pytest.fixture
def face(bank: Bank) -> Face:
    """Show the bank over HTTP."""
    return Face(bank)


@pytest.fixture
def machine(
    bank: Bank, face: Face, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Set a registrar's machine up; yields its folder."""
    KeyFolder(tmp_path / "keys").add(bank.keys[SCHOOL])
    with served(face) as url:
        for name, value in {
            "SKILLBANK_KEYS_DIR": str(tmp_path / "keys"),
            "SKILLBANK_LEDGER": bank.ledger,
            "SKILLBANK_URL": url,
            "SKILLBANK_STAFF": "r7",
        }.items():
            monkeypatch.setenv(name, value)
        yield tmp_path


@pytest.fixture
def run() -> Run:
    """Run the command line in this process."""

    def go(*arguments: str | Path, stdin: str | None = None) -> Ran:
        words = [str(one) for one in arguments]
        found = CliRunner().invoke(build(words[0]), words, input=stdin)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Ran(code=found.exit_code, out=found.stdout, err=found.stderr)

    return go
