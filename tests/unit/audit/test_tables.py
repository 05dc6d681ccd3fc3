"""A replayed history is written as a bank keeps it, as far as it was replayed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from ledger.audit.compare.rows import compare_table, read_loosely
from ledger.audit.compare.tables import TableWriter, derived_tables
from ledger.audit.database import DatabaseSource
from ledger.audit.explain.proofs import Leaves
from ledger.audit.explain.story import Story, Subject
from ledger.audit.figures.effective import Effective
from ledger.audit.figures.recognised import Recognised
from ledger.audit.ports import SourceEntry
from ledger.audit.rebuild import (
    Rebuilt,
    UnreadableHistoryError,
    Until,
    rebuild,
    rebuild_all,
)
from ledger.database import open_engine
from ledger.integrity.proofs import verify_inclusion
from ledger.store.schema import log_groups, log_tiles, stored_events
from tests.bank import LEARNER, SCHOOL, Bank

pytestmark = pytest.mark.traced

LINES = 260


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write a log of more than a page, a tile and a group."""
    url = f"sqlite:///{tmp_path_factory.mktemp('tables') / 'ledger.db'}"
    with Bank(url) as bank:
        lines = [bank.award(f"line-{number}") for number in range(LINES)]
        bank.submit(bank.receive_batch(bank.batch_bytes(SCHOOL, lines))).result()
        bank.submit(bank.receive(bank.sign(bank.award("single")))).result()
    return url


@pytest.fixture
def source(kept: str) -> Iterator[DatabaseSource]:
    """Read it as an auditor does."""
    opened = DatabaseSource(kept)
    yield opened
    opened.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Open an empty database."""
    opened = open_engine(f"sqlite:///{tmp_path / 'made.db'}")
    yield opened
    opened.dispose()


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pages end in the middle of such a short log."""
    monkeypatch.setattr("ledger.audit.compare.tables.PAGE", 100)
    monkeypatch.setattr("ledger.audit.growing.LEAVES", 100)


def write(source: DatabaseSource, engine: Engine, *, until: Until) -> Rebuilt:
    """Replay into a database."""
    writer = TableWriter(engine)
    rebuilt = rebuild_all(source.entries(), until=until, observers=[writer])
    writer.finish(rebuilt, source.heads())
    writer.close()
    return rebuilt


def test_every_table_is_as_the_bank_keeps_it(
    kept: str, source: DatabaseSource, engine: Engine
) -> None:
    """Groups and tiles among them, and the entries themselves."""
    write(source, engine, until=Until())

    bank = open_engine(kept)
    with bank.connect() as shown, engine.connect() as made:
        read_loosely(shown)
        for table in derived_tables(heads=True):
            assert list(compare_table(table, shown=shown, recomputed=made)) == []
        raw = select(stored_events.c.state).where(stored_events.c.notification_id > 0)
        ordered = raw.order_by(stored_events.c.notification_id)
        assert shown.execute(ordered).all() == made.execute(ordered).all()
        assert made.execute(select(func.count()).select_from(log_tiles)).scalar() == 1
    bank.dispose()
    assert log_groups not in derived_tables(heads=False)


def test_what_lies_beyond_is_read_but_not_written(
    source: DatabaseSource, engine: Engine
) -> None:
    """The root is that of all entries; groups and state are those of then."""
    rebuilt = write(source, engine, until=Until(position=3))

    with engine.connect() as made:
        groups = made.execute(select(func.max(log_groups.c.size))).scalar()
        entries = made.execute(select(func.count()).select_from(stored_events))
        assert (groups, entries.scalar()) == (4, 4)
    assert (rebuilt.position, rebuilt.entries) == (3, LINES + 6)
    assert Rebuilt().position == -1


def test_a_log_that_cannot_be_read_back_ends_the_replay(source: DatabaseSource) -> None:
    """The position is named, and nothing after it is read."""
    entries = list(source.entries())
    broken = [*entries[:2], SourceEntry(raw=b"no entry")]

    with pytest.raises(UnreadableHistoryError) as wrong:
        rebuild_all(broken, until=Until())
    with pytest.raises(UnreadableHistoryError):
        list(rebuild(entry.raw for entry in broken))

    assert wrong.value.position == 2
    rebuilt = rebuild_all([], until=Until())
    assert (rebuilt.position, rebuilt.entries) == (-1, 0)


def test_every_leaf_proves_itself_out_of_what_was_read(source: DatabaseSource) -> None:
    """At every position, toward the root of the whole; headers and lines alike."""
    leaves, story = Leaves(), Story(Subject(learners=frozenset({LEARNER})))
    effective, recognised = Effective("2026-06-30"), Recognised()
    rebuilt = rebuild_all(
        source.entries(),
        until=Until(),
        observers=[story, effective, recognised],
        on_leaf=leaves.add,
    )

    for position in range(rebuilt.entries):
        proof = leaves.prove(position)
        verify_inclusion(leaves.leaf(position), proof, root=rebuilt.root)
    assert len(story.lines) == LINES + 1
    assert list(story.disagreements()) == []
    assert list(recognised.totals(rebuilt.state)) == []
    assert rebuilt.date == "2026-09-01"
    changes = list(rebuild(entry.raw for entry in source.entries()))
    assert len(changes) == rebuilt.entries


def test_a_cell_of_another_database_is_read_alike(postgres_url: str) -> None:
    """Which the tests of comparison look into, on both."""
    with Bank(postgres_url) as bank:
        bank.submit(bank.receive(bank.sign(bank.award("one")))).result()
        shown = bank.store.engine
        with shown.connect() as one, shown.connect() as other:
            read_loosely(one)
            for table in derived_tables(heads=True):
                assert list(compare_table(table, shown=one, recomputed=other)) == []
