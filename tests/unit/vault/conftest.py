"""A vault on either database."""

from collections.abc import Iterator

import pytest

from ledger.vault.vault import Vault
from tests.unit.vault.people import open_vault


@pytest.fixture
def vault(database_url: str) -> Iterator[Vault]:
    """Open a new vault."""
    opened = open_vault(database_url)
    yield opened
    opened.close()
