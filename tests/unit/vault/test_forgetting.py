"""Erasing, legal retention, and sweeping what no entry claims."""

import pytest
from sqlalchemy import select

from ledger.database import open_engine
from ledger.vault.learners import ErasedError, RetentionError
from ledger.vault.tables import learners, sealed
from ledger.vault.vault import SWEEP_PAGE, Claim, Vault
from tests.unit.vault.people import (
    EXPIRES,
    LEARNER,
    LONG_AFTER,
    NAME,
    OTHER,
    SCHOOL,
    found,
    grading,
    open_vault,
    opening,
    stored_bytes,
)

NOW = "2026-10-01T08:00:00.000Z"


def nothing(_claim: Claim) -> bool:
    """Know no statement."""
    return False


def kept_bytes(url: str) -> tuple[bytes, bytes]:
    """Return the learner's wrapped key and ciphertext as they are stored."""
    engine = open_engine(url)
    with engine.connect() as connection:
        own = learners.c.learner_id == LEARNER
        key = connection.execute(select(learners.c.wrapped_key).where(own)).scalar_one()
        mine = sealed.c.learner_id == LEARNER
        text = connection.execute(select(sealed.c.content).where(mine)).scalar_one()
    engine.dispose()
    assert key is not None
    return bytes(key), bytes(text)


def test_an_erased_learner_is_undisclosed_and_not_found(vault: Vault) -> None:
    """The others stay."""
    vault.put([opening("1"), grading("2"), opening("3", OTHER)])

    vault.erase(LEARNER, now=NOW)

    with pytest.raises(ErasedError) as undisclosed:
        vault.read(LEARNER)
    assert undisclosed.value.code == "undisclosed"
    assert found(vault, "name", value=NAME) == [OTHER]
    assert vault.read(OTHER) == [opening("3", OTHER)]


def test_erasing_leaves_neither_key_nor_ciphertext_on_the_disk(
    vault: Vault, database_url: str
) -> None:
    """Not in free pages, not in dead rows, not in SQLite's write-ahead log."""
    vault.put([opening()])
    before, (key, content) = stored_bytes(database_url), kept_bytes(database_url)
    assert key in before
    assert content in before

    vault.erase(LEARNER, now=NOW)

    after = stored_bytes(database_url)
    assert LEARNER.encode() in after
    assert key not in after
    assert content not in after


def test_a_new_disclosure_of_an_erased_learner_is_not_kept(vault: Vault) -> None:
    """Its neighbours in the group are."""
    vault.erase(LEARNER, now=NOW)

    vault.put([opening("1"), opening("2", OTHER)])

    with pytest.raises(ErasedError):
        vault.read(LEARNER)
    assert found(vault, "name", value=NAME) == [OTHER]


def test_a_group_about_erased_learners_alone_keeps_nothing(vault: Vault) -> None:
    """And is no error: the statement stands in the log, undisclosed."""
    vault.erase(LEARNER, now=NOW)

    vault.put([opening()])

    assert found(vault, "name", value=NAME) == []


def test_erasing_twice_keeps_the_first_date(vault: Vault, database_url: str) -> None:
    """Whoever got an error after the first time repeats it."""
    vault.put([opening()])
    vault.erase(LEARNER, now=NOW)

    vault.erase(LEARNER, now="2027-01-01T00:00:00.000Z")

    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert connection.scalars(select(learners.c.erased_at)).all() == [NOW]
    engine.dispose()


def test_a_legal_retention_is_kept_to_its_last_day(vault: Vault) -> None:
    """Then the law has no say any more."""
    vault.put([opening()])
    vault.retain(LEARNER, kind="transcript", basis="档案法", until="2026-10-01")

    with pytest.raises(RetentionError) as retained:
        vault.erase(LEARNER, now=NOW)

    assert (retained.value.code, retained.value.until) == ("retained", "2026-10-01")
    assert vault.read(LEARNER) == [opening()]
    vault.erase(LEARNER, now="2026-10-02T00:00:00.000Z")
    with pytest.raises(ErasedError):
        vault.read(LEARNER)


