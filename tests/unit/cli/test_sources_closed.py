"""What a command opened it closes, whatever happens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import audit, exporting
from api.cli.audit import app
from api.cli.replaying import command
from ledger.audit.database import DatabaseSource
from tests.bank import Bank

MODULES = {"verify": audit, "export": exporting, "replay": command}


class Watched(DatabaseSource):
    """A database that notes whether it was closed."""

    is_open = True

    def close(self) -> None:
        """Close the database."""
        super().close()
        self.is_open = False


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Run a bank."""
    folder = tmp_path_factory.mktemp("closed")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as opened:
        yield opened


@pytest.mark.parametrize("well", [True, False], ids=["well", "another-ledger"])
@pytest.mark.parametrize("name", MODULES)
def test_a_source_is_closed_in_the_end(
    bank: Bank,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    name: str,
    well: bool,
) -> None:
    """After a success, and after a ledger that is another."""
    source = Watched(bank.url)
    monkeypatch.setattr(MODULES[name], "open_source", lambda _: source)
    ledger = bank.ledger if well else f"{bank.ledger[:-43]}{'A' * 43}"
    words = [name, bank.url, "--ledger", ledger]
    more = ["--out", str(tmp_path / "all.bundle")] if name == "export" else []

    result = CliRunner().invoke(app, [*words, *more])

    assert result.exit_code == (0 if well else 1)
    assert not source.is_open
