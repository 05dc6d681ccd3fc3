"""Libsodium verifies where it is there and keeps the rule; else OpenSSL does."""

import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from ledger.integrity import ed25519
from ledger.integrity.ed25519 import PROBES, by_openssl, by_sodium, keeps_rule
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
        by_openssl(key, signed[:64], signed[64:])
    except InvalidSignature as error:
        raise ForgedError from error
    return signed[64:]


def holds_eight_times(key: bytes, signature: bytes, message: bytes) -> None:
    """Verify with the cofactor, as RFC 8032 lets a library do."""
    r, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    k = challenge(r, key, message=message)
    answered = multiply(8, add(decode(r), multiply(k, decode(key))))
    if scalar >= ORDER or multiply(8 * scalar, BASE) != answered:
        raise InvalidSignature


def holds_with_all_of_k(key: bytes, signature: bytes, message: bytes) -> None:
    """Verify without cofactor, and multiply by the whole hash."""
    r, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    k = hashed(r, key, message=message)
    answered = add(decode(r), multiply(k, decode(key)))
    if scalar >= ORDER or multiply(scalar, BASE) != answered:
        raise InvalidSignature


def holds_for_any_s(key: bytes, signature: bytes, message: bytes) -> None:
    """Verify S modulo the order: then anyone can make a second signature."""
    scalar = int.from_bytes(signature[32:], "little") % ORDER
    by_openssl(key, signature[:32] + scalar.to_bytes(32, "little"), message)


def refuses(*_: bytes) -> None:
    """Hold nothing for a signature."""
    raise InvalidSignature


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
        patch.setitem(sys.modules, name, library)  # type: ignore[arg-type]  # stands in


def test_the_probes_have_either_verdict() -> None:
    """OpenSSL gives each of them."""
    assert {accepted for *_, accepted in PROBES} == {True, False}
    assert keeps_rule(by_openssl)


@pytest.mark.parametrize(
    "verify",
    [holds_eight_times, holds_with_all_of_k, holds_for_any_s, refuses, lambda *_: None],
    ids=["cofactor", "all-of-k", "any-s", "nothing", "anything"],
)
def test_a_library_with_another_rule_is_found(verify: ed25519.Verify) -> None:
    """Each way in which libraries are known to differ."""
    assert not keeps_rule(verify)


@pytest.mark.usefixtures("chosen")
def test_without_pynacl_openssl_verifies(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is optional."""
    monkeypatch.setitem(sys.modules, NAMES[0], None)  # type: ignore[arg-type]  # absent
    with pytest.raises(ImportError):
        by_sodium()

    assert ed25519.fastest() is None
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
    assert ed25519.fastest() is not None
    asked.clear()
    check_both_ways()

    assert len(asked) == 2


@pytest.mark.usefixtures("chosen")
def test_a_library_that_breaks_the_rule_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever it is called."""
    stand_in(monkeypatch, lambda signed, _: signed)

    assert ed25519.fastest() is None
    check_both_ways()


def check_both_ways() -> None:
    """Require that a good signature holds, and a bad one does not."""
    private = Ed25519PrivateKey.generate()
    public: Ed25519PublicKey = private.public_key()
    check = ed25519.verifier(public)
    good = private.sign(b"said")

    check(good, b"said")
    with pytest.raises(InvalidSignature):
        check(good, b"not said")
