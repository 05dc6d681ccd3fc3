"""A backup is a prefix of the log with all that its entries need, or there is none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, event, update

from ledger.backup.errors import (
    BackupExistsError,
    LogDamagedError,
    NoLedgerError,
    NotABackupError,
)
from ledger.backup.opened import Backup
from ledger.backup.saving import save_backup
from ledger.backup.tables import ENTRIES, ledger_parts, ledger_tables
from ledger.database import open_engine
from ledger.store.schema import log_restores, stored_events
from ledger.vault.vault import Vault
from tests.backing import (
    MADE_AT,
    MASTER,
    NewUrl,
    VaultedBank,
    bring_back,
    disclosed_score,
    save,
)
from tests.bank import LEARNER

KINDS = ("sqlite", "postgresql")


def test_every_table_of_log_and_state_is_in_a_backup() -> None:
    """One that is added later is saved without anybody's thinking of it."""
    tables = {name for metadata in ledger_tables() for name in metadata.tables}

    saved = {part.table.name for part in ledger_parts()}

    assert tables - saved == {"schema_version"}
    assert len(ledger_parts()) == len({part.path for part in ledger_parts()})


@contextmanager
def posting(bank: VaultedBank, looker: Engine) -> Iterator[None]:
    """Post in a thread, at least once between any two of the first looks."""
    ended = threading.Event()
    posted: list[int] = []

    def post() -> None:
        while not ended.is_set():
            bank.award_disclosed(f"R-{len(posted)}", score=str(len(posted)))
            posted.append(1)

    def wait_for_more(*_: object) -> None:
        before = len(posted)
        while poster.is_alive() and len(posted) == before < 12:
            ended.wait(0.001)

    poster = threading.Thread(target=post)
    poster.start()
    event.listen(looker, "before_cursor_execute", wait_for_more)
    try:
        yield
    finally:
        ended.set()
        poster.join()


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_under_load_is_a_prefix_of_the_log(
    kind: str, new_url: NewUrl, tmp_path: Path
) -> None:
    """Whatever is posted meanwhile, what was saved passes an audit."""
    folder, url, vault_url = tmp_path / "backup", new_url(kind), new_url(kind)
    with VaultedBank(new_url(kind), new_url(kind)) as bank:
        size = len(list(bank.raw_entries()))
        ledger, vault = open_engine(bank.url), open_engine(bank.vault_url)
        with posting(bank, ledger):
            made = save_backup(folder, ledger=ledger, vault=vault, made_at=MADE_AT)
        ledger.dispose()
        vault.dispose()
        log, scores = list(bank.raw_entries()), bank.kept.read(LEARNER)

    bring_back(folder, url=url, vault_url=vault_url)
    restored = bank.again(url, vault_url)
    try:
        found = list(restored.raw_entries())
        assert size <= made.size < len(log)
        assert found == log[: made.size]
        assert restored.check_log().entries == made.size
        # Each award in the log has its score; scores of later awards may be there.
        kept = restored.kept.read(LEARNER)
        assert made.size - size <= len(kept) <= len(scores)
    finally:
        restored.__exit__()


def test_the_vault_is_looked_at_after_the_log(
    bank: VaultedBank, new_url: NewUrl, tmp_path: Path
) -> None:
    """A statement accepted between the two leaves a score too many, never one less."""
    ledger, vault = open_engine(bank.url), open_engine(bank.vault_url)
    posted: list[str] = []

    def post(_connection: object) -> None:
        if not posted:
            posted.append("R-2")
            bank.award_disclosed("R-2", score="between")

    event.listen(vault, "engine_connect", post)
    before = len(list(bank.raw_entries()))
    manifest = save_backup(
        tmp_path / "backup", ledger=ledger, vault=vault, made_at=MADE_AT
    )
    ledger.dispose()
    vault.dispose()
    url, vault_url = new_url("sqlite"), new_url("sqlite")
    bring_back(tmp_path / "backup", url=url, vault_url=vault_url)
    restored = Vault(open_engine(vault_url), MASTER)
    both = restored.read(LEARNER)
    removed = restored.sweep(
        now="2027-01-01T00:00:00.000Z",
        is_recorded=lambda claim: claim.payload_hash == both[0].payload_hash,
    )
    left = restored.read(LEARNER)
    restored.close()

    assert posted
    assert manifest.size == before
    assert {one.disclosures for one in both} == {
        (disclosed_score("93"),),
        (disclosed_score("between"),),
    }
    assert removed == 1
    assert left[0].disclosures == both[0].disclosures


