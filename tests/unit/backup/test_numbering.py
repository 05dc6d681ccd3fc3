"""A database that numbers rows itself gives no number twice after a restore."""

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    select,
)

from ledger.backup.restoring import continue_numbers
from ledger.database import open_engine

TABLE = Table(
    "numbered",
    MetaData(),
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("text", Text, nullable=False),
)


@pytest.mark.parametrize("restored", [(), (3, 7)], ids=["none", "some"])
def test_numbers_go_on_behind_the_restored_ones(
    database_url: str, restored: tuple[int, ...]
) -> None:
    """On either database, also where nothing was restored."""
    engine = open_engine(database_url)
    with engine.begin() as connection:
        TABLE.metadata.create_all(connection)
        for number in restored:
            connection.execute(insert(TABLE).values(number=number, text="restored"))

        continue_numbers(connection, TABLE)

        connection.execute(insert(TABLE).values(text="new"))
        numbers = list(connection.scalars(select(TABLE.c.number)))
    engine.dispose()
    assert numbers == [*restored, max(restored, default=0) + 1]
