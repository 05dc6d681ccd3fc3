"""Killed at any step: there is a whole backup or none, and all of a bank or nothing."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import inspect

from ledger.backup.errors import NotABackupError
from ledger.backup.opened import Backup
from ledger.database import open_engine
from ledger.store.restores import awaiting_comparison
from tests.backing import VaultedBank, bring_back

ROOT = Path(__file__).parents[3]


def test_who_is_killed_leaves_all_or_nothing(bank: VaultedBank, tmp_path: Path) -> None:
    """What has no name yet is none, or whole; databases are empty, or mute."""
    tried = subprocess.run(  # noqa: S603  # our own module
        [
            *(sys.executable, "-m", "tests.unit.backup.dying"),
            *(bank.url, bank.vault_url, str(tmp_path)),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")

    unfinished = list(tmp_path.glob(".saved-*.unfinished"))
    assert len([folder for folder in unfinished if not is_whole(folder)]) > 3
    whole = list(tmp_path.glob("saved-*"))
    for folder in whole:
        Backup(folder).check_files()
    assert len(unfinished) + len(whole) == len([t for t in tried if "save" in t]) + 1
    ledgers = list(tmp_path.glob("restored-*-ledger.db"))
    assert len(ledgers) > 3
    for ledger in ledgers:
        check_ledger(ledger, whole[0])
    bank.check_log()


def is_whole(folder: Path) -> bool:
    """Tell whether all was written but the name; a part of a backup is refused."""
    try:
        opened = Backup(folder)
    except NotABackupError:
        return False
    opened.check_files()
    return True


def check_ledger(file: Path, backup: Path) -> None:
    """Require that nothing came back, so that it can be tried again, or all did."""
    url = f"sqlite:///{file}"
    engine = open_engine(url)
    tables = inspect(engine).get_table_names()
    if tables:
        with engine.connect() as connection:
            assert awaiting_comparison(connection) is not None
    engine.dispose()
    if not tables:
        bring_back(backup, url=url, vault_url=None)