def test_a_retention_may_come_before_the_first_disclosure(vault: Vault) -> None:
    """It holds for what is kept later."""
    vault.retain(LEARNER, kind="transcript", basis="档案法", until="2026-10-01")

    vault.put([opening()])

    with pytest.raises(RetentionError):
        vault.erase(LEARNER, now=NOW)


def test_sweeping_removes_what_expired_and_no_entry_claims(vault: Vault) -> None:
    """And nothing else: not what is claimed, and not what may still be accepted."""
    later = opening("later", expires_at="2026-09-30T08:00:00.000Z")
    vault.put([opening("lost", OTHER), grading("claimed"), later])
    asked: list[Claim] = []

    def is_recorded(claim: Claim) -> bool:
        asked.append(claim)
        return claim.statement_id == "claimed"

    removed = vault.sweep(now=LONG_AFTER, is_recorded=is_recorded)

    assert removed == 1
    assert sorted(asked) == [
        Claim(SCHOOL, "claimed", "hash of claimed"),
        Claim(SCHOOL, "lost", "hash of lost"),
    ]
    assert [one.statement_id for one in vault.read(LEARNER)] == ["claimed", "later"]
    assert vault.read(OTHER) == []


def test_what_is_swept_is_not_found_any_more(vault: Vault) -> None:
    """A refused opening must not tell that its learner was ever named here."""
    vault.put([opening("lost"), opening("claimed", OTHER)])

    vault.sweep(now=LONG_AFTER, is_recorded=lambda claim: "claimed" in claim)

    assert found(vault, "name", value=NAME) == [OTHER]


def test_what_an_entry_claims_is_never_asked_about_again(vault: Vault) -> None:
    """Neither is it removed by a later sweep that knows nothing."""
    vault.put([opening()])
    vault.sweep(now=LONG_AFTER, is_recorded=lambda _claim: True)

    assert vault.sweep(now=NOW, is_recorded=nothing) == 0

    (kept,) = vault.read(LEARNER)
    assert kept.expires_at == ""


@pytest.mark.parametrize(
    ("now", "removed"),
    [
        (EXPIRES, 0),
        ("2026-09-02T08:59:59.999Z", 0),
        ("2026-09-02T09:00:00.000Z", 1),
    ],
)
def test_an_hour_is_left_to_what_was_decided_just_in_time(
    vault: Vault, now: str, removed: int
) -> None:
    """The group may have reached the vault and not yet the log."""
    vault.put([opening()])

    assert vault.sweep(now=now, is_recorded=nothing) == removed


def test_of_two_statements_under_one_id_the_unclaimed_goes(vault: Vault) -> None:
    """The payload's hash tells them apart."""
    right, wrong = opening(), opening(payload_hash="of other bytes")
    vault.put([right, wrong])

    vault.sweep(
        now=LONG_AFTER, is_recorded=lambda claim: claim.payload_hash.endswith("opening")
    )

    (kept,) = vault.read(LEARNER)
    assert kept.payload_hash == right.payload_hash
    assert found(vault, "name", value=NAME) == [LEARNER]


@pytest.mark.parametrize("more", [0, 1])
def test_a_sweep_goes_on_until_nothing_is_left(sqlite_url: str, more: int) -> None:
    """Page by page, each in a transaction of its own."""
    vault = open_vault(sqlite_url)
    count = SWEEP_PAGE + more
    vault.put([grading(f"{number:06d}") for number in range(count)])

    removed = vault.sweep(now=LONG_AFTER, is_recorded=nothing)

    assert removed == count
    assert vault.read(LEARNER) == []
    vault.close()


def test_the_log_is_asked_while_the_vault_is_free(vault: Vault) -> None:
    """Whoever writes meanwhile does not wait for the log."""
    vault.put([opening("old")])

    def is_recorded(_claim: Claim) -> bool:
        vault.put([grading("new")])
        return False

    vault.sweep(now=LONG_AFTER, is_recorded=is_recorded)

    assert [one.statement_id for one in vault.read(LEARNER)] == ["new"]
