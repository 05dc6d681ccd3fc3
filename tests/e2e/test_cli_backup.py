"""A bank is saved by command, lost, brought back, and compared before it signs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import orjson
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.bank import Bank
from api.cli.main import build
from api.main import create_app
from api.settings import Settings
from ledger.audit.database import DatabaseSource
from ledger.audit.verify import verify
from ledger.integrity.encoding import b64encode
from ledger.vault.vault import Disclosed
from tests.bank import LEARNER, SCHOOL
from tests.e2e.cli_machine import Ran
from tests.e2e.http_bank import HERE, SINGLE, HttpBank, check_problem, serving
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


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """Save a bank by command, post once more, and lose it."""
    folder = tmp_path_factory.mktemp("lost")
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


def test_a_restored_bank_reads_and_is_mute_until_it_is_compared(
    lost: Lost, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While it serves: the comparison is noticed without a restart."""
    folder = tmp_path / "bank"
    done = run("restore", lost.backup, "--data", folder, "--ledger", lost.bank.ledger)
    assert done.code == 0, done.err
    assert "signs nothing until `skillbank confirm`" in done.err

    with served(lost, folder) as client:
        refused = post(client, lost.unsaved)
        balance = client.get(f"/v1/learners/{LEARNER}/balance")
        early = run("confirm", lost.receipts[1], "--data", folder)
        first = run("confirm", lost.receipts[0], "--data", folder, "--json")
        # The rest of the log is gone, and nobody has told: it is posted again.
        accepted = post(client, lost.unsaved)

    problem = check_problem(refused, (503, MUTE))
    assert "skillbank confirm" in str(problem["detail"])
    assert refused.headers["retry-after"]
    assert "nothing is signed until" in caplog.text
    assert balance.json()["earned"] == "6"
    assert early.code == 1
    assert first.figures()["signs"] is True
    assert accepted.status_code == 201, accepted.text
    audited = run("audit", "verify", folder, "--ledger", lost.bank.ledger)
    assert audited.code == 0, audited.err
    shown = run(
        *("vault", "show", LEARNER, "--data", folder),
        SKILLBANK_BANK_KEYS_DIR=str(lost.keys),
        SKILLBANK_VAULT_KEY=b64encode(b"v" * 32),
    )
    assert SCORE in shown.out


def test_the_vault_is_not_swept_before_the_comparison(
    lost: Lost, tmp_path: Path
) -> None:
    """A newer backup may be found, whose log claims what this one does not."""
    folder = tmp_path / "bank"
    run("restore", lost.backup, "--data", folder)
    bank = Bank(lost.settings(folder), clock=lost.bank.clock)
    try:
        bank.vault.put([unclaimed()])
        swept = [bank.sweep_vault()]
        run("confirm", lost.receipts[0], "--data", folder)
        swept.append(bank.sweep_vault())
    finally:
        bank.close()

    assert swept == [0, 1]


def unclaimed() -> Disclosed:
    """Return disclosures of a statement that expired long ago, unposted."""
    return Disclosed(
        iss=SCHOOL,
        statement_id="never posted",
        payload_hash="A" * 43,
        learner_id=LEARNER,
        disclosures=(disclosure("score", SCORE),),
        expires_at="2026-08-01T08:00:00.000Z",
    )


def test_each_comparison_has_its_own_outcome(lost: Lost, tmp_path: Path) -> None:
    """A loss is told with its number; what is no evidence is told by its name."""
    folder = tmp_path / "bank"
    run("restore", lost.backup, "--data", folder)
    before, after = lost.receipts
    nothing, other = tmp_path / "nothing.json", tmp_path / "other.txt"
    nothing.write_text('{"receipt": {"position": 1}}')
    note = str(orjson.loads(before.read_bytes())["checkpoint"])
    other.write_text(note.replace("\n", "\nx", 1))
    proof = tmp_path / "proof.txt"
    proof.write_text(f"c2sp.org/tlog-proof@v1\nindex 1\n\n{note}")
    confirm = ("confirm", "--data", folder, "--json")

    missing = run(*confirm, before, after)
    wrong = [run(*confirm, after, "--accept-loss", "2"), run(*confirm, nothing)]
    wrong += [run(*confirm, other), run(*confirm, lost.keys / "service.json")]
    wrong += [run(*confirm, lost.backup / "ledger" / "heads.ndjson.gz")]
    given_up = run(*confirm, before, after, "--accept-loss", "1")
    again = run(*confirm, proof)

    told = orjson.loads(missing.out)
    assert (missing.code, told["error"], told["missing"]) == (1, "entries-lost", 1)
    assert "--accept-loss 1" in told["detail"]
    codes = [(one.code, orjson.loads(one.out)["error"]) for one in wrong]
    assert codes == [
        (3, "loss-differs"),
        (3, "no-checkpoint"),
        (3, "not-signed"),
        (3, "no-checkpoint"),
        (3, "no-checkpoint"),
    ]
    assert given_up.figures()["lost"] == 1
    assert "tell every member" in given_up.err
    assert again.figures()["lost"] == 0
    assert "was compared before" in again.err


