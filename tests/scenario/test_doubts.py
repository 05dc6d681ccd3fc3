"""What stolen keys leave in doubt, and who can lift it."""

import pytest

from ledger.domain.errors import members, statements
from ledger.domain.rules.envelope import is_contested
from ledger.domain.state import KeyringRecord, RegisteredKey
from tests.builders import OPERATOR, SCHOOL, Ledger, award, award_of, kid, opened
from tests.scenario.cases import added_key, revoked_key

A, B, C, D = (kid(SCHOOL, name) for name in "abcd")


def is_in_doubt(ledger: Ledger, name: str = "one") -> bool:
    """Tell whether an award is contested."""
    lot = ledger.lot(award_of(name))
    return is_contested(ledger.state, kid=lot.kid, position=lot.position)


def key_of(ledger: Ledger, key: str) -> RegisteredKey:
    """Return a key that must be there."""
    ring = ledger.state.find(KeyringRecord, SCHOOL)
    found = None if ring is None else ring.find(key)
    assert found is not None
    return found


def with_keys(*names: str) -> Ledger:
    """Return a ledger whose school has further keys, added by its first."""
    ledger = opened()
    for name in names:
        ledger.say(SCHOOL, "key.added.v1", body=added_key(name=name))
    return ledger


def confirm(ledger: Ledger, *positions: int, key: str) -> None:
    """Have the school stand by entries of its own."""
    body = {"positions": list(positions)}
    ledger.say(SCHOOL, "entries.confirmed.v1", body=body, key=key)


def lose(ledger: Ledger, name: str, *, since: int) -> None:
    """Revoke a key, with all that it signed from a position on."""
    body = revoked_key(name=name, since_position=since)
    ledger.say(OPERATOR, "key.revoked.v1", body=body)


def test_what_a_second_stolen_key_confirmed_is_in_doubt_again() -> None:
    """Until a key that nobody doubts confirms it."""
    ledger = with_keys("b", "c", "d")
    forged = ledger.position
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("one"), key=B)
    lose(ledger, "b", since=forged)
    confirm(ledger, forged, key=C)
    assert not is_in_doubt(ledger)

    lose(ledger, "c", since=forged)

    assert is_in_doubt(ledger)
    confirm(ledger, forged, key=D)
    assert not is_in_doubt(ledger)
    with pytest.raises(members.PositionNotContestedError):
        confirm(ledger, forged, key=D)


def test_a_confirmation_from_before_the_theft_stands() -> None:
    """The second key was still its member's when it confirmed."""
    ledger = with_keys("b", "c")
    forged = ledger.position
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("one"), key=B)
    lose(ledger, "b", since=forged)
    confirm(ledger, forged, key=C)

    lose(ledger, "c", since=ledger.position)

    assert not is_in_doubt(ledger)


def test_a_key_that_a_stolen_key_vouched_for_is_in_doubt_again() -> None:
    """With all that it signed; who stole two keys cannot keep a third."""
    ledger = with_keys("b", "c")
    added = ledger.position
    ledger.say(SCHOOL, "key.added.v1", body=added_key(name="d"), key=B)
    lose(ledger, "b", since=added)
    confirm(ledger, added, key=C)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("one"), key=D)
    assert key_of(ledger, D).contested_since is None

    lose(ledger, "c", since=added)

    assert key_of(ledger, D).contested_since == added
    assert is_in_doubt(ledger)
    with pytest.raises(statements.KeyContestedError):
        ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"), key=D)
    confirm(ledger, added, key=A)
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("two"), key=D)


def test_a_doubt_reaches_keys_of_keys_however_they_are_ordered() -> None:
    """The key that vouched may have been added after the one that it vouched for."""
    ledger = with_keys("b")
    added = ledger.position
    ledger.say(SCHOOL, "key.added.v1", body=added_key(name="c"), key=B)
    lose(ledger, "b", since=added)
    ledger.say(SCHOOL, "key.added.v1", body=added_key(name="d"))
    ledger.say(SCHOOL, "key.added.v1", body=added_key(name="e"))
    confirm(ledger, added, key=kid(SCHOOL, "e"))
    grown = ledger.position
    ledger.say(SCHOOL, "key.added.v1", body=added_key(name="f"), key=C)

    lose(ledger, "e", since=added + 3)

    assert key_of(ledger, C).contested_since == added
    assert key_of(ledger, kid(SCHOOL, "f")).contested_since == grown
    assert key_of(ledger, D).contested_since is None


def test_confirming_what_is_no_key_changes_no_key() -> None:
    """A revoked key stays in doubt, whatever is confirmed of what it signed."""
    ledger = with_keys("b")
    added = ledger.position - 1
    forged = ledger.position
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("one"), key=B)
    lose(ledger, "b", since=added)
    before = key_of(ledger, B)

    confirm(ledger, added, forged, key=A)

    assert key_of(ledger, B) == before
    assert key_of(ledger, A).vouched_by is None
    assert not is_in_doubt(ledger)
