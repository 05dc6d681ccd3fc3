"""A bank to knock at: nothing is written unless a test does."""

from collections.abc import Iterator

import pytest

from tests.bank import Bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Open one bank for all tests of a module, whose tests use ids of their own."""
    folder = tmp_path_factory.mktemp("bank")
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as opened:
        yield opened
