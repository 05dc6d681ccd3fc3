"""What is no whole backup is not restored, and nothing is written over."""

import shutil
from pathlib import Path

import orjson

from ledger.backup.files import writing_lines
from ledger.backup.manifest import MANIFEST, Manifest, write_manifest
from ledger.backup.opened import Backup
from ledger.backup.rows import RowForm
from ledger.backup.tables import ENTRIES
from tests.e2e.lost_bank import Lost, run


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


def test_a_backup_whose_log_was_changed_is_found_by_its_audit(
    lost: Lost, tmp_path: Path
) -> None:
    """Whoever changes an entry can write digests for it, and no signature."""
    forged, folder = tmp_path / "forged", tmp_path / "bank"
    shutil.copytree(lost.backup, forged)
    opened = Backup(forged)
    entries = forged / ENTRIES
    (part,) = [one for one in opened.ledger if one.path == ENTRIES]
    rows = list(opened.rows(part))
    rows[-1]["state"] = rows[-1]["state"].replace(b'"position":', b'"position" :', 1)
    entries.unlink()
    with writing_lines(entries) as written:
        for row in rows:
            written.add(RowForm(part.table).write(list(row.values())))
    digest = written.digest()
    files = [file.model_dump() for file in opened.manifest.files]
    for file in files:
        if file["path"] == ENTRIES:
            file |= {"length_bytes": digest.length_bytes, "sha256": digest.sha256}
    manifest = opened.manifest.model_dump() | {"files": tuple(files)}
    (forged / MANIFEST).write_bytes(write_manifest(Manifest(**manifest)))

    refused = run("restore", forged, "--data", folder, "--json")

    assert (refused.code, orjson.loads(refused.out)["error"]) == (1, "backup-at-fault")
    assert "position 5" in refused.err
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
