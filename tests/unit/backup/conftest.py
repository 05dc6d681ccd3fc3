"""As many databases of either kind as a test needs, and a bank to save."""

import itertools
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backing import NewUrl, VaultedBank


@pytest.fixture
def new_url(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[NewUrl]:
    """Name a database of a kind, which is dropped at the end."""
    numbers, made = itertools.count(1), []

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / f'made-{next(numbers)}.db'}"
        server = request.getfixturevalue("postgres_server")
        name = f"backup_{secrets.token_hex(8)}"
        server.psql(f"CREATE DATABASE {name};")
        made.append(name)
        uri: str = server.get_uri(name)
        return uri

    yield make
    for name in made:
        server = request.getfixturevalue("postgres_server")
        server.psql(f"DROP DATABASE {name} WITH (FORCE);")


@pytest.fixture
def bank(new_url: NewUrl) -> Iterator[VaultedBank]:
    """Found a bank on SQLite, with one award whose score is in the vault."""
    with VaultedBank(new_url("sqlite"), new_url("sqlite")) as made:
        made.award_disclosed("R-1", score="93")
        yield made


@pytest.fixture
def saved(bank: VaultedBank, tmp_path: Path) -> Path:
    """Save the bank."""
    folder = tmp_path / "backup"
    bank.save(folder)
    return folder
