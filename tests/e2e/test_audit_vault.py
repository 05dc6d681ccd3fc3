"""The operator's own audit holds the vault against the log, and shows no value."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from api.cli.audit import app
from ledger.database import open_engine
from ledger.integrity.encoding import b64encode
from ledger.vault.vault import Disclosed, Vault
from tests.bank import LEARNER, SCHOOL
from tests.e2e.http_bank import SECOND, HttpBank, serving
from tests.e2e.test_cli_vault import NAME, SCORE, disclose, disclosure

pytestmark = pytest.mark.traced

KEY = b"v" * 32
Audit = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[HttpBank]:
    """Serve a bank to which values of two learners were disclosed."""
    with serving(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}") as served:
        for learner_id, number in ((SECOND, "R-1"), (LEARNER, "R-2")):
            graded = served.award(number, learner_id=learner_id)["body"]
            assert isinstance(graded, dict)
            values = (disclosure("score", SCORE),)
            if learner_id == SECOND:
                opened = {"learner_id": SECOND, "mode": "provisional"}
                person = (disclosure("name", NAME), disclosure("student_number", "7"))
                disclose(served, "account.opened.v1", body=opened, values=person)
            disclose(served, "credit.awarded.v1", body=graded, values=values)
        yield served


@pytest.fixture
def audit(bank: HttpBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """Run the command on the bank's machine."""
    monkeypatch.setenv("SKILLBANK_VAULT_KEY", b64encode(KEY))

    def run(
        url: str = f"sqlite:///{tmp_path / 'vault.db'}",
    ) -> tuple[int, dict[str, object]]:
        words = ["verify", bank.url, "--ledger", bank.ledger, "--vault", url, "--json"]
        result = CliRunner().invoke(app, words)
        assert NAME not in result.output
        assert SCORE not in result.output
        return result.exit_code, orjson.loads(result.stdout)

    return run


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """Open the bank's vault with the operator's key."""
    opened = Vault(open_engine(f"sqlite:///{tmp_path / 'vault.db'}"), KEY)
    yield opened
    opened.close()


def test_what_the_vault_holds_fits_and_what_was_erased_is_undisclosed(
    audit: Audit, vault: Vault
) -> None:
    """To have erased is no fault: the digests stay, and nobody can say of what."""
    exit_code, answer = audit()
    assert (exit_code, answer["disclosures"]) == (0, {"disclosed": 4, "undisclosed": 0})

    vault.erase(SECOND, now="2026-09-01T00:00:00.000Z")

    exit_code, answer = audit()
    assert (exit_code, answer["disclosures"]) == (0, {"disclosed": 1, "undisclosed": 3})
    assert answer["findings"] == []


def test_values_that_no_entry_has_a_digest_for_are_found(
    audit: Audit, vault: Vault, tmp_path: Path
) -> None:
    """Whoever has the key could add one to a statement, or a statement to the vault."""
    (kept,) = vault.read(LEARNER)
    harm(vault, kept, file=tmp_path / "vault.db")

    exit_code, answer = audit()

    assert exit_code == 1
    assert answer["disclosures"] == {"disclosed": 1, "undisclosed": 3}
    assert answer["classes"] == {"disclosure": 4}
    size, findings = answer["entries"], answer["findings"]
    assert isinstance(size, int)
    assert isinstance(findings, list)
    assert [(one["code"], one["position"], one["detail"]) for one in findings] == [
        ("disclosure-unreadable", size - 3, ""),
        ("disclosure-unreadable", size - 2, ""),
        ("disclosure-differs", size - 1, "1 of them"),
        ("disclosure-without-entry", size, f"never of {SCHOOL}"),
    ]


def harm(vault: Vault, kept: Disclosed, *, file: Path) -> None:
    """Add to a statement, add statements of which one is settled, break a seal."""
    name = {"iss": SCHOOL, "learner_id": LEARNER}
    for statement_id, payload_hash in (
        (kept.statement_id, kept.payload_hash),
        ("never", "N" * 43),
        ("pending", "P" * 43),
    ):
        added = Disclosed(
            **name,
            statement_id=statement_id,
            payload_hash=payload_hash,
            disclosures=(disclosure("mark", "100"),),
            expires_at="2999-01-01T00:00:00.000Z",
        )
        vault.put([added])
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "UPDATE vault_sealed SET expires_at = NULL WHERE statement_id = 'never'"
        )
        connection.execute(
            "UPDATE vault_sealed SET content = zeroblob(64) WHERE learner_id = ?",
            (SECOND,),
        )
        connection.commit()


def test_a_vault_that_cannot_be_read_ends_before_the_audit(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each mistake has its own code, and no vault is made by looking."""
    assert outcome(audit(f"sqlite:///{tmp_path / 'missing.db'}")) == (3, "no-vault")
    assert outcome(audit("words")) == (3, "no-vault")
    other = f"sqlite:///{tmp_path / 'ledger.db'}"
    assert outcome(audit(other)) == (4, "vault-unreachable")
    for key in (b64encode(b"w" * 32), "no key!"):
        monkeypatch.setenv("SKILLBANK_VAULT_KEY", key)
        assert outcome(audit()) == (3, "vault-key")
    assert not (tmp_path / "missing.db").exists()


def outcome(told: tuple[int, dict[str, object]]) -> tuple[int, object]:
    """Return the exit code and the code of the error."""
    return told[0], told[1]["error"]
