"""State and projections are made anew from the log, and only while nobody writes."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Executable, MetaData, Table, delete, select, text, update

from ledger.database import open_engine
from ledger.store.application import LedgerStore
from ledger.store.schema import StateFormError, stored_events
from tests.bank import LEARNER, SCHOOL, Bank
from tests.unit.cli.conftest import Run

Rows = dict[str, list[str]]
Project = Callable[..., tuple[int, str, str]]


@pytest.fixture
def stopped(database_url: str) -> str:
    """Write a history, and stop the bank; returns its database."""
    with Bank(database_url) as bank:
        awards = [bank.submit(bank.receive(bank.sign(bank.award(n)))) for n in "1234"]
        assert [one.result() for one in awards]
        closed = {"learner_id": LEARNER, "reason_code": "other"}
        bank.post(SCHOOL, "account.closed.v1", body=closed)
    return database_url


@pytest.fixture
def project(
    stopped: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """Run the command on the stopped bank."""
    monkeypatch.setenv("SKILLBANK_DATABASE_URL", stopped)

    def go(*arguments: str) -> tuple[int, str, str]:
        ran = run("project", "--data", tmp_path, *arguments)
        return ran.code, ran.out, ran.err

    return go


def state_of(url: str) -> list[Table]:
    """Return the writer's own tables."""
    engine, found = open_engine(url), MetaData()
    found.reflect(engine)
    engine.dispose()
    return [one for one in found.sorted_tables if one.name.startswith("state_")]


def rows_of(url: str) -> Rows:
    """Return all rows of the writer's own tables."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(query))
            for table in state_of(url)
            for query in (select(table),)
        }
    engine.dispose()
    return found


def change(url: str, *statements: Executable) -> None:
    """Change a database behind the bank's back."""
    engine = open_engine(url)
    with engine.begin() as connection:
        for one in statements:
            connection.execute(one)
    engine.dispose()


def test_the_writers_tables_are_made_anew_row_by_row(
    stopped: str, project: Project
) -> None:
    """Whatever became of them: on either database they equal the log again."""
    before = rows_of(stopped)
    tables = {table.name: table for table in state_of(stopped)}
    assert len(before["state_lots"]) == 4

    change(
        stopped,
        delete(tables["state_members"]),
        update(tables["state_lots"]).values(available_milli=9_000_000),
    )
    assert rows_of(stopped) != before
    code, out, err = project("--rebuild-state", "--json")

    assert code == 0, err
    assert orjson.loads(out) == {
        "position": 8,
        "rebuilt": False,
        "state_rebuilt": True,
    }
    assert rows_of(stopped) == before


@pytest.mark.traced
def test_tables_of_an_earlier_release_are_refused_until_made_anew(
    stopped: str, project: Project
) -> None:
    """A database may take a missing column for an empty one, and forget what counts."""
    before = rows_of(stopped)
    columns = "learner_id TEXT PRIMARY KEY, uses TEXT NOT NULL"
    old = text(f"CREATE TABLE state_tallies ({columns})")
    change(stopped, text("DROP TABLE state_tallies"), old)

    code, _, err = project()
    with pytest.raises(StateFormError) as refusal:
        LedgerStore(open_engine(stopped))
    again = project("--rebuild-state")

    assert code == 3
    assert "project --rebuild-state" in err
    assert refusal.value.table == "state_tallies"
    assert again[0] == 0, again[2]
    assert rows_of(stopped) == before
    LedgerStore(open_engine(stopped)).close()


def test_it_says_what_was_made_anew(project: Project) -> None:
    """Without JSON, in words."""
    code, out, err = project("--rebuild-state", "--rebuild")

    assert code == 0, err
    assert "writer's tables were made anew" in out
    assert "true for position 8" in out


def test_while_a_bank_is_open_nothing_is_made_anew(
    stopped: str, project: Project
) -> None:
    """Its writer would commit beside the rebuild; projections alone may follow it."""
    before = rows_of(stopped)
    running = Bank(stopped)
    running.store.read_head()

    refused = project("--rebuild-state")
    followed = project()
    running.sequencer.close()
    running.store.close()
    again = project("--rebuild-state")

    assert refused[0] == 3
    assert "stop it" in refused[2]
    assert (followed[0], again[0]) == (0, 0)
    assert rows_of(stopped) == before


@pytest.mark.traced
def test_a_log_that_cannot_be_read_back_leaves_the_tables_alone(
    stopped: str, project: Project
) -> None:
    """The entry is named."""
    before = rows_of(stopped)
    events = stored_events
    broken = update(events).values(state=b"{}").where(events.c.notification_id == 6)
    change(stopped, broken)

    code, _, err = project("--rebuild-state")

    assert code == 3
    assert "entry 5 cannot be read back" in err
    assert rows_of(stopped) == before
