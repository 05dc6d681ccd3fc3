"""A database is read by several at once, and what each reads is what there is."""

import shutil
import sqlite3
from contextlib import closing
from itertools import repeat
from pathlib import Path

import pytest

from ledger.audit import database as module
from ledger.audit.database import DatabaseRange, DatabaseSource
from ledger.audit.errors import UnreadableSourceError
from ledger.audit.foreseeing import News
from ledger.audit.ports import EntryRow, SourceEntry
from ledger.audit.spans import Order, Reading, SentRange, take_range
from ledger.audit.stretches import Stretch
from ledger.audit.verify import Audit
from ledger.audit.workers import Workers
from ledger.integrity.entries import LINE_BEGINS
from tests.listing import BY_RANGES, ListingBank, listings


def write(url: str) -> str:
    """Write a ledger with lists and singles; return its name."""
    with ListingBank(url, name="ours") as bank:
        bank.write()
        return bank.ledger


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Write such a ledger into a file, which nobody changes; return its name, too."""
    file = tmp_path_factory.mktemp("ranges") / "ledger.db"
    return write(f"sqlite:///{file}"), file


def test_ranges_hold_all_entries_and_none_is_cut_in_a_batch(database_url: str) -> None:
    """Each is read by a connection of its own; and an audit by them is as any other."""
    name = write(database_url)
    source = DatabaseSource(database_url)

    ranges = list(source.ranges(repeat(5)))
    read = [list(map(SourceEntry.of, one.read())) for one in ranges]
    whole = list(source.entries())
    alone = Audit(source, ledger=name).run()
    found = Audit(source, ledger=name).run(workers=BY_RANGES)
    source.close()

    assert [one for some in read for one in some] == whole
    assert len(read) > 5
    assert not any(some[0].raw.startswith(LINE_BEGINS) for some in read)
    assert found == alone
    assert found.passed


def test_what_is_read_while_processes_start_is_found_the_same(
    written: tuple[str, Path],
) -> None:
    """Here, and by them once they have answered."""
    name, file = written
    source = DatabaseSource(f"sqlite:///{file}")
    starting = Workers(processes=2, worth_starting=0, span=2, first=1)

    alone = Audit(source, ledger=name).run()
    found = Audit(source, ledger=name).run(workers=starting)
    source.close()

    assert found == alone


def test_a_process_that_only_reads_keeps_a_server_open(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file it opens anew; and what it reads is the same."""
    write(database_url)
    entries = DatabaseRange(database_url, 1, 5)
    alone = entries.read()
    monkeypatch.setattr(module, "parent_process", object)
    module._kept.cache_clear()  # noqa: SLF001

    assert entries.read() == entries.read() == alone

    kept = module._kept.cache_info()  # noqa: SLF001
    is_file = database_url.startswith("sqlite")
    assert (kept.hits, kept.misses) == ((0, 0) if is_file else (1, 1))
    if not is_file:
        module._kept(database_url).dispose()  # noqa: SLF001
    module._kept.cache_clear()  # noqa: SLF001


def test_a_batch_without_end_is_cut(
    written: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No range is longer than what is asked for and one batch."""
    monkeypatch.setattr("ledger.audit.database.BATCH_LINES_MAX", 1)
    source = DatabaseSource(f"sqlite:///{written[1]}")

    lengths = [len(one.read()) for one in source.ranges(repeat(1))]
    source.close()

    assert max(lengths) == 3


HARM = {
    "an-entry-is-gone": "DELETE FROM stored_events WHERE notification_id = 30",
    "a-line-is-gone": "DELETE FROM stored_events WHERE notification_id = 48",
    "a-line-is-filed-elsewhere": (
        "UPDATE stored_events SET topic = 'credit.awarded.v1' "
        "WHERE notification_id = 48"
    ),
    "a-single-is-filed-elsewhere": (
        "UPDATE stored_events SET originator_version = 9 WHERE notification_id = 36"
    ),
    "the-last-is-gone": (
        "DELETE FROM stored_events WHERE notification_id = "
        "(SELECT max(notification_id) FROM stored_events)"
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_an_audit_by_ranges_finds_the_same(
    written: tuple[str, Path], tmp_path: Path, harm: str
) -> None:
    """Word by word, also where rows are missing."""
    name, file = written
    copy = tmp_path / "ledger.db"
    shutil.copyfile(file, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute(HARM[harm])
    source = DatabaseSource(f"sqlite:///{copy}")

    alone = Audit(source, ledger=name).run()
    found = Audit(source, ledger=name).run(workers=BY_RANGES)
    source.close()

    assert not alone.passed
    assert found == alone


def test_a_database_that_fails_names_the_place(tmp_path: Path) -> None:
    """Whether it is not there, or is none."""
    broken = tmp_path / "ledger.db"
    broken.write_bytes(b"no database any more" * 1_000)

    for path in (broken, tmp_path / "nowhere" / "ledger.db"):
        with pytest.raises(UnreadableSourceError) as stopped:
            DatabaseRange(f"sqlite:///{path}", 8, 9).read()
        assert stopped.value.position == 7


class Shrinking:
    """A range that holds less whenever it is read again."""

    def __init__(self, rows: list[EntryRow]) -> None:
        """Hold these at first."""
        self._rows = rows

    def read(self) -> list[EntryRow]:
        """Return what is left, and take the last away."""
        rows, self._rows = self._rows, self._rows[:-1]
        return rows


def test_whoever_takes_entries_away_meanwhile_is_stopped() -> None:
    """What was looked at and what is read again are as many."""
    ours, _ = listings()
    rows: list[EntryRow] = [
        (one.position + 1, one.stream or "", 1, one.topic or "", one.raw)
        for one in ours.entries[-7:]
        if one.position is not None
    ]
    whole = Shrinking(rows)
    sent = SentRange(whole)
    found = take_range((whole, Order(-3, News(0, ()))))
    stretch = Stretch._make([None] * len(Stretch._fields))._replace(leaves=[b""] * 7)

    ((entries, _),) = sent.pieces(Reading([stretch], []))

    assert len(found.rows) == len(entries) == 7
    with pytest.raises(UnreadableSourceError):
        entries[0]


def test_an_empty_database_has_no_ranges(
    written: tuple[str, Path], tmp_path: Path
) -> None:
    """Nor anything to audit."""
    copy = tmp_path / "ledger.db"
    shutil.copyfile(written[1], copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("DELETE FROM stored_events")
    source = DatabaseSource(f"sqlite:///{copy}")

    assert list(source.ranges(repeat(5))) == []
    assert list(BY_RANGES.take_source(source, news=lambda: News(0, ()))) == []
    source.close()
