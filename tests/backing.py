"""A bank with a vault of its own, saved and brought back between any two databases."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import inspect

from ledger.audit.rebuild import rebuild
from ledger.backup.comparing import Evidence
from ledger.backup.files import read_lines
from ledger.backup.manifest import (
    MANIFEST,
    Manifest,
    read_manifest,
    write_manifest,
)
from ledger.backup.opened import Backup
from ledger.backup.restoring import restore_backup
from ledger.backup.saving import save_backup
from ledger.database import open_engine
from ledger.integrity.disclosures import Disclosure, make_disclosure
from ledger.sequencer import Accepted, BankKeys, Committer, Sequencer, WriterClock
from ledger.store.application import LedgerStore
from ledger.vault.vault import Vault
from tests.bank import ORIGIN, SCHOOL, Bank

MASTER = b"v" * 32
MADE_AT = "2026-09-01T09:00:00.000Z"
RESTORED_AT = "2026-09-02T09:00:00.000Z"
NewUrl = Callable[[str], str]
Step = Callable[[], None]


class VaultedBank(Bank):
    """A bank whose disclosures go to a real vault."""

    def __init__(self, url: str, vault_url: str) -> None:
        """Open both databases."""
        self.vault_url = vault_url
        self.kept = Vault(open_engine(vault_url), MASTER)
        super().__init__(url)

    def __exit__(self, *details: object) -> None:
        """Stop the writer and close the databases."""
        super().__exit__(*details)
        self.kept.close()

    def open_sequencer(self, store: LedgerStore | None = None) -> Sequencer:
        """Start a writer that discloses to the real vault."""
        keys = BankKeys(origin=ORIGIN, service=self.service, checkpoint=self.checkpoint)
        clock = WriterClock(self.clock)
        committer = Committer(store or self.store, keys, vault=self.kept, clock=clock)
        return Sequencer(committer)

    def award_disclosed(self, reference: str, *, score: str) -> Accepted:
        """Award the learner three credits, with a score that only the vault keeps."""
        value = disclosed_score(score)
        body: Any = self.award(reference)["body"]  # Any: plain JSON.
        statement = self.statement(
            SCHOOL, "credit.awarded.v1", body={**body, "_sd": [value.digest]}
        )
        raw = self.sign(statement, disclosures=(value,))
        return self.submit(self.receive(raw)).result()

    def save(self, folder: Path) -> Manifest:
        """Save the bank as it is now."""
        return save(folder, url=self.url, vault_url=self.vault_url)

    def evidence(self, name: str = "receipt") -> Evidence:
        """Return the newest checkpoint, as a member would hold it."""
        head = self.store.read_head()
        assert head is not None
        return Evidence(name=name, note=head.note)

    def again(self, url: str, vault_url: str) -> "VaultedBank":
        """Open the bank anew on other databases, with everybody's keys."""
        other = VaultedBank(url, vault_url)
        other.sequencer.close()
        other.keys, other.service = self.keys, self.service
        other.checkpoint, other.ledger = self.checkpoint, self.ledger
        other.clock, other._numbers = self.clock, self._numbers
        other.sequencer = other.open_sequencer()
        return other


def disclosed_score(score: str) -> Disclosure:
    """Return a disclosure whose salt is always the same."""
    return make_disclosure("score", score, salt="s" * 22)


def save(folder: Path, *, url: str, vault_url: str) -> Manifest:
    """Save whatever is in two databases."""
    ledger, vault = open_engine(url), open_engine(vault_url)
    try:
        return save_backup(folder, ledger=ledger, vault=vault, made_at=MADE_AT)
    finally:
        ledger.dispose()
        vault.dispose()


def nothing() -> None:
    """Do nothing before a restore is committed."""


def bring_back(
    folder: Path, *, url: str, vault_url: str | None, before_commit: Step = nothing
) -> Backup:
    """Restore into two databases, or into a ledger's alone."""
    backup = Backup(folder, with_vault=vault_url is not None, rebuild=rebuild)
    ledger = open_engine(url)
    vault = None if vault_url is None else open_engine(vault_url)
    try:
        restore_backup(
            backup,
            ledger=ledger,
            vault=vault,
            restored_at=RESTORED_AT,
            before_commit=before_commit,
        )
    finally:
        ledger.dispose()
        if vault is not None:
            vault.dispose()
    return backup


def lines_of(folder: Path) -> dict[str, list[bytes]]:
    """Return what each file of a backup holds; databases sort text differently."""
    manifest = Backup(folder).manifest
    return {
        file.path: sorted(read_lines(folder, file.path, expected=file.digest()))
        for file in manifest.files
    }


def tables_of(url: str) -> list[str]:
    """Return which tables there are."""
    engine = open_engine(url)
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def rewrite(folder: Path, **changes: object) -> None:
    """Write a manifest that says something else, under its digest."""
    found = read_manifest(folder)
    fields = {name: getattr(found, name) for name in type(found).model_fields}
    changed = Manifest(**{**fields, **changes})
    (folder / MANIFEST).write_bytes(write_manifest(changed))
