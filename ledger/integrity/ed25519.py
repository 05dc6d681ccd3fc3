"""Verifies Ed25519 signatures by one rule, and signs, with the fastest library.

The rule is said in docs/spec/keys.md: without cofactor, k modulo the group's order, S
below the order. OpenSSL keeps it, by way of ``cryptography``, which is always there.
Libsodium, by way of PyNaCl, takes about half the time (docs/adr/0017), and may be there
or not, in any version. Some later one may verify with the cofactor, as RFC 8032 allows:
then two banks would not agree. So libsodium is asked first about signatures on which
such libraries differ, and is used only if it says of each what the rule does.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

Check = Callable[[bytes, bytes], object]
"""Takes a signature of 64 bytes and what is signed, under one key.

Raises ``InvalidSignature`` unless the signature holds.
"""
Library = Callable[[bytes], Check]
"""Takes a key's 32 bytes and returns its check."""
Sign = Callable[[bytes], bytes]
"""Takes what is to be signed and returns 64 bytes."""

SIGNATURE_BYTES: Final = 64
_MESSAGE: Final = b"skillbank"
# A point a B, and a B + T where T has order 8.
_PURE: Final = "80ca32764191b41646eeab08a7c9c81d4466e571735a2dea974c16e270bf92f1"
_MIXED: Final = "cd7eda1e95df4a419da072a53db1f495880ee25696488606e90dc1ffe53a1046"
PROBES: Final = (
    # An ordinary signature.
    (
        _PURE,
        "b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b1",
        "2ced51de66fa85b514ee90c731ea9f7e9f8c620243b7cc3f5c0ae22a5772fd0c",
        True,
    ),
    # S + L: known as malleable.
    (
        _PURE,
        "b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b1",
        "19c1473b815d980deb8a886a10e47e939f8c620243b7cc3f5c0ae22a5772fd1c",
        False,
    ),
    # It holds only when all is taken eight times.
    (
        _PURE,
        "16b981d0b88cdf3ab9fa87190822fe4905b475efda3aec7c34abfa92c19320f4",
        "99b44f8ed8dd8f2c7105b335125ed722daf42f4f95854ef56accd54c6b32640f",
        False,
    ),
    # It holds with k modulo L, and not with all 512 bits of it.
    (
        _MIXED,
        "2c7be86ab07488ba43e8e03d85a67625cfbf98c8544de4c877241b7aaafc7fe3",
        "f4cf64bf35373c9e67170fb021f96bda5620ef48f2c81686087afc778bbb1a0b",
        True,
    ),
    # It holds with all 512 bits of k, and not modulo L.
    (
        _MIXED,
        "edc876d6831fd2105d0b4389ca2e283166469289146e2ce06faefe98b22548df",
        "5f74c8d367ae36f7d52dca846b12ffabe93a719f8fedd4185c2b145d9d24aa08",
        False,
    ),
    # The parts of order 8 in R and k A cancel.
    (
        _MIXED,
        "e6ff0e4955925b2100e8ceebbd4ffe93e6fdfc71c226b33409a570d916254f72",
        "76c8fb23c9c468d072c414fe5dc3640476c8bd4d3d907f19aa237e21f784000b",
        True,
    ),
)
"""Key, R, S and the verdict of the rule, from the vectors ``ed25519-edges.json``."""


def check_of(key: Ed25519PublicKey) -> Check:
    """Return what checks signatures of a key that is sound, as ``points`` reads it.

    An R of small order is the caller's to refuse.
    """
    return fastest()(key.public_bytes_raw())


def sign_with(key: Ed25519PrivateKey) -> Sign:
    """Return what signs with a key.

    A key and a message have one signature (RFC 8032 §5.1.6), whichever library makes
    it. Libsodium lets other threads run meanwhile.
    """
    if fastest() is openssl:
        return key.sign
    signs = import_module("nacl.bindings").crypto_sign
    pair = key.private_bytes_raw() + key.public_key().public_bytes_raw()

    def sign(message: bytes) -> bytes:
        signed: bytes = signs(message, pair)
        return signed[:SIGNATURE_BYTES]

    # Whoever signs otherwise than OpenSSL does not sign for us.
    return sign if sign(_MESSAGE) == key.sign(_MESSAGE) else key.sign


@cache
def fastest() -> Library:
    """Return libsodium if it is there and keeps the rule, else OpenSSL."""
    try:
        library = sodium()
    except ImportError:
        return openssl
    return library if keeps_rule(library) else openssl


def sodium() -> Library:
    """Return libsodium.

    Raises:
        ImportError: PyNaCl is not installed.
    """
    opens = import_module("nacl.bindings").crypto_sign_open
    return opening(opens, import_module("nacl.exceptions").BadSignatureError)


def opening(
    opens: Callable[[bytes, bytes], object], refusal: type[Exception]
) -> Library:
    """Return a library that opens what is signed, given behind its signature."""

    def library(key: bytes) -> Check:
        def check(signature: bytes, message: bytes) -> None:
            try:
                opens(signature + message, key)
            except refusal as error:
                raise InvalidSignature from error

        return check

    return library


def openssl(key: bytes) -> Check:
    """Return the check of OpenSSL, as a library."""
    return Ed25519PublicKey.from_public_bytes(key).verify


def keeps_rule(library: Library) -> bool:
    """Tell whether a library's verdict on every probe is that of the rule."""
    return all(
        _holds(library(bytes.fromhex(key)), bytes.fromhex(r + s)) is accepted
        for key, r, s, accepted in PROBES
    )


def _holds(check: Check, signature: bytes) -> bool:
    try:
        check(signature, _MESSAGE)
    except InvalidSignature:
        return False
    return True
