"""A column of values reaches PostgreSQL as it is."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from ledger.database import close_engine, open_engine
from ledger.store.arrays import COLUMNS

_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_KINDS: dict[str, st.SearchStrategy[object]] = {
    "text[]": _TEXTS,
    "bigint[]": st.integers(-(2**63), 2**63 - 1),
    "boolean[]": st.booleans(),
    "bytea[]": st.binary(),
}
_ROWS = st.sampled_from(sorted(_KINDS)).flatmap(
    lambda name: st.tuples(
        st.just(name), st.lists(st.none() | _KINDS[name], min_size=1, max_size=8)
    )
)


@pytest.fixture
def connection(postgres_url: str) -> Iterator[Connection]:
    """Open a connection."""
    engine = open_engine(postgres_url)
    with engine.connect() as opened:
        yield opened
    close_engine(engine)


def test_every_column_comes_back_as_it_was(connection: Connection) -> None:
    """Whatever it holds, and where it holds nothing."""

    @given(_ROWS)
    def comes_back(row: tuple[str, Sequence[object]]) -> None:
        name, values = row
        sql = f"SELECT * FROM unnest(%b::{name})"  # noqa: S608  # own words
        found = connection.exec_driver_sql(sql, (COLUMNS[name](values),))
        assert found.scalars().all() == values

    comes_back()


def test_a_column_is_shown_where_a_statement_is() -> None:
    """By its values, and not by where it lies in memory."""
    assert str(COLUMNS["text[]"](["a", None])) == "['a', None]"
