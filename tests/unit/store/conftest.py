"""An empty database: here it is proven that a ledger makes its tables in one."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from ledger.database import close_engine, open_engine
from tests.databases import Server


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """Create a database without any table, and drop it again."""
    with postgres_server.lent("empty") as url:
        yield url


@pytest.fixture
def connection(
    request: pytest.FixtureRequest, database_url: str
) -> Iterator[Connection]:
    """Create the tables that a module is about, and open a transaction on them."""
    tables = request.module.TABLES
    engine = open_engine(database_url)
    tables.metadata.create_all(engine)
    with engine.connect() as opened:
        yield opened
    close_engine(engine)
