"""What comes back is what was saved, all of it, or nothing comes back."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, event, exc

from ledger.backup import restoring
from ledger.backup.errors import (
    AnotherReleaseError,
    LogDamagedError,
    NotEmptyError,
)
from ledger.backup.opened import Backup
from ledger.backup.restoring import require_empty, restore_backup
from ledger.database import open_engine
from ledger.store.schema import schema_version
from ledger.vault.keys import MasterKeyError
from ledger.vault.vault import Vault
from tests.backing import (
    MASTER,
    RESTORED_AT,
    NewUrl,
    VaultedBank,
    bring_back,
    disclosed_score,
    lines_of,
    nothing,
    save,
    tables_of,
)
from tests.bank import LEARNER, Bank
from tests.consortium import write_consortium

KINDS = ("sqlite", "postgresql")
RESTORES = "ledger/log_restores.ndjson.gz"


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_ledger_is_the_one_that_was_saved(
    kind: str, new_url: NewUrl, tmp_path: Path
) -> None:
    """Row by row in every table, from either database into either."""
    first = tmp_path / "first"
    with VaultedBank(new_url(kind), new_url(kind)) as bank:
        bank.award_disclosed("R-disclosed", score="93")
        write_consortium(bank)
        bank.save(first)

    # From PostgreSQL the way back to it is that of SQLite to it.
    for number, target in enumerate(KINDS if kind == "sqlite" else KINDS[:1]):
        again = tmp_path / f"again-{number}"
        url, vault_url = new_url(target), new_url(target)
        bring_back(first, url=url, vault_url=vault_url)
        save(again, url=url, vault_url=vault_url)
        before, after = lines_of(first), lines_of(again)

        assert before.pop(RESTORES) == []
        assert len(after.pop(RESTORES)) == 1
        assert before == after
        assert sum(map(bool, before.values())) > 20
        restored = Bank(url)
        restored.ledger = bank.ledger
        restored.check_log()
        restored.__exit__()


def test_rows_come_back_in_bundles(
    saved_now: Path, bank: VaultedBank, new_url: NewUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory holds a few at a time, by their number or by what they weigh."""
    heads = list(bank.store.log.read_heads())
    for bound in ("ROWS_MAX", "BYTES_MAX"):
        monkeypatch.setattr(restoring, bound, 2)
        again = saved_now.with_name(bound)
        url, vault_url = new_url("sqlite"), new_url("sqlite")
        backup = bring_back(saved_now, url=url, vault_url=vault_url)

        save(again, url=url, vault_url=vault_url)
        assert list(backup.heads()) == heads
        assert list(Backup(again).entries()) == list(backup.entries())


def test_scores_come_back_with_the_key_and_not_without(
    saved: Path, new_url: NewUrl
) -> None:
    """A backup alone names nobody: no value and no key is in it."""
    vault_url = new_url("sqlite")
    bring_back(saved, url=new_url("sqlite"), vault_url=vault_url)

    with pytest.raises(MasterKeyError):
        Vault(open_engine(vault_url), b"w" * 32)
    vault = Vault(open_engine(vault_url), MASTER)
    (found,) = vault.read(LEARNER)
    vault.close()

    assert found.disclosures == (disclosed_score("93"),)
    content = b"".join(b"".join(lines) for lines in lines_of(saved).values())
    assert disclosed_score("93").encoded.encode() not in content


@pytest.mark.parametrize(
    ("kind", "full"),
    [("sqlite", "ledger"), ("sqlite", "vault"), ("postgresql", "vault")],
)
def test_nothing_is_restored_over_something(
    saved: Path, new_url: NewUrl, kind: str, full: str
) -> None:
    """One of the two is in use: the other stays empty, too."""
    urls = {"ledger": new_url(kind), "vault": new_url(kind)}
    other = {**urls, "vault" if full == "ledger" else "ledger": new_url(kind)}
    bring_back(saved, url=urls["ledger"], vault_url=urls["vault"])
    before = save(saved.with_name("b"), url=urls["ledger"], vault_url=urls["vault"])

    with pytest.raises(NotEmptyError):
        bring_back(saved, url=other["ledger"], vault_url=other["vault"])
    engine = open_engine(urls[full])
    with pytest.raises(NotEmptyError):
        require_empty(engine, is_vault=full == "vault")
    engine.dispose()

    (empty,) = {*other.values()} - {*urls.values()}
    assert tables_of(empty) == []
    again = save(saved.with_name("a"), url=urls["ledger"], vault_url=urls["vault"])
    assert again.files == before.files


