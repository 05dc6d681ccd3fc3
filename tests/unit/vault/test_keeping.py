"""What is put into the vault comes back out of it, and is found by keyed hash."""

import pytest

from ledger.vault.keys import MasterKeyError
from ledger.vault.vault import Vault
from tests.unit.vault.people import (
    IDENTITY,
    LEARNER,
    MASTER,
    NAME,
    NUMBER,
    OTHER,
    PERSON,
    SCHOOL,
    disclosure,
    found,
    grading,
    open_vault,
    opening,
)


def test_what_is_put_is_read_back_in_order(vault: Vault) -> None:
    """By issuer and statement, whatever the order of putting."""
    kept = [grading("b"), opening("a"), grading("c")]

    vault.put(kept)

    assert vault.read(LEARNER) == [kept[1], kept[0], kept[2]]
    assert vault.read(OTHER) == []


def test_putting_nothing_asks_nothing_of_the_database(vault: Vault) -> None:
    """Most groups disclose nothing."""
    vault.close()

    vault.put([])


def test_a_vault_opened_again_knows_what_it_kept(database_url: str) -> None:
    """The keys are derived, not remembered."""
    first = open_vault(database_url)
    first.put([opening()])
    first.close()

    second = open_vault(database_url)

    assert second.read(LEARNER) == [opening()]
    assert found(second, "name", value=NAME) == [LEARNER]
    second.close()


def test_the_same_twice_changes_nothing(vault: Vault) -> None:
    """A group that is decided anew puts its disclosures again."""
    vault.put([opening(), grading()])
    before = vault.read(LEARNER)

    vault.put([opening(), grading()])

    assert vault.read(LEARNER) == before
    assert found(vault, "name", value=NAME) == [LEARNER]


def test_fewer_disclosures_of_the_same_bytes_take_none_away(vault: Vault) -> None:
    """Disclosures are not signed: another writer may have been given a part."""
    vault.put([opening()])

    vault.put([opening(disclosures=PERSON[:1])])

    assert vault.read(LEARNER) == [opening()]


def test_more_disclosures_of_the_same_bytes_are_added(vault: Vault) -> None:
    """The attempt before may have failed after it reached the vault."""
    vault.put([opening(disclosures=PERSON[:1])])

    vault.put([opening()])

    (kept,) = vault.read(LEARNER)
    assert set(kept.disclosures) == set(PERSON)
    assert found(vault, "student_number", value=NUMBER) == [LEARNER]


def test_a_name_that_is_known_keeps_its_first_value(vault: Vault) -> None:
    """What could not be read back any more must not be written."""
    vault.put([opening(disclosures=PERSON[:1])])

    vault.put([opening(disclosures=(disclosure("name", "another"), PERSON[1]))])

    (kept,) = vault.read(LEARNER)
    assert set(kept.disclosures) == set(PERSON[:2])


def test_two_statements_under_one_id_never_overwrite_each_other(vault: Vault) -> None:
    """One of them is refused, but its disclosures may come later than the other's."""
    right, wrong = opening(), opening(payload_hash="of other bytes")
    vault.put([right])

    vault.put([wrong])

    assert right in vault.read(LEARNER)
    assert wrong in vault.read(LEARNER)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", NAME),
        ("name", f" {NAME}\u3000"),
        ("student_number", NUMBER),
        ("student_number", "\uff33\uff12\uff10\uff12\uff16\u20130417"),
        ("identity_number", IDENTITY),
        ("identity_number", "id04178861"),
    ],
    ids=["name", "spaces", "number", "full-width", "identity", "small-letters"],
)
def test_a_learner_is_found_however_the_value_is_typed(
    vault: Vault, field: str, typed: str
) -> None:
    """Width, case, spaces and hyphens make no other person."""
    vault.put([opening()])

    assert found(vault, field, value=typed) == [LEARNER]


def test_only_the_member_that_said_so_finds_a_learner(vault: Vault) -> None:
    """Another member's search, or another field's, finds nothing."""
    vault.put([opening()])

    assert found(vault, "name", value=NAME, iss="south-college") == []
    assert found(vault, "student_number", value=NAME) == []
    assert found(vault, "name", value="王小") == []


def test_namesakes_are_all_found(vault: Vault) -> None:
    """Each once, although two statements say so."""
    vault.put([opening("1"), opening("2"), opening("3", OTHER)])

    assert found(vault, "name", value=NAME) == [LEARNER, OTHER]


def test_scores_and_numbers_are_not_searchable(vault: Vault) -> None:
    """Nobody looks for everyone who got 91; a name that is no text names nobody."""
    odd = (disclosure("score", "91"), disclosure("name", 91))

    vault.put([opening(disclosures=odd)])

    assert found(vault, "score", value="91") == []
    assert found(vault, "name", value="91") == []


def test_another_master_key_opens_nothing(database_url: str) -> None:
    """It is refused at the door, before anything is written under it."""
    open_vault(database_url).close()

    with pytest.raises(MasterKeyError):
        open_vault(database_url, MASTER[::-1])

    again = open_vault(database_url)
    again.put([opening()])
    assert again.read(LEARNER) == [opening()]
    again.close()


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_of_another_length_is_refused(
    sqlite_url: str, length: int
) -> None:
    """32 bytes, or a mistake of whoever set it."""
    with pytest.raises(MasterKeyError):
        open_vault(sqlite_url, b"k" * length)


def test_another_key_hashes_other_words(sqlite_url: str, tmp_path: object) -> None:
    """Two vaults' search entries and tags tell nothing about each other."""
    first = open_vault(sqlite_url)
    second = open_vault(f"sqlite:///{tmp_path}/second.db", MASTER[::-1])
    certificate = {"scheme": "X", "number": "1"}

    hashes = [
        one.keys.search_hash(iss=SCHOOL, field="name", value=NAME)
        for one in (first, second)
    ]
    tags = [one.keys.certificate_tag(certificate) for one in (first, second)]

    assert len({*hashes, *tags}) == 4
    first.close()
    second.close()
