"""A bank that was saved by command and is lost; what others hold of it is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import orjson
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.bank import Bank
from api.cli.main import build
from api.main import create_app
from api.settings import Settings
from ledger.integrity.encoding import b64encode
from tests.e2e.cli_machine import Ran
from tests.e2e.http_bank import HERE, SINGLE, HttpBank, serving
from tests.e2e.test_cli_vault import disclose, disclosure

SCORE = "A-PRIVATE-93"
MUTE = "restored-not-compared"


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A bank that is lost, its backup, and what others still hold of it."""

    bank: HttpBank
    backup: Path
    keys: Path
    unsaved: bytes
    receipts: tuple[Path, Path]

    def settings(self, folder: Path) -> Settings:
        """Return the settings of a bank that is restored into a folder."""
        found = Settings.in_folder(folder)
        return replace(found, keys=self.keys, vault_key=b64encode(b"v" * 32))


def run(*words: str | Path, **env: str) -> Ran:
    """Run a command."""
    given = [str(one) for one in words]
    found = CliRunner().invoke(build(given[0]), given, env=env)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return Ran(code=found.exit_code, out=found.stdout, err=found.stderr)


@contextmanager
def served(lost: Lost, folder: Path) -> Iterator[TestClient]:
    """Serve what was restored into a folder."""
    bank = Bank(lost.settings(folder), clock=lost.bank.clock)
    with TestClient(create_app(bank), base_url=HERE) as client:
        yield client


def post(client: TestClient, raw: bytes) -> httpx2.Response:
    """Post bytes as they are."""
    answer: httpx2.Response = client.post(
        "/v1/statements", content=raw, headers={"Content-Type": SINGLE}
    )
    return answer


def lose_bank(folder: Path) -> Lost:
    """Save a bank by command, post once more, and lose it."""
    receipts = (folder / "before.json", folder / "after.json")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as bank:
        graded = bank.award("R-1")["body"]
        assert isinstance(graded, dict)
        values = (disclosure("score", SCORE),)
        disclose(bank, "credit.awarded.v1", body=graded, values=values)
        saved = bank.send(bank.sign(bank.award("R-2")))
        receipts[0].write_bytes(saved.content)
        made = run("backup", folder / "backup", "--data", folder, "--json")
        assert made.figures()["size"] == saved.json()["position"] + 1
        assert "No key is in it" in made.err
        unsaved = bank.sign(bank.award("R-3"))
        after = bank.send(unsaved)
        assert after.status_code == 201
        # As ``post --json`` prints it.
        receipts[1].write_bytes(orjson.dumps({"receipt": after.json()}))
    return Lost(
        bank=bank,
        backup=folder / "backup",
        keys=folder / "keys",
        unsaved=unsaved,
        receipts=receipts,
    )
