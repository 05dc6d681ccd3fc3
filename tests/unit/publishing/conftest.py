"""One store with a log that grew through all kinds of edges."""

from collections.abc import Iterator

import pytest

from ledger.database import open_engine
from ledger.store.application import LedgerStore
from tests.unit.publishing.growing import GrowingLog, fill


@pytest.fixture(scope="package")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LedgerStore]:
    """Fill a store; nothing may change it."""
    file = tmp_path_factory.mktemp("growing") / "ledger.db"
    store = LedgerStore(open_engine(f"sqlite:///{file}"))
    fill(store)
    yield store
    store.close()


@pytest.fixture
def log(filled: LedgerStore) -> GrowingLog:
    """Return its log, before the first entry."""
    return GrowingLog(filled)