@pytest.mark.parametrize("kind", KINDS)
def test_a_restore_that_fails_in_the_end_leaves_both_empty(
    saved: Path, new_url: NewUrl, kind: str
) -> None:
    """All rows are in place by then, and none of them is kept."""
    url, vault_url = new_url(kind), new_url(kind)

    def fail() -> None:
        raise OSError(28)

    with pytest.raises(OSError, match="28"):
        bring_back(saved, url=url, vault_url=vault_url, before_commit=fail)

    assert tables_of(url) == tables_of(vault_url) == []
    bring_back(saved, url=url, vault_url=vault_url)


@pytest.mark.parametrize("with_vault", [True, False])
def test_a_vault_is_emptied_again_if_its_ledger_cannot_be_committed(
    saved: Path, new_url: NewUrl, *, with_vault: bool
) -> None:
    """It is committed first, and would be in the way of the next try."""
    url, vault_url = new_url("sqlite"), new_url("sqlite")
    ledger, vault = open_engine(url), open_engine(vault_url)

    fault = exc.OperationalError("COMMIT", None, OSError(28))

    def refuse(_connection: object) -> None:
        raise fault

    event.listen(ledger, "commit", refuse)
    with pytest.raises(exc.OperationalError):
        restore_backup(
            Backup(saved, with_vault=with_vault),
            ledger=ledger,
            vault=vault if with_vault else None,
            restored_at=RESTORED_AT,
            before_commit=nothing,
        )
    ledger.dispose()
    vault.dispose()

    assert tables_of(url) == tables_of(vault_url) == []


def test_a_commit_of_unknown_outcome_is_looked_up(saved: Path, new_url: NewUrl) -> None:
    """It took effect, and only the answer was lost: the vault stays."""
    url, vault_url = new_url("sqlite"), new_url("sqlite")
    ledger, vault = open_engine(url), open_engine(vault_url)
    fault = exc.OperationalError("COMMIT", None, OSError(5))

    def lose_the_answer(connection: Connection) -> None:
        connection.exec_driver_sql("COMMIT")
        raise fault

    event.listen(ledger, "commit", lose_the_answer)
    restore_backup(
        Backup(saved),
        ledger=ledger,
        vault=vault,
        restored_at=RESTORED_AT,
        before_commit=nothing,
    )
    ledger.dispose()
    vault.dispose()

    assert {"vault_sealed", "log_restores"} <= {*tables_of(url), *tables_of(vault_url)}


def test_tables_that_a_bank_made_and_never_filled_are_in_nobodys_way(
    saved: Path, new_url: NewUrl
) -> None:
    """Opening a database makes its tables: it holds nothing yet."""
    url = new_url("sqlite")
    Bank(url).__exit__()

    bring_back(saved, url=url, vault_url=new_url("sqlite"))

    engine = open_engine(url)
    with engine.connect() as connection:
        assert connection.execute(schema_version.select()).all() == [(1,)]
    engine.dispose()


def test_a_database_of_a_newer_release_is_left_alone(
    saved: Path, new_url: NewUrl
) -> None:
    """Its tables may have another form."""
    url = new_url("sqlite")
    Bank(url).__exit__()
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(schema_version.update().values(version=99))
    engine.dispose()

    with pytest.raises(AnotherReleaseError):
        bring_back(saved, url=url, vault_url=new_url("sqlite"))


def test_what_came_back_must_be_what_the_manifest_names(
    saved_now: Path, bank: VaultedBank, new_url: NewUrl
) -> None:
    """A manifest over files of another moment is refused."""
    bank.award_disclosed("R-2", score="1")
    later = saved_now.with_name("later")
    bank.save(later)
    backup = Backup(saved_now)
    backup.manifest = Backup(later).manifest

    ledger = open_engine(new_url("sqlite"))
    with pytest.raises(LogDamagedError):
        restore_backup(
            backup,
            ledger=ledger,
            vault=None,
            restored_at=RESTORED_AT,
            before_commit=nothing,
        )
    ledger.dispose()
