"""Whatever is changed in a bank's tables is found, with its table, key and column."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    LargeBinary,
    Table,
    Text,
    delete,
    insert,
    inspect,
    select,
    update,
)

from api.cli.replaying.databases import Shown, Urls, compare_databases, opened
from api.cli.replaying.workplace import Workplace, projected_tables, workplace
from ledger.audit.compare.rows import compare_table
from ledger.audit.compare.tables import derived_tables
from ledger.audit.database import DatabaseSource
from ledger.audit.rebuild import Until, rebuild_all
from ledger.database import open_engine
from ledger.store.state_shapes import SPELLED
from projections.runner import Runner
from projections.tables import cursor
from tests.bank import SCHOOL, Bank
from tests.consortium_ends import write_long_history

TABLES = (*derived_tables(heads=True), *projected_tables())
UNCOMPARED = {"stored_events", "cosignatures", "witness_alarms", "log_restores"}
"""The log itself, which is audited, and what no log says: of witnesses and backups."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A bank's databases, for tests to change and roll back, and the same made anew."""

    shown: dict[str, Connection]
    made: dict[str, Connection]
    urls: Urls
    place: Workplace


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    """Write a consortium's history, project it, and make all of it anew."""
    folder = tmp_path_factory.mktemp("against")
    urls = Urls(
        ledger=f"sqlite:///{folder / 'ledger.db'}",
        projections=f"sqlite:///{folder / 'projections.db'}",
    )
    with ExitStack() as opened:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres_server")
            lent = server.lent("against", template=server.with_tables)
            # One database for log and projections.
            url = opened.enter_context(lent)
            urls = Urls(ledger=url, projections=url)
        write(urls)
        yield opened.enter_context(rebuilt(urls))


def write(urls: Urls) -> None:
    """Write a history, and project it."""
    with Bank(urls.ledger) as bank:
        # As many as complete a tile of the tree.
        lines = [bank.award(f"line-{number}") for number in range(150)]
        bank.submit(bank.receive_batch(bank.batch_bytes(SCHOOL, lines))).result()
        write_long_history(bank)
        runner = Runner(bank.store, open_engine(str(urls.projections)))
        runner.catch_up()
        runner.close()


@contextmanager
def rebuilt(urls: Urls) -> Iterator[Kept]:
    """Make everything anew beside it."""
    source = DatabaseSource(urls.ledger)
    engines = [open_engine(urls.ledger), open_engine(str(urls.projections))]
    with workplace() as place:
        found = rebuild_all(source.entries(), until=Until(), observers=[place.writer])
        place.writer.finish(found, source.heads())
        runner = place.project(position=found.position)
        with (
            engines[0].connect() as ledger,
            engines[1].connect() as projections,
            place.ledger.connect() as own,
            runner.engine.connect() as projected,
        ):
            yield Kept(
                shown={"ledger": ledger, "projections": projections},
                made={"ledger": own, "projections": projected},
                urls=urls,
                place=place,
            )
    source.close()
    for engine in engines:
        engine.dispose()


def side_of(table: Table) -> str:
    """Return which of the two databases a table is in."""
    return "projections" if table in projected_tables() else "ledger"


def other(value: object, column: "Column[object]") -> object:
    """Return another value of a column's type."""
    if isinstance(column.type, Boolean):
        return not value
    if isinstance(column.type, LargeBinary):
        return b"?"
    if isinstance(column.type, Text):
        return f"{value or ''}?"
    return (value if isinstance(value, int) else 0) + 1_000_003


def first_row(table: Table, kept: Kept) -> dict[str, object]:
    """Return the first row, or put one there that the log knows nothing of."""
    connection = kept.shown[side_of(table)]
    row = connection.execute(select(table).limit(1)).mappings().first()
    if row is not None:
        return dict(row)
    made = added(table, like={})
    connection.execute(insert(table).values(made))
    return made


def key_of(table: Table, row: dict[str, object]) -> str:
    """Return a key as differences name it."""
    told = ((one.name, spelled(one, row[one.name])) for one in table.primary_key)
    return ", ".join(f"{name}={one}" for name, one in told)


