"""As many databases of either kind as a test needs, and a bank to save."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.backing import NewUrl, VaultedBank, bring_back


@pytest.fixture
def new_url(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[NewUrl]:
    """Name a database of a kind, which is dropped at the end."""
    numbers = itertools.count(1)
    with ExitStack() as made:

        def make(kind: str) -> str:
            if kind == "sqlite":
                return f"sqlite:///{tmp_path / f'made-{next(numbers)}.db'}"
            server = request.getfixturevalue("postgres_server")
            url: str = made.enter_context(server.lent("backup"))
            return url

        yield make


@pytest.fixture
def bank(new_url: NewUrl) -> Iterator[VaultedBank]:
    """Found a bank on SQLite, with one award whose score is in the vault."""
    with VaultedBank(new_url("sqlite"), new_url("sqlite")) as made:
        made.award_disclosed("R-1", score="93")
        yield made


@pytest.fixture
def saved_now(bank: VaultedBank, tmp_path: Path) -> Path:
    """Save the bank as it is."""
    folder = tmp_path / "backup"
    bank.save(folder)
    return folder


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save such a bank once; its files stay as they are."""
    folder = tmp_path_factory.mktemp("archive")
    urls = [f"sqlite:///{folder / name}" for name in ("ledger.db", "vault.db")]
    with VaultedBank(*urls) as made:
        made.award_disclosed("R-1", score="93")
        made.save(folder / "backup")
    return folder / "backup"


@pytest.fixture
def saved(archive: Path, tmp_path: Path) -> Path:
    """Copy a backup that may be damaged."""
    folder = tmp_path / "backup"
    shutil.copytree(archive, folder)
    return folder


@pytest.fixture
def restored(
    bank: VaultedBank, saved_now: Path, new_url: NewUrl
) -> Iterator[VaultedBank]:
    """Restore a backup, and open the bank on it."""
    url, vault_url = new_url("sqlite"), new_url("sqlite")
    bring_back(saved_now, url=url, vault_url=vault_url)
    other = bank.again(url, vault_url)
    yield other
    other.__exit__()
