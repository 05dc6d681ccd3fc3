"""Rows that are copied are those that would have been inserted."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, delete, select

from ledger.database import open_engine
from ledger.store.asking import StoreUnavailableError
from projections.copying import copy_rows
from projections.rows import insert_tuples
from projections.tables import award_entries, awards, metadata

MANY = 60
NUMBERS = st.integers(0, 2**31 - 1)
AWARD = st.tuples(
    st.integers(0, 2**53 - 1),
    st.integers(-(2**53), 2**53),
    *(NUMBERS, NUMBERS, st.none() | NUMBERS),
    st.binary(min_size=16, max_size=16),
    st.none() | st.text(st.characters(exclude_characters="\x00", codec="utf-8")),
    st.none() | st.binary(min_size=16, max_size=16),
)


@pytest.fixture
def connection(postgres_url: str) -> Iterator[Connection]:
    """Yield a connection to a database with the tables of the read side."""
    engine = open_engine(postgres_url)
    metadata.create_all(engine)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def rows_in(connection: Connection, table: Table) -> list[tuple[object, ...]]:
    """Return all rows, and empty the table."""
    found = [tuple(row) for row in connection.execute(select(table))]
    connection.execute(delete(table))
    return sorted(found, key=repr)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(AWARD, min_size=1, max_size=4, unique_by=lambda row: row[5]))
def test_copied_rows_are_the_rows(
    connection: Connection, rows: list[tuple[object, ...]]
) -> None:
    """Numbers of either size, text, bytes, and what is not there."""
    copy_rows(connection, awards, rows=rows)

    assert rows_in(connection, awards) == sorted(rows, key=repr)


def test_many_rows_are_copied_and_few_inserted(connection: Connection) -> None:
    """It is the same to whoever reads them."""
    rows = [
        (at, f"award_{at}", "credit.revoked.v1", "", "2026-01-01", "", "学校", "{}")
        for at in range(MANY)
    ]
    insert_tuples(connection, award_entries, rows=rows)
    copied = rows_in(connection, award_entries)
    for row in rows:
        insert_tuples(connection, award_entries, rows=[row])

    assert rows_in(connection, award_entries) == copied == sorted(rows, key=repr)


def test_rows_that_are_there_already_are_not_taken(connection: Connection) -> None:
    """None of them, and the database answers as before once it was taken back."""
    rows = [(at, 3, 1, 2, None, bytes([at] * 16), "course", None) for at in range(MANY)]

    with pytest.raises(StoreUnavailableError), connection.begin():
        insert_tuples(connection, awards, rows=[*rows, rows[0]])

    assert rows_in(connection, awards) == []