def spelled(column: "Column[object]", value: object) -> object:
    """Return a value as it is told: an id in full, though its row has it shorter."""
    if isinstance(value, bytes):
        return value.hex()
    spell = column.info.get(SPELLED)
    try:
        return value if spell is None else spell(value)
    except ValueError:
        return value


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_any_cell_that_was_changed_is_found(kept: Kept, table: Table) -> None:
    """Columns in turn, each by its own name; a row that is too many as a whole."""
    side = side_of(table)
    shown, made = kept.shown[side], kept.made[side]
    assert list(compare_table(table, shown=shown, recomputed=made)) == []
    # Some columns of wide tables, and fewer of them on the slower database.
    step = 3 if shown.dialect.name == "sqlite" else 9
    for column in tuple(table.columns)[::-1][::step]:
        row = first_row(table, kept)
        known = made.execute(select(table).limit(1)).first() is not None
        here = [table.c[one.name] == row[one.name] for one in table.primary_key]
        changed = other(row[column.name], column)
        shown.execute(update(table).where(*here).values({column.name: changed}))

        found = list(compare_table(table, shown=shown, recomputed=made))

        shown.rollback()
        named = {(one.table, one.key, one.column) for one in found}
        key = key_of(table, row)
        if not known:
            assert [one.recomputed for one in found] == [None]
        elif column.primary_key:
            gone = [one for one in found if one.shown is None]
            assert [(one.table, one.key, one.column) for one in gone] == [
                (table.name, key, "")
            ]
            assert len(found) == 2
        else:
            assert named == {(table.name, key, column.name)}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_row_that_was_dropped_or_added_is_found(kept: Kept, table: Table) -> None:
    """By its key, and as the only one; the rows around it are not mistaken for it."""
    side = side_of(table)
    shown, made = kept.shown[side], kept.made[side]
    row = made.execute(select(table).limit(1)).mappings().first()
    for is_dropped in (True,) * (row is not None) + (False,):
        if is_dropped:
            changed = dict(row or {})
            here = [table.c[one.name] == changed[one.name] for one in table.primary_key]
            shown.execute(delete(table).where(*here))
        else:
            changed = added(table, like=dict(row or {}))
            shown.execute(insert(table).values(changed))

        found = list(compare_table(table, shown=shown, recomputed=made))

        shown.rollback()
        told = [(one.table, one.key, one.column) for one in found]
        assert told == [(table.name, key_of(table, changed), "")]
        assert (found[0].shown is None) == is_dropped
        assert (found[0].recomputed is None) != is_dropped


def added(table: Table, like: Mapping[str, object]) -> dict[str, object]:
    """Return a row that the log knows nothing of, with other values than a known one.

    None of them can be where it must be the only one of its kind.
    """
    return {
        column.name: other(like.get(column.name), column) for column in table.columns
    }


def test_no_table_of_a_bank_is_left_out(kept: Kept) -> None:
    """Its databases are asked for what they hold: a new table has to be compared."""
    held = {
        name
        for connection in kept.shown.values()
        for name in inspect(connection).get_table_names()
    }

    assert {table.name for table in TABLES} == held - UNCOMPARED
    assert held >= UNCOMPARED


def compared(kept: Kept, shown: Shown) -> list[str]:
    """Compare everything, and name what differs."""
    found = compare_databases(
        shown,
        ledger=kept.made["ledger"],
        projections=kept.made["projections"],
        heads=True,
    )
    return [f"{one.table}.{one.column}" for one in found]


def test_nothing_is_found_in_a_bank_that_is_honest(kept: Kept) -> None:
    """In all tables of both databases, opened as an auditor does."""
    with opened(kept.urls) as shown:
        assert compared(kept, shown) == []
        assert shown.compared == [table.name for table in TABLES]
        assert shown.projected == shown.size - 1


def test_a_cursor_that_was_set_back_hides_nothing(kept: Kept) -> None:
    """The trail says how far the projections are, whatever the cursor says."""
    connection = kept.shown["projections"]
    connection.execute(update(cursor).values(position=3))
    connection.commit()

    with opened(kept.urls) as shown:
        found = compared(kept, shown)
        projected, size = shown.projected, shown.size

    connection.execute(update(cursor).values(position=size - 1))
    connection.commit()
    assert projected == size - 1
    assert found == ["projection_cursor.position"]


def test_a_table_that_is_gone_is_named(kept: Kept) -> None:
    """Which an empty one is not."""
    connection = kept.shown["projections"]
    connection.exec_driver_sql("ALTER TABLE lot_moves RENAME TO elsewhere")
    connection.commit()

    with opened(kept.urls) as shown:
        found = compared(kept, shown)

    connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO lot_moves")
    connection.commit()
    assert found == ["lot_moves."]
