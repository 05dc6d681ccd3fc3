"""Whatever happened to a backup's files is found before anything is restored."""

from pathlib import Path

import pytest

from ledger.backup.errors import AnotherReleaseError, BackupDamagedError
from ledger.backup.opened import Backup
from tests.backing import NewUrl, bring_back, tables_of


def test_a_flipped_byte_in_any_file_is_found(saved: Path, new_url: NewUrl) -> None:
    """Before anything is restored, and once more while it is."""
    url, vault_url = new_url("sqlite"), new_url("sqlite")
    for path in sorted(saved.rglob("*.*")):
        whole = path.read_bytes()
        for place in {0, len(whole) // 2, len(whole) - 1}:
            changed = bytearray(whole)
            changed[place] ^= 1
            path.write_bytes(changed)

            with pytest.raises((BackupDamagedError, AnotherReleaseError)):
                Backup(saved).check_files()
        if path.name in {"entries.ndjson.gz", "vault_sealed.ndjson.gz"}:
            with pytest.raises(BackupDamagedError):
                bring_back(saved, url=url, vault_url=vault_url)
        path.write_bytes(whole)

    Backup(saved).check_files()
    assert tables_of(url) == tables_of(vault_url) == []


def test_every_bit_of_the_manifest_counts(saved: Path) -> None:
    """Even that of the instant, which nothing else in the backup repeats."""
    path = saved / "manifest.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 97):
        changed = bytearray(whole)
        changed[place] ^= 2
        path.write_bytes(changed)

        with pytest.raises((BackupDamagedError, AnotherReleaseError)):
            Backup(saved)


@pytest.mark.parametrize("path", ["ledger/entries.ndjson.gz", "vault"])
def test_a_missing_file_is_found(saved: Path, path: str) -> None:
    """Nothing is taken to be empty because it is not there."""
    (saved / path).rename(saved / "elsewhere")

    with pytest.raises(BackupDamagedError):
        Backup(saved).check_files()


def test_the_ledger_comes_back_without_its_vault(saved: Path, new_url: NewUrl) -> None:
    """The vault may still be there, or may have been deleted for good reasons."""
    (saved / "vault").rename(saved / "elsewhere")
    url = new_url("sqlite")

    Backup(saved, with_vault=False).check_files()
    bring_back(saved, url=url, vault_url=None)

    assert not any(name.startswith("vault") for name in tables_of(url))
