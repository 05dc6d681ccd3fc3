"""Projections stop anywhere and go on, and what is dropped comes back the same."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Select,
    exc,
    func,
    inspect,
    literal_column,
    select,
    table,
    update,
)

from ledger.audit.rebuild import UnreadableHistoryError, rebuild
from ledger.database import open_engine
from ledger.store.reader import StoreUnavailableError
from ledger.store.schema import log_groups, log_tiles, schema_version, stored_events
from projections.pages import Page
from projections.runner import PROJECTIONS, Runner
from projections.tables import awards, cursor, metadata
from tests.bank import Bank
from tests.consortium import write_consortium

Rows = dict[str, list[tuple[object, ...]]]
TRUTH = {one.name for one in (stored_events, log_groups, log_tiles, schema_version)}


class KilledError(Exception):
    """The process ends here."""


def dump(engine: Engine) -> Rows:
    """Return all rows of all tables, in their order."""
    with engine.connect() as connection:
        return {
            name: sorted(map(tuple, connection.execute(everything(name))), key=repr)
            for name in inspect(connection).get_table_names()
        }


def everything(name: str) -> Select[tuple[object, ...]]:
    """Return a question for all of a table, whose columns nobody needs to know."""
    return select(literal_column("*")).select_from(table(name))


def read_side(url: str) -> str:
    """Return where the projections of a ledger go."""
    return url.replace("ledger.db", "projections.db")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def bank(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bank]:
    """Write a consortium's history, once per database: the log stays as it is."""
    url = f"sqlite:///{tmp_path_factory.mktemp('runner') / 'ledger.db'}"
    with ExitStack() as opened:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres_server")
            lent = server.lent("followed", template=server.with_tables)
            url = opened.enter_context(lent)
        bank = opened.enter_context(Bank(url))
        write_consortium(bank)
        yield bank


@pytest.fixture
def runner(bank: Bank) -> Iterator[Runner]:
    """Open projections that follow it, and drop them again."""
    opened = Runner(bank.store, open_engine(read_side(bank.url)))
    yield opened
    metadata.drop_all(opened.engine)
    opened.close()


def test_dropped_tables_come_back_row_by_row(bank: Bank, runner: Runner) -> None:
    """State and projections alike; the log itself is left as it was."""
    runner.catch_up()
    before = dump(bank.store.engine) | dump(runner.engine)
    assert len(before["state_lots"]) == len(before["awards"]) > 15
    assert len(before["trail_about"]) > 40

    assert runner.rebuild() == runner.position()
    bank.store.rebuild_state(rebuild(bank.raw_entries()))

    assert dump(bank.store.engine) | dump(runner.engine) == before


def test_a_row_altered_by_hand_is_found_by_comparing(
    bank: Bank, runner: Runner
) -> None:
    """Whichever table it is in, and whoever changed it."""
    runner.catch_up()
    before = dump(bank.store.engine) | dump(runner.engine)
    lots = MetaData()
    lots.reflect(bank.store.engine, only=["state_lots"])
    state = lots.tables["state_lots"]
    newest = select(func.max(awards.c.position)).scalar_subquery()
    richer = update(state).values(available_milli=state.c.available_milli + 1)
    with bank.store.engine.begin() as connection:
        connection.execute(richer.where(state.c.revision == 1))
    with runner.engine.begin() as connection:
        connection.execute(
            update(awards)
            .values(amount_milli=awards.c.amount_milli + 1)
            .where(awards.c.position == newest)
        )
    altered = dump(bank.store.engine) | dump(runner.engine)
    assert altered != before

    runner.rebuild()
    bank.store.rebuild_state(rebuild(bank.raw_entries()))
    after = dump(bank.store.engine) | dump(runner.engine)

    differing = {name for name in after if after[name] != altered[name]}
    assert differing == {"state_lots", "awards"}
    assert after == before


def test_a_history_that_cannot_be_read_is_not_replayed(bank: Bank) -> None:
    """The first bad entry is named; the state stays as it was."""
    before = dump(bank.store.engine)
    entries = list(bank.raw_entries())
    entries[9] = entries[9][:-1]

    with pytest.raises(UnreadableHistoryError) as refused:
        bank.store.rebuild_state(rebuild(entries))

    assert refused.value.position == 9
    assert dump(bank.store.engine) == before


