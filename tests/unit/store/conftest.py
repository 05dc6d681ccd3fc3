"""An empty database: here it is proven that a ledger makes its tables in one."""

from collections.abc import Iterator

import pytest

from tests.databases import Server


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """Create a database without any table, and drop it again."""
    with postgres_server.lent("empty") as url:
        yield url
