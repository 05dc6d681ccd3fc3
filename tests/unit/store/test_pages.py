"""What a connection to a SQLite file keeps of its pages, and when they are written."""

import pytest

from ledger.database import close_engine, open_engine
from tests.conformance.store_groups import next_group
from tests.databases import open_store


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("wal_autocheckpoint", 16_000),
        ("cache_spill", 4_000),
        ("cache_size", -2_000),
    ],
)
def test_a_sqlite_connection_writes_a_page_once_and_holds_little_for_reading(
    sqlite_url: str, pragma: str, value: int
) -> None:
    """A batch fits without spilling; the log grows to 64 MB before the file is fed."""
    engine = open_engine(sqlite_url)

    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()

    assert found == value
    close_engine(engine)


def test_the_connection_of_the_log_holds_what_it_will_change_again(
    sqlite_url: str,
) -> None:
    """From the first group on, and no other connection does."""
    store = open_store(sqlite_url)
    next_group(store).append_to(store)
    with store.engine.connect() as last, store.engine.connect() as other:
        found = [
            one.exec_driver_sql("PRAGMA cache_size").scalar_one()
            for one in (last, other)
        ]

    assert found == [-65_536, -2_000]
    store.close()


def test_whoever_asks_next_gets_the_connection_that_was_used_last(
    sqlite_url: str,
) -> None:
    """Of all it knows the pages that the last group changed."""
    engine = open_engine(sqlite_url)
    first, last = engine.connect(), engine.connect()
    used = last.connection.dbapi_connection
    first.close()
    last.close()

    with engine.connect() as following:
        assert following.connection.dbapi_connection is used

    close_engine(engine)
