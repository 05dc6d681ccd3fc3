"""Libsodium verifies where it is there and keeps the rule; else OpenSSL does."""

import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from ledger.integrity import ed25519
from ledger.integrity.ed25519 import (
    PROBES,
    Library,
    keeps_rule,
    opening,
    openssl,
    sodium,
)
from tests.unit.integrity.edwards import (
    BASE,
    ORDER,
    add,
    challenge,
    decode,
    hashed,
    multiply,
)

NAMES = ("nacl.bindings", "nacl.exceptions")


class ForgedError(Exception):
    """What a library like PyNaCl raises."""


def opens(signed: bytes, key: bytes) -> bytes:
    """Open what was signed, as PyNaCl's function of that name does."""
    try:
        openssl(key)(signed[:64], signed[64:])
    except InvalidSignature as error:
        raise ForgedError from error
    return signed[64:]


def holds_eight_times(key: bytes, signature: bytes, *, message: bytes) -> None:
    """Verify with the cofactor, as RFC 8032 lets a library do."""
    r, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    k = challenge(r, key, message=message)
    answered = multiply(8, add(decode(r), multiply(k, decode(key))))
    if scalar >= ORDER or multiply(8 * scalar, BASE) != answered:
        raise InvalidSignature


def holds_with_all_of_k(key: bytes, signature: bytes, *, message: bytes) -> None:
    """Verify without cofactor, and multiply by the whole hash."""
    r, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    k = hashed(r, key, message=message)
    answered = add(decode(r), multiply(k, decode(key)))
    if scalar >= ORDER or multiply(scalar, BASE) != answered:
        raise InvalidSignature


def holds_for_any_s(key: bytes, signature: bytes, *, message: bytes) -> None:
    """Verify S modulo the order: then anyone can make a second signature."""
    scalar = int.from_bytes(signature[32:], "little") % ORDER
    openssl(key)(signature[:32] + scalar.to_bytes(32, "little"), message)


def refuses(_: bytes, signature: bytes, *, message: bytes) -> None:
    """Hold nothing for a signature."""
    raise InvalidSignature(signature, message)


def accepts(_: bytes, signature: bytes, *, message: bytes) -> None:
    """Hold anything for a signature."""


Verify = Callable[..., None]


def library_of(verify: Verify) -> Library:
    """Return such a verification as a library."""
    return lambda key: (
        lambda signature, message: verify(key, signature, message=message)
    )


@pytest.fixture
def chosen() -> Iterator[None]:
    """Let the choice be made anew, and once more afterwards."""
    ed25519.fastest.cache_clear()
    yield
    ed25519.fastest.cache_clear()


def stand_in(patch: pytest.MonkeyPatch, found: object) -> None:
    """Put something in the place of PyNaCl."""
    library = SimpleNamespace(crypto_sign_open=found, BadSignatureError=ForgedError)
    for name in NAMES:
        patch.setitem(sys.modules, name, library)


def test_the_probes_have_either_verdict() -> None:
    """OpenSSL gives each of them."""
    assert {accepted for *_, accepted in PROBES} == {True, False}
    assert keeps_rule(openssl)


@pytest.mark.parametrize(
    "verify",
    [holds_eight_times, holds_with_all_of_k, holds_for_any_s, refuses, accepts],
)
def test_a_library_with_another_rule_is_found(verify: Verify) -> None:
    """Each way in which libraries are known to differ."""
    assert not keeps_rule(library_of(verify))


def test_what_a_library_does_not_open_does_not_hold() -> None:
    """Whatever it raises, the caller sees one refusal."""
    assert keeps_rule(opening(opens, ForgedError))
    check_both_ways(opening(opens, ForgedError))


@pytest.mark.usefixtures("chosen")
def test_without_pynacl_openssl_verifies(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is optional."""
    monkeypatch.setitem(sys.modules, NAMES[0], None)  # absent
    with pytest.raises(ImportError):
        sodium()

    assert ed25519.fastest() is openssl
    check_both_ways()


@pytest.mark.usefixtures("chosen")
def test_a_library_that_keeps_the_rule_verifies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its verdicts are taken from then on."""
    asked = []

    def open_and_note(signed: bytes, key: bytes) -> bytes:
        asked.append(key)
        return opens(signed, key)

    stand_in(monkeypatch, open_and_note)
    assert ed25519.fastest() is not openssl
    asked.clear()
    check_both_ways()

    assert len(asked) == 2


@pytest.mark.usefixtures("chosen")
def test_a_library_that_breaks_the_rule_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever it is called."""
    stand_in(monkeypatch, lambda signed, _: signed)

    assert ed25519.fastest() is openssl
    check_both_ways()


def check_both_ways(library: Library | None = None) -> None:
    """Require that a good signature holds, and a bad one does not."""
    private = Ed25519PrivateKey.generate()
    public: Ed25519PublicKey = private.public_key()
    chosen = ed25519.check_of(public)
    check = chosen if library is None else library(public.public_bytes_raw())
    good = private.sign(b"said")

    check(good, b"said")
    with pytest.raises(InvalidSignature):
        check(good, b"not said")


def test_libsodium_signs_as_openssl_does() -> None:
    """A key and a message have one signature, whoever makes it."""
    for seed in range(20):
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        sign = ed25519.sign_with(key)

        assert sign != key.sign
        for message in (b"", b"a", bytes(range(256)) * 40):
            assert sign(message) == key.sign(message)


@pytest.mark.usefixtures("chosen")
def test_without_pynacl_openssl_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is optional for this, too."""
    monkeypatch.setitem(sys.modules, NAMES[0], None)  # absent
    key = Ed25519PrivateKey.generate()

    assert ed25519.sign_with(key) == key.sign


@pytest.mark.usefixtures("chosen")
def test_a_library_that_signs_otherwise_does_not_sign(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though it verifies by the rule."""
    stand_in(monkeypatch, opens)
    monkeypatch.setattr(
        sys.modules[NAMES[0]],
        "crypto_sign",
        lambda message, _: bytes(64) + message,
        raising=False,
    )
    key = Ed25519PrivateKey.generate()

    assert ed25519.fastest() is not openssl
    assert ed25519.sign_with(key) == key.sign
