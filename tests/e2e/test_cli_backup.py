"""A bank is saved by command, lost, brought back, and compared before it signs."""

from pathlib import Path

import orjson
import pytest

from api.bank import Bank
from api.settings import Settings
from api.upkeep import sweep_vault
from ledger.audit.database import DatabaseSource
from ledger.audit.verify import verify
from ledger.integrity.encoding import b64encode
from ledger.vault.vault import Disclosed
from tests.bank import LEARNER, SCHOOL
from tests.e2e.http_bank import check_problem
from tests.e2e.lost_bank import MUTE, SCORE, Lost, post, run, served
from tests.e2e.test_cli_vault import disclosure


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
        swept = [sweep_vault(bank)]
        run("confirm", lost.receipts[0], "--data", folder)
        swept.append(sweep_vault(bank))
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