def test_an_older_checkpoint_lifts_and_says_how_far_it_reaches(
    lost: Lost, tmp_path: Path
) -> None:
    """It proves nothing of the entries behind it."""
    folder, note = tmp_path / "bank", tmp_path / "note.txt"
    run("restore", lost.backup, "--data", folder)
    head = lost.bank.store.read_head_version(1)
    assert head is not None
    note.write_text(head.note)

    done = run("confirm", note, "--data", folder)

    assert done.code == 0
    assert "reaches beyond 1 of" in done.err
    assert "The bank signs" in done.out


def test_another_ledgers_backup_and_a_damaged_one_are_refused(
    lost: Lost, tmp_path: Path
) -> None:
    """The folder that was made for it is taken away again."""
    folder = tmp_path / "bank"
    pinned = ("restore", lost.backup, "--data", folder, "--ledger", "bank.example/b#x")
    entries = lost.backup / "ledger" / "entries.ndjson.gz"
    whole = entries.read_bytes()

    another = run(*pinned, "--json")
    none = run("restore", lost.keys, "--data", folder, "--json")
    entries.write_bytes(whole[:-1] + b"\x01")
    damaged = run("restore", lost.backup, "--data", folder, "--json")
    entries.write_bytes(whole)

    assert (another.code, orjson.loads(another.out)["error"]) == (1, "another-ledger")
    assert (none.code, orjson.loads(none.out)["error"]) == (3, "not-a-backup")
    assert damaged.code == 1
    assert "ledger/entries.ndjson.gz" in orjson.loads(damaged.out)["detail"]
    assert not folder.exists()


def test_nothing_is_overwritten_and_no_bank_is_made_by_saving(
    lost: Lost, tmp_path: Path
) -> None:
    """Neither a backup, nor a bank, nor a vault that is still there."""
    folder = tmp_path / "bank"
    empty = run("backup", tmp_path / "b", "--data", folder)
    first = run("restore", lost.backup, "--data", folder)
    twice = run("restore", lost.backup, "--data", folder, "--json")
    (folder / "ledger.db").unlink()
    full = run("restore", lost.backup, "--data", folder, "--json")
    kept = run("restore", lost.backup, "--data", folder, "--without-vault")
    over = run("backup", lost.backup, "--data", folder, "--json")

    assert (empty.code, first.code, kept.code) == (3, 0, 0)
    for one, code in (
        (twice, "not-empty"),
        (full, "not-empty"),
        (over, "backup-exists"),
    ):
        assert (one.code, orjson.loads(one.out)["error"]) == (3, code)
    assert not (tmp_path / "b").exists()


def test_projections_of_what_is_gone_do_not_stay(lost: Lost, tmp_path: Path) -> None:
    """They were ahead of the backup, and would have passed over what is posted next."""
    folder = tmp_path / "bank"
    folder.mkdir()
    lost.bank.served.runner.engine.dispose()
    kept = Settings.in_folder(lost.keys.parent).projections_url.removeprefix(
        "sqlite:///"
    )
    (folder / "projections.db").write_bytes(Path(kept).read_bytes())
    run("restore", lost.backup, "--data", folder)
    run("confirm", lost.receipts[0], "--data", folder)

    with served(lost, folder) as client:
        post(client, lost.bank.sign(lost.bank.award("R-4", credits="2")))
        balance = client.get(f"/v1/learners/{LEARNER}/balance").json()

    assert balance["earned"] == "8"


def test_a_backup_moves_a_bank_to_postgresql(
    lost: Lost, tmp_path: Path, postgres_url: str
) -> None:
    """Saved from SQLite, and served from there."""
    urls = {"SKILLBANK_DATABASE_URL": postgres_url, "SKILLBANK_VAULT_URL": postgres_url}
    folder = tmp_path / "bank"

    done = run("restore", lost.backup, "--data", folder, "--json", **urls)
    compared = run("confirm", lost.receipts[0], "--data", folder, **urls)
    source = DatabaseSource(postgres_url)
    audited = verify(source, ledger=lost.bank.ledger)
    source.close()
    again = run("backup", tmp_path / "again", "--data", folder, "--json", **urls)

    assert compared.code == 0
    assert audited.passed
    assert again.figures()["root"] == done.figures()["root"]
