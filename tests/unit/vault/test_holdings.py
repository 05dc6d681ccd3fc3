"""An audit learns from a vault which digests it holds values for, and no value."""

import pytest
from sqlalchemy import Engine, update

from ledger.database import open_engine, open_for_reading
from ledger.vault.holdings import Holding, holdings
from ledger.vault.keys import MasterKeyError
from ledger.vault.tables import learners
from ledger.vault.vault import Vault, VaultUnavailableError
from tests.unit.vault.people import LEARNER, MASTER, OTHER, PERSON, grading, opening


def read(engine: Engine, key: bytes = MASTER) -> dict[str, Holding]:
    """Return what is held, by statement."""
    try:
        return {one.claim.statement_id: one for one in holdings(engine, key)}
    finally:
        engine.dispose()


def test_each_statement_has_the_digests_of_what_is_kept(
    vault: Vault, database_url: str
) -> None:
    """Of an erased learner nothing is held; a key that went otherwise is told."""
    vault.put([opening(), grading("other", OTHER), grading("third", "learner_3")])
    vault.erase(OTHER, now="2026-09-09T08:00:00.000Z")
    engine = open_engine(database_url)
    gone = update(learners).where(learners.c.learner_id == "learner_3")
    with engine.begin() as connection:
        connection.execute(gone.values(wrapped_key=None))
    engine.dispose()

    found = read(open_for_reading(database_url))

    assert found.keys() == {"opening", "third"}
    assert found["opening"].digests == frozenset(one.digest for one in PERSON)
    assert found["third"].digests is None
    assert not found["opening"].settled
    assert [one.learner_id for one in vault.read(LEARNER)] == [LEARNER]


def test_another_key_and_another_database_are_refused(
    vault: Vault, database_url: str, sqlite_url: str
) -> None:
    """Before anything is read; the error quotes nothing."""
    vault.put([opening()])

    with pytest.raises(MasterKeyError):
        read(open_for_reading(database_url), key=bytes(32))
    with pytest.raises(VaultUnavailableError):
        read(open_engine(f"{sqlite_url}.other"))
