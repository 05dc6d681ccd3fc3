"""Tables are compared cell by cell, whatever a cell holds."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
)
from sqlalchemy.pool import StaticPool

from ledger.audit.compare.difference import Difference
from ledger.audit.compare.rows import VALUE_SIGNS_MAX, compare_table, read_loosely
from ledger.domain.types import credits_text
from ledger.store.short_ids import short_id
from ledger.store.state_tables import state_tables

LOTS = Table(
    "lots",
    MetaData(),
    Column("lot", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("amount_milli", Integer),
    Column("note", Text),
    Column("whole", Boolean),
    Column("hashes", LargeBinary),
)
ROW = ("a", 1, 1500, "说明", True, b"\x00\x01")
NOTE = "UPDATE lots SET note = {}"

KEYS = st.tuples(st.text("aé中\U0001f600Z~", max_size=2), st.integers(-2, 2))
TABLES = st.dictionaries(KEYS, st.integers(0, 2), max_size=6)


def database() -> Connection:
    """Open an empty database with the table."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    connection = engine.connect()
    LOTS.create(connection)
    read_loosely(connection)
    return connection


@pytest.fixture
def pair() -> Iterator[tuple[Connection, Connection]]:
    """Open two databases with the same row."""
    both = (database(), database())
    for connection in both:
        put(connection, ROW)
    yield both
    for connection in both:
        connection.close()
        connection.engine.dispose()


def put(connection: Connection, row: tuple[object, ...]) -> None:
    """Insert a row."""
    marks = ", ".join("?" for _ in row)
    connection.exec_driver_sql(f"INSERT INTO lots VALUES ({marks})", row)  # noqa: S608  # marks only


def differences(pair: tuple[Connection, Connection]) -> list[Difference]:
    """Compare what is shown with what was recomputed."""
    return list(compare_table(LOTS, shown=pair[0], recomputed=pair[1]))


@settings(max_examples=60)
@given(shown=TABLES, made=TABLES)
def test_two_tables_differ_where_they_differ(
    shown: dict[tuple[str, int], int], made: dict[tuple[str, int], int]
) -> None:
    """Each row that is missing, too many or different is told once."""
    both = (database(), database())
    for connection, rows in zip(both, (shown, made), strict=True):
        for (lot, number), amount in rows.items():
            put(connection, (lot, number, amount, None, None, None))

    found = differences(both)

    for connection in both:
        connection.close()
        connection.engine.dispose()
    told = {one.key: (one.column, one.shown, one.recomputed) for one in found}
    expected: dict[str, tuple[str, str | None, str | None]] = {}
    for key in shown.keys() | made.keys():
        name = f"lot={key[0]}, number={key[1]}"
        if key not in made:
            expected[name] = ("", "a row", None)
        elif key not in shown:
            expected[name] = ("", None, "a row")
        elif shown[key] != made[key]:
            own, right = credits_text(shown[key]), credits_text(made[key])
            expected[name] = ("amount_milli", own, right)
    assert told == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("sql", "column", "shown"),
    [
        ("UPDATE lots SET amount_milli = 1501", "amount_milli", "1.501"),
        ("UPDATE lots SET amount_milli = 1500.5", "amount_milli", "1500.5"),
        ("UPDATE lots SET amount_milli = 'many'", "amount_milli", "many"),
        ("UPDATE lots SET amount_milli = NULL", "amount_milli", "nothing"),
        ("UPDATE lots SET whole = 0", "whole", "0"),
        ("UPDATE lots SET hashes = x'0002'", "hashes", "0002"),
        (NOTE.format("x'E8AF'"), "note", "e8af"),
        (NOTE.format("CAST(x'E8AF' AS TEXT)"), "note", "\\xe8\\xaf"),
        (NOTE.format("'说明 '"), "note", "说明 "),
    ],
)
def test_a_cell_of_any_kind_is_told(
    pair: tuple[Connection, Connection], sql: str, column: str, shown: str
) -> None:
    """Amounts in credits, bytes in hex, and text that is none with its bytes."""
    pair[0].exec_driver_sql(sql)

    (found,) = differences(pair)

    assert (found.table, found.column, found.shown) == ("lots", column, shown)
    assert found.key == "lot=a, number=1"
    assert str(found).startswith(f"lots.{column} [lot=a, number=1]: shown ")