def killing(name: str, *, at_call: int) -> Callable[..., object]:
    """Return a step of the runner that ends the process at one of its calls."""
    module = __import__("projections.runner", fromlist=[name])
    real = getattr(module, name)
    calls = iter(range(1_000))

    def step(*args: object, **named: object) -> object:
        if next(calls) == at_call:
            raise KilledError
        return real(*args, **named)

    return step


@pytest.mark.parametrize("name", ["open_page", "_move"])
@pytest.mark.parametrize("at_call", [0, 1, 4])
def test_a_runner_that_was_killed_resumes_without_doubling(
    runner: Runner, bank: Bank, name: str, at_call: int
) -> None:
    """Between two pages, or between the rows of one and its cursor."""
    runner.catch_up()
    expected = dump(runner.engine)
    metadata.drop_all(runner.engine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("projections.runner.PAGE", 10)
        patch.setattr(f"projections.runner.{name}", killing(name, at_call=at_call))
        killed = Runner(bank.store, open_engine(read_side(bank.url)))
        with pytest.raises(KilledError):
            killed.catch_up()
        assert killed.position() == 10 * at_call - 1
        killed.close()

    runner.catch_up()

    assert dump(runner.engine) == expected


@pytest.mark.parametrize("number", range(len(PROJECTIONS)))
def test_no_projection_is_ahead_of_the_others(
    runner: Runner, bank: Bank, number: int
) -> None:
    """What fails in one of them leaves the rows of none."""

    def fail(page: Page, connection: Connection) -> None:
        PROJECTIONS[number](page, connection)
        raise KilledError

    broken = (*PROJECTIONS[:number], fail, *PROJECTIONS[number + 1 :])
    empty = dump(runner.engine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("projections.runner.PROJECTIONS", broken)
        with pytest.raises(KilledError):
            runner.catch_up()

    assert dump(runner.engine) == empty
    assert runner.catch_up() == len(list(bank.raw_entries())) - 1


def test_a_second_runner_that_was_slower_writes_nothing(
    runner: Runner, bank: Bank
) -> None:
    """Rows and cursor are one transaction: whoever is late fails as a whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("projections.runner.PAGE", 10)
        runner.catch_up()
    reached = dump(runner.engine)
    slow = Runner(bank.store, open_engine(read_side(bank.url)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slow, "position", lambda: 9)
        with pytest.raises((StoreUnavailableError, exc.IntegrityError)):
            slow.catch_up()
    slow.close()

    assert dump(runner.engine) == reached


def test_a_cursor_that_moved_meanwhile_is_not_overwritten(
    runner: Runner, bank: Bank
) -> None:
    """Even where no row is written twice."""
    runner.catch_up()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("projections.runner.PROJECTIONS", ())
        patch.setattr("projections.runner.PAGE", 10)
        patch.setattr(runner, "position", lambda: 9)
        with pytest.raises(StoreUnavailableError):
            runner.catch_up()

    with runner.engine.connect() as connection:
        moved = connection.execute(select(cursor.c.position)).scalar()
    assert moved == len(list(bank.raw_entries())) - 1


def test_a_batch_may_be_cut_anywhere(runner: Runner, bank: Bank) -> None:
    """Its lines find the key of their header, also where following starts again."""
    runner.catch_up()
    whole = dump(runner.engine)
    metadata.drop_all(runner.engine)
    entries = bank.store.read_entries(after=-1, limit=1_000)
    header = next(one.position for one in entries if one.topic == "batch.v1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("projections.runner.PAGE", 1)
        killed = killing("open_page", at_call=header + 3)
        patch.setattr("projections.runner.open_page", killed)
        first = Runner(bank.store, open_engine(read_side(bank.url)))
        with pytest.raises(KilledError):
            first.catch_up()
        first.close()
    # One that starts anew has read no header.
    second = Runner(bank.store, open_engine(read_side(bank.url)))
    second.catch_up()

    assert dump(second.engine) == whole
    second.close()


def test_it_stops_after_a_page_however_far_behind_it_is(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And goes on from there: a bank that is told to end does not catch up first."""
    monkeypatch.setattr("projections.runner.PAGE", 5)
    runner = Runner(bank.store, open_engine(f"sqlite:///{tmp_path / 'behind.db'}"))
    newest = bank.store.read_entries(after=-1, limit=1_000)[-1].position
    runner.stop()

    assert runner.catch_up() < 5 < newest
    runner.close()
