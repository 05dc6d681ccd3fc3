"""What the bank's own rules would not take as entry 0 pins nothing, however signed.

Each forgery is signed anew and has the hash in its name: nothing else speaks against
it than the one thing that is wrong.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from client.errors import AnotherLedgerError
from client.pinning import pin
from ledger.integrity import canonical
from ledger.integrity.declarations import declare
from ledger.integrity.entries import read_entry, seal_entry
from ledger.integrity.jws import STATEMENT_TYP, read_jws, sign_jws
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.lists.drafts import hash_text
from tests.bank import OPERATOR, ORIGIN, SCHOOL, Bank

FORGERIES: dict[str, Callable[[Bank], tuple[str, object]]] = {
    "/aud": lambda _: ("aud", "bank.example/other"),
    "/body/kind": lambda _: ("body/kind", "school"),
    "/body/member_id": lambda _: ("body/member_id", SCHOOL),
    "a school signs": lambda _: ("iss", SCHOOL),
    "a school's key": lambda bank: ("body/key", declared(bank.keys[SCHOOL])),
    "a service key signs": lambda bank: ("body/key", declared(bank.service)),
    "a checkpoint key refuses": lambda bank: (
        "body/founding/service_key",
        declared(bank.checkpoint),
    ),
    "a service key closes": lambda bank: (
        "body/founding/checkpoint_key",
        declared(bank.service),
    ),
    "another's service key": lambda _: (
        "body/founding/service_key",
        declared(SigningKey.generate(SCHOOL, KeyUse.SERVICE)),
    ),
    "a key of another ledger": lambda bank: (
        "body/founding/service_key",
        declare(bank.service, audience="bank.example/other"),
    ),
}


def declared(key: SigningKey) -> dict[str, object]:
    """Return the key as its holder declares it to the ledger."""
    return declare(key, audience=ORIGIN)


def founded(
    bank: Bank, path: str, *, value: object, signer: SigningKey | None = None
) -> tuple[bytes, str]:
    """Return entry 0 with another value at a path, and the name that it has."""
    first = read_entry(bank.store.read_raw(0))
    payload = read_jws(first.member_bytes, typ=STATEMENT_TYP).payload
    statement = canonical.loads(payload)
    place = statement
    *above, last = path.split("/")
    for name in above:
        assert isinstance(place, dict)
        place = place[name]
    assert isinstance(place, dict)
    place[last] = value
    changed = canonical.dumps(statement)
    raw = sign_jws(signer or bank.keys[OPERATOR], changed, typ=STATEMENT_TYP)
    return seal_entry(first.line, raw), f"{ORIGIN}#{hash_text(changed)}"


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_the_rules_refuse_as_entry_0_pins_nothing(
    bank: Bank, forgery: str
) -> None:
    """The name's hash is right, and the signature; the rest decides."""
    path, value = FORGERIES[forgery](bank)

    entry, name = founded(bank, path, value=value)

    with pytest.raises(AnotherLedgerError):
        pin(entry, ledger=name)


def test_entry_0_is_signed_under_the_key_id_that_it_declares(bank: Bank) -> None:
    """The same key under another member's name is another key id."""
    own = bank.keys[OPERATOR]
    thumbprint = own.public.thumbprint
    other = replace(own, kid=f"{SCHOOL}#{thumbprint}")

    entry, name = founded(bank, "body/name", value="运营中心", signer=other)

    with pytest.raises(AnotherLedgerError, match="key-id-mismatch"):
        pin(entry, ledger=name)


def test_what_is_right_is_pinned(bank: Bank) -> None:
    """The way in which forgeries are made here does not itself break an entry."""
    entry, name = founded(bank, "body/name", value="运营中心")

    pinned = pin(entry, ledger=name)

    assert (pinned.operator, pinned.ledger) == (OPERATOR, name)
    assert pinned.service_key == bank.service.public
    assert pinned.checkpoint_key == bank.checkpoint.public