def test_what_a_row_spells_in_its_own_way_is_told_as_statements_do() -> None:
    """Ids at length, what is left out as what it stands for, a wrong id as it is."""
    table = state_tables()["tallies"].table
    learner = f"learner_{'0f' * 16}"
    both = []
    for key, page in ((short_id(learner), 1), ("+none", 2)):
        engine = create_engine("sqlite://", poolclass=StaticPool)
        both.append(engine.connect())
        table.create(both[-1])
        sql = "INSERT INTO state_tallies VALUES (?, ?, ?, ?)"
        both[-1].exec_driver_sql(sql, (key, page, None, "[]"))
        both[-1].exec_driver_sql(sql, (short_id(learner), 3, page - 1 or None, "[]"))

    found = list(compare_table(table, shown=both[0], recomputed=both[1]))

    for connection in both:
        connection.close()
        connection.engine.dispose()
    told = [(one.key, one.column, one.shown, one.recomputed) for one in found]
    assert told == [
        (f"learner_id={learner}, page=1", "", "a row", None),
        (f"learner_id={learner}, page=3", "pages", "0", "1"),
        ("learner_id=+none, page=2", "", None, "a row"),
    ]


@pytest.mark.parametrize(
    "key",
    ["x'61'", "CAST(x'FF' AS TEXT)", "'b'", "0.5"],
)
def test_a_key_of_any_kind_is_another_row(
    pair: tuple[Connection, Connection], key: str
) -> None:
    """One that is there and should not be, and one that is missing."""
    pair[0].exec_driver_sql(f"UPDATE lots SET lot = {key}")  # noqa: S608  # a constant

    found = differences(pair)

    assert sorted((one.shown or "", one.recomputed or "") for one in found) == [
        ("", "a row"),
        ("a row", ""),
    ]


def test_a_key_that_is_nothing_is_another_row() -> None:
    """Where somebody made the table anew without its constraints."""
    both = (database(), database())
    both[0].exec_driver_sql("DROP TABLE lots")
    names = ", ".join(column.name for column in LOTS.columns)
    both[0].exec_driver_sql(f"CREATE TABLE lots ({names})")
    put(both[0], (None, 1, 0, None, None, None))
    put(both[1], ROW)

    found = differences(both)

    for connection in both:
        connection.close()
        connection.engine.dispose()
    assert [(one.key, one.shown, one.recomputed) for one in found] == [
        ("lot=nothing, number=1", "a row", None),
        ("lot=a, number=1", None, "a row"),
    ]


def test_a_number_of_another_kind_is_another_value() -> None:
    """Where a table was made anew without its types, and so keeps what it is given."""
    both = (database(), database())
    both[0].exec_driver_sql("DROP TABLE lots")
    names = ", ".join(column.name for column in LOTS.columns)
    both[0].exec_driver_sql(f"CREATE TABLE lots ({names})")
    put(both[0], ("a", 1, 1500.0, "说明", True, b"\x00\x01"))
    put(both[1], ROW)

    found = differences(both)

    for connection in both:
        connection.close()
        connection.engine.dispose()
    assert [(one.column, one.shown, one.recomputed) for one in found] == [
        ("amount_milli", "1500.0", "1500")
    ]


def test_of_a_long_text_the_place_is_amountswhere_it_differs(
    pair: tuple[Connection, Connection],
) -> None:
    """From a little before, and no more than fits on a line."""
    text = "x" * 1_000
    for connection, sign in zip(pair, "yz", strict=True):
        changed = f"{text}{sign}{text}"
        connection.exec_driver_sql("UPDATE lots SET note = ?", (changed,))

    (found,) = differences(pair)

    for told, sign in ((found.shown, "y"), (found.recomputed, "z")):
        assert told is not None
        assert len(told) == VALUE_SIGNS_MAX + 2
        assert told.startswith("…x")
        assert sign in told


def test_a_long_text_is_amountsfrom_its_start_if_it_differs_there(
    pair: tuple[Connection, Connection],
) -> None:
    """And to its end, if that is where it differs."""
    for connection, text in zip(pair, ("y" + "x" * 300, "z" + "x" * 300), strict=True):
        connection.exec_driver_sql("UPDATE lots SET note = ?", (text,))
    (first,) = differences(pair)
    for connection, text in zip(pair, ("x" * 300 + "y", "x" * 300 + "z"), strict=True):
        connection.exec_driver_sql("UPDATE lots SET note = ?", (text,))
    (last,) = differences(pair)

    assert first.shown is not None
    assert last.shown is not None
    assert (first.shown[0], last.shown[-1]) == ("y", "y")


def test_a_table_that_cannot_be_read_is_told(
    pair: tuple[Connection, Connection],
) -> None:
    """It is one difference of the whole table."""
    pair[0].exec_driver_sql("ALTER TABLE lots DROP COLUMN note")

    (found,) = differences(pair)

    assert found.shown == "unreadable (OperationalError)"
    assert str(found).startswith("lots []: shown unreadable")