def test_a_folder_that_is_there_is_never_overwritten(
    bank: VaultedBank, saved_now: Path
) -> None:
    """Not even an empty one, nor a name that leads nowhere."""
    before = {path: path.stat().st_mtime_ns for path in saved_now.rglob("*")}
    empty = saved_now.with_name("empty")
    empty.mkdir()
    dangling = saved_now.with_name("dangling")
    dangling.symlink_to("nowhere")

    for folder in (saved_now, empty, dangling):
        with pytest.raises(BackupExistsError):
            bank.save(folder)

    assert {path: path.stat().st_mtime_ns for path in saved_now.rglob("*")} == before
    assert not list(saved_now.parent.glob(".*.unfinished"))


def test_who_is_slower_overwrites_nothing(bank: VaultedBank, tmp_path: Path) -> None:
    """Two backups of one name at once: the second finds the first, and leaves it."""
    folder = tmp_path / "backup"
    ledger, vault = open_engine(bank.url), open_engine(bank.vault_url)
    first: list[str] = []

    def be_faster(_connection: object) -> None:
        if not first:
            first.append(bank.save(folder).root)

    event.listen(vault, "engine_connect", be_faster)
    with pytest.raises(BackupExistsError):
        save_backup(folder, ledger=ledger, vault=vault, made_at=MADE_AT)
    ledger.dispose()
    vault.dispose()

    Backup(folder).check_files()
    assert not list(tmp_path.glob(".*.unfinished"))


def test_files_of_a_backup_are_their_owners_only(saved: Path) -> None:
    """It holds every entry, and every sealed value."""
    modes = {path.stat().st_mode & 0o077 for path in (saved, *saved.rglob("*"))}

    assert modes == {0}


@pytest.mark.parametrize("lost", ["an entry", "the last entry", "a byte", "the head"])
def test_a_damaged_log_is_not_saved(
    bank: VaultedBank, tmp_path: Path, lost: str
) -> None:
    """A backup of it must not take the place of a better one."""
    number = stored_events.c.notification_id
    last = len(list(bank.raw_entries()))
    broken = {
        "an entry": delete(stored_events).where(number == 2),
        "the last entry": delete(stored_events).where(number == last),
        "a byte": update(stored_events).where(number == 2).values(state=b"x"),
        "the head": update(stored_events).where(number < 0).values(state=b"x"),
    }
    with bank.store.engine.begin() as connection:
        connection.execute(broken[lost])

    with pytest.raises(LogDamagedError):
        bank.save(tmp_path / "backup")

    assert not list(tmp_path.glob("*backup*"))


def test_a_name_that_cannot_be_given_leaves_nothing(
    bank: VaultedBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk failed at the last step: that is told, and nothing is left behind."""

    def refuse(_path: Path, _target: Path) -> Path:
        raise OSError(5)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="5"):
        bank.save(tmp_path / "backup")

    assert not list(tmp_path.glob("*backup*"))


def test_a_database_of_an_older_release_is_saved(
    bank: VaultedBank, tmp_path: Path, new_url: NewUrl
) -> None:
    """A table that came later is not there, and comes back empty."""
    log_restores.drop(bank.store.engine)
    bank.save(tmp_path / "backup")
    url = new_url("sqlite")

    backup = bring_back(tmp_path / "backup", url=url, vault_url=None)

    assert "log_restores" not in {file.table for file in backup.manifest.files}
    restored = bank.again(url, new_url("sqlite"))
    assert restored.store.awaiting_comparison() is not None
    restored.check_log()
    restored.__exit__()


def test_what_holds_no_ledger_is_not_saved(new_url: NewUrl, tmp_path: Path) -> None:
    """Neither an empty database nor one whose ledger was never founded."""
    vault_url, url = new_url("sqlite"), new_url("sqlite")
    Vault(open_engine(vault_url), MASTER).close()
    with pytest.raises(NoLedgerError):
        save(tmp_path / "backup", url=url, vault_url=vault_url)
    unfounded = VaultedBank(url, vault_url)
    try:
        with pytest.raises(NoLedgerError):
            unfounded.save(tmp_path / "backup")
    finally:
        unfounded.__exit__()


def test_a_folder_without_a_manifest_is_no_backup(saved: Path) -> None:
    """The manifest is written last: without it nothing says that all is there."""
    (saved / "manifest.json").unlink()

    with pytest.raises(NotABackupError):
        Backup(saved)


def test_the_same_ledger_is_saved_as_the_same_bytes(
    bank: VaultedBank, saved_now: Path
) -> None:
    """Files hold no name and no time of their own."""
    again = saved_now.with_name("again")
    bank.save(again)

    assert (again / ENTRIES).read_bytes() == (saved_now / ENTRIES).read_bytes()
    assert Backup(again).manifest == Backup(saved_now).manifest
