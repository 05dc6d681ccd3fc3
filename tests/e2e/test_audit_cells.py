"""Whoever holds a file may give any of its cells any type: an audit finds that."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Final

import pytest

from ledger.audit.database import DatabaseSource
from ledger.audit.errors import UnreadableSourceError
from ledger.audit.verify import Audit, WrongLedgerError
from ledger.audit.workers import Workers
from tests.bank import Bank
from tests.histories import write_history
from tests.tampering.campaign import small_grounds
from tests.tampering.forged import FORGED

pytestmark = pytest.mark.traced

CELLS: Final = (
    "'text'",
    "x'00ff'",
    "7",
    "-1",
    "1.5",
    "9223372036854775807",
    "x''",
    "CAST(x'ff41' AS TEXT)",
)
COLUMNS: Final = ("originator_id", "originator_version", "topic", "state")
IN_PROCESS: Final = Workers()
ROWS: Final = (1, 9, -1, -3)
"""Entry 0, a line of a batch, and two heads."""
BY_RANGES: Final = Workers(
    processes=2, worth_starting=1, first=4, range=5, start=ThreadPoolExecutor
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Write a history into a file."""
    folder = tmp_path_factory.mktemp("cells")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
        write_history(bank)
        ledger = bank.ledger
    return folder / "ledger.db", ledger


def is_noticed(file: Path, ledger: str, *, workers: Workers) -> bool:
    """Tell whether an audit says that something is wrong, and says only that."""
    source = DatabaseSource(f"sqlite:///{file}")
    try:
        return not Audit(source, ledger=ledger).run(workers=workers).passed
    except (UnreadableSourceError, WrongLedgerError):
        return True
    finally:
        source.close()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_of_another_type_is_found(
    written: tuple[Path, str], tmp_path: Path, *, column: str, cell: str
) -> None:
    """As a finding, wherever it is and whoever reads it."""
    file = tmp_path / "ledger.db"
    for row in ROWS:
        shutil.copy(written[0], file)
        if not put(file, row, column=column, cell=cell):
            continue
        for workers in (IN_PROCESS, BY_RANGES):
            assert is_noticed(file, written[1], workers=workers), (
                row,
                workers.processes,
            )


def put(file: Path, row: int, *, column: str, cell: str) -> bool:
    """Change a cell; tell whether it is another now."""
    asked = f"SELECT {column} FROM stored_events WHERE notification_id = {row}"  # noqa: S608  # our own words
    changed = (
        f"UPDATE stored_events SET {column} = {cell} WHERE notification_id = {row}"  # noqa: S608  # our own words
    )
    with closing(sqlite3.connect(file)) as connection:
        connection.text_factory = bytes
        before = connection.execute(asked).fetchone()
        with connection:
            connection.execute(changed)
        after = connection.execute(asked).fetchone()
    return repr(before) != repr(after)


def test_one_cell_hides_no_other_finding(
    written: tuple[Path, str], tmp_path: Path
) -> None:
    """Bytes that became text are one entry that cannot be read, at its place."""
    file = tmp_path / "ledger.db"
    shutil.copy(written[0], file)
    put(file, 9, column="state", cell="'text'")
    put(file, 20, column="topic", cell="'another'")
    source = DatabaseSource(f"sqlite:///{file}")

    with closing(source):
        found = Audit(source, ledger=written[1]).run().findings

    assert {8, 19} <= {one.position for one in found}


def test_a_number_far_beyond_is_found_and_ends(
    written: tuple[Path, str], tmp_path: Path
) -> None:
    """Nobody goes through all the numbers that are missing before it."""
    for number in (10**6, 2**62):
        file = tmp_path / "ledger.db"
        shutil.copy(written[0], file)
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute(
                "UPDATE stored_events SET notification_id = ? WHERE notification_id ="
                " (SELECT MAX(notification_id) FROM stored_events)",
                (number,),
            )
        for workers in (IN_PROCESS, BY_RANGES):
            assert is_noticed(file, written[1], workers=workers)


@pytest.mark.parametrize("rows", ["> 0", "<> 0"])
def test_a_log_without_entries_never_passes(
    written: tuple[Path, str], tmp_path: Path, rows: str
) -> None:
    """Whatever it is called, and whether or not its checkpoints are there."""
    file = tmp_path / "ledger.db"
    shutil.copy(written[0], file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"DELETE FROM stored_events WHERE notification_id {rows}")  # noqa: S608  # our own words

    for ledger in (written[1], "elsewhere.example/bank#" + "A" * 43):
        for workers in (IN_PROCESS, BY_RANGES):
            assert is_noticed(file, ledger, workers=workers)


def test_what_was_posted_twice_is_more_than_lots_are_worth() -> None:
    """The books are held against the lots at the end, whatever the rules said."""
    ours, theirs = small_grounds()
    harm = FORGED["count-twice"](ours, theirs, chance=Random(1))  # noqa: S311  # a test

    found = harm.copy.audit(ours).findings

    assert "books-disagree" in {one.code for one in found}
