"""Nothing that the vault is for is readable anywhere outside it."""

import logging
import stat
import traceback
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from ledger.database import open_engine
from ledger.vault.keys import normalised
from ledger.vault.vault import Vault, VaultUnavailableError
from tests.unit.vault.people import (
    IDENTITY,
    LEARNER,
    MASTER,
    NAME,
    NUMBER,
    PERSON,
    SCORE,
    found,
    grading,
    open_vault,
    opening,
    stored_bytes,
)

VALUES = (NAME, NUMBER, IDENTITY, SCORE)


def spellings(value: str) -> list[bytes]:
    """Return how a value could stand in a file."""
    plain = value.encode()
    return [
        plain,
        normalised(value).encode(),
        orjson.dumps(value),
        value.encode("unicode_escape"),
        value.encode("utf-16-le"),
        plain.hex().encode(),
        b64encode(plain).rstrip(b"="),
        urlsafe_b64encode(plain).rstrip(b"="),
    ]


def test_no_value_stands_in_the_database_in_clear(
    vault: Vault, database_url: str
) -> None:
    """Neither what was disclosed, nor what it is found by, nor a key."""
    vault.put([opening(), grading()])
    assert found(vault, "name", value=NAME) == [LEARNER]

    stored = stored_bytes(database_url)

    # The file was really read: what is no secret is there.
    assert LEARNER.encode() in stored
    for value in VALUES:
        assert [one for one in spellings(value) if one in stored] == []
    for disclosure in PERSON:
        assert disclosure.encoded.encode() not in stored
        assert disclosure.salt.encode() not in stored
    assert MASTER not in stored


def test_a_new_vault_is_its_owners_only(sqlite_url: str) -> None:
    """The database, and what SQLite lays beside it."""
    vault = open_vault(sqlite_url)
    vault.put([opening()])

    path = Path(make_url(sqlite_url).database or "")
    files = list(path.parent.glob(f"{path.name}*"))

    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    vault.close()


def test_no_repr_tells_a_value_or_a_key(vault: Vault) -> None:
    """They end up in logs, whoever writes those."""
    vault.put([opening()])
    (kept,) = vault.read(LEARNER)

    shown = repr([kept, vault, vault.keys, vars(vault.keys)["_wrap"]])

    assert "name" in shown
    assert [value for value in VALUES if value in shown] == []
    assert PERSON[0].encoded not in shown
    assert PERSON[0].salt not in shown
    assert repr(MASTER)[2:20] not in shown


def test_an_error_of_the_database_shows_no_parameters(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrapped key in a log would outlive the learner's erasure."""
    vault = open_vault(database_url)
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE vault_sealed"))

    with caplog.at_level(logging.DEBUG), pytest.raises(VaultUnavailableError) as away:
        vault.put([opening()])

    shown = "".join(traceback.format_exception(away.value)) + caplog.text
    assert "vault_sealed" in shown
    assert LEARNER not in shown
    assert "parameters hidden" in shown
    engine.dispose()
    vault.close()


def test_a_vault_that_is_away_says_so_whatever_is_asked(database_url: str) -> None:
    """In its own words: whoever asks knows no driver."""
    vault = open_vault(database_url)
    engine = open_engine(database_url)
    with engine.begin() as connection:
        for table in ("vault_search", "vault_sealed", "vault_learners"):
            connection.execute(text(f"DROP TABLE {table}"))

    for ask in (
        lambda: vault.put([opening()]),
        lambda: vault.read(LEARNER),
        lambda: found(vault, "name", value=NAME),
        lambda: vault.retain(LEARNER, kind="k", basis="b", until="2026-10-01"),
        lambda: vault.erase(LEARNER, now="2026-10-01T00:00:00.000Z"),
        lambda: vault.sweep(
            now="2026-10-01T00:00:00.000Z", is_recorded=lambda _claim: False
        ),
    ):
        with pytest.raises(VaultUnavailableError):
            ask()
    engine.dispose()
    vault.close()


def test_a_vault_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    """It leaves no connection behind."""
    file = tmp_path / "vault.db"
    file.write_bytes(b"no database at all" * 100)

    with pytest.raises(VaultUnavailableError):
        open_vault(f"sqlite:///{file}")
