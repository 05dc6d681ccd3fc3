"""Whoever changes the vault's rows, or moves them, is noticed."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, ColumnElement, Table, select, update

from ledger.database import open_engine
from ledger.vault.keys import NONCE_BYTES, TAG_BYTES, SealBrokenError, seal, unseal
from ledger.vault.tables import learners, sealed
from ledger.vault.vault import Vault
from tests.unit.vault.people import LEARNER, OTHER, grading, opening


class Rows:
    """Reads and writes the vault's rows behind its back."""

    def __init__(self, url: str) -> None:
        """Open the database."""
        self._engine = open_engine(url)

    def take(self, column: Column[bytes], *where: ColumnElement[bool]) -> bytes:
        """Return one value."""
        with self._engine.connect() as connection:
            return bytes(connection.execute(select(column).where(*where)).scalar_one())

    def change(
        self, table: Table, *where: ColumnElement[bool], **values: object
    ) -> None:
        """Write values into the rows."""
        with self._engine.begin() as connection:
            connection.execute(update(table).where(*where).values(values))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


@pytest.fixture
def rows(database_url: str, vault: Vault) -> Iterator[Rows]:
    """Keep one statement of each of two learners, and open the tables."""
    vault.put([opening("mine"), opening("theirs", OTHER)])
    opened = Rows(database_url)
    yield opened
    opened.close()


MINE = sealed.c.learner_id == LEARNER
THEIRS = sealed.c.learner_id == OTHER


def flipped(content: bytes, at: int) -> bytes:
    """Return the bytes with one bit changed."""
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("at", [0, NONCE_BYTES, -TAG_BYTES - 1, -1])
def test_a_changed_byte_is_noticed(vault: Vault, rows: Rows, at: int) -> None:
    """In the nonce, in the text, or in the tag; the other learner is not harmed."""
    content = rows.take(sealed.c.content, MINE)

    rows.change(sealed, MINE, content=flipped(content, at))

    with pytest.raises(SealBrokenError):
        vault.read(LEARNER)
    assert vault.read(OTHER) == [opening("theirs", OTHER)]


@pytest.mark.parametrize("length", [0, 5, NONCE_BYTES, NONCE_BYTES + TAG_BYTES - 1])
def test_a_shortened_value_is_noticed(vault: Vault, rows: Rows, length: int) -> None:
    """However little is left."""
    content = rows.take(sealed.c.content, MINE)

    rows.change(sealed, MINE, content=content[:length])

    with pytest.raises(SealBrokenError):
        vault.read(LEARNER)


def test_a_row_moved_to_another_learner_is_noticed(vault: Vault, rows: Rows) -> None:
    """It was sealed under another key."""
    rows.change(sealed, MINE, learner_id=OTHER)

    with pytest.raises(SealBrokenError):
        vault.read(OTHER)


@pytest.mark.parametrize(
    "name", [{"iss": "x"}, {"statement_id": "x"}, {"payload_hash": "x"}]
)
def test_a_row_moved_to_another_statement_is_noticed(
    vault: Vault, rows: Rows, name: dict[str, str]
) -> None:
    """The learner's key would open it: its name is bound into it as well."""
    rows.change(sealed, MINE, **name)

    with pytest.raises(SealBrokenError):
        vault.read(LEARNER)


def test_a_row_moved_together_with_its_key_is_noticed(vault: Vault, rows: Rows) -> None:
    """A wrapped key opens for its own learner only."""
    key = rows.take(learners.c.wrapped_key, learners.c.learner_id == LEARNER)

    rows.change(learners, learners.c.learner_id == OTHER, wrapped_key=key)
    rows.change(sealed, MINE, learner_id=OTHER)

    with pytest.raises(SealBrokenError):
        vault.read(OTHER)


def test_a_changed_key_is_noticed_before_anything_is_written(
    vault: Vault, rows: Rows
) -> None:
    """Nothing is sealed under a key that nobody could get back."""
    own = learners.c.learner_id == LEARNER
    key = rows.take(learners.c.wrapped_key, own)
    rows.change(learners, own, wrapped_key=flipped(key, -1))

    with pytest.raises(SealBrokenError):
        vault.put([grading("new"), grading("neighbour", OTHER)])

    assert vault.read(OTHER) == [opening("theirs", OTHER)]


def test_no_two_ciphertexts_are_alike(rows: Rows) -> None:
    """The same values about two learners cannot be compared."""
    assert rows.take(sealed.c.content, MINE) != rows.take(sealed.c.content, THEIRS)


def test_what_is_sealed_opens_in_its_context_only() -> None:
    """Also an empty text, which is as short as a seal can be."""
    cipher = AESGCM(bytes(32))

    closed = seal(cipher, b"", context=b"one")

    assert unseal(cipher, closed, context=b"one") == b""
    with pytest.raises(SealBrokenError):
        unseal(cipher, closed, context=b"other")
