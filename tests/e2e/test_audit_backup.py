"""A backup's folder is audited where it lies, like any other source."""

import shutil
from pathlib import Path

import orjson

from ledger.backup.manifest import MANIFEST, Manifest, write_manifest
from ledger.backup.opened import Backup
from ledger.backup.tables import ENTRIES, HEADS
from tests.e2e.lost_bank import Lost, run


def test_a_backup_passes_and_a_damaged_one_is_at_fault(
    lost: Lost, tmp_path: Path
) -> None:
    """Its vault is not looked at; and it is exported from as well."""
    name = ("--ledger", lost.bank.ledger)
    passed = run("audit", "verify", lost.backup, *name, "--json")
    figures = orjson.loads(passed.out)
    assert (passed.code, figures["verdict"]) == (0, "pass"), passed.out
    assert figures["entries"] == Backup(lost.backup).manifest.size

    copy = tmp_path / "copy"
    shutil.copytree(lost.backup, copy)
    shutil.rmtree(copy / "vault")
    bundle = tmp_path / "all.bundle"
    assert run("audit", "export", copy, *name, "--out", bundle).code == 0
    assert run("audit", "verify", bundle, *name).code == 0

    for path in (ENTRIES, HEADS):
        damaged = tmp_path / path.replace("/", "-")
        shutil.copytree(copy, damaged)
        with (damaged / path).open("r+b") as file:
            file.truncate(40)
        ran = run("audit", "verify", damaged, *name, "--json")
        assert (ran.code, orjson.loads(ran.out)["error"]) == (1, "unreadable"), path


def test_a_manifest_that_was_changed_or_is_of_another_release_is_told_apart(
    lost: Lost, tmp_path: Path
) -> None:
    """The first is a fault; the second could not be checked."""
    name = ("--ledger", lost.bank.ledger, "--json")
    copy = tmp_path / "copy"
    shutil.copytree(lost.backup, copy)
    whole = (copy / MANIFEST).read_bytes()

    (copy / MANIFEST).write_bytes(whole.replace(b'"size":', b'"size": '))
    changed = run("audit", "verify", copy, *name)
    newer = Manifest(**dict(Backup(lost.backup).manifest) | {"schema_version": 999})
    (copy / MANIFEST).write_bytes(write_manifest(newer))
    another = run("audit", "verify", copy, *name)

    assert (changed.code, orjson.loads(changed.out)["error"]) == (1, "unreadable")
    assert (another.code, orjson.loads(another.out)["error"]) == (4, "unreachable")
    assert "use the release that saved it" in another.err
