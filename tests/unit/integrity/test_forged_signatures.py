"""Signatures made to be valid for one verifier and invalid for another."""

from typing import Final

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import KeyMaterialError, SignatureError
from ledger.integrity.jws import STATEMENT_TYP, read_jws, sign_jws, verify_jws
from ledger.integrity.keys import read_public_key
from tests.unit.integrity.edwards import (
    BASE,
    IDENTITY,
    ORDER,
    ORDER_8,
    Point,
    add,
    challenge,
    decode,
    encode,
    multiply,
    secret_scalar,
)
from tests.unit.integrity.forge import KEY, P256_KEY

MESSAGE: Final = b"message"
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PUBLIC: Final = KEY.public.raw()
SECRET: Final = secret_scalar(b64decode(orjson.loads(KEY.to_json())["jwk"]["d"]))


def sign(commitment: int, *, torsion: Point = IDENTITY) -> bytes:
    """Return a signature whose R is what its holder likes, and ``torsion`` more."""
    r = encode(add(multiply(commitment, BASE), torsion))
    scalar = commitment + challenge(r, PUBLIC, message=MESSAGE) * SECRET
    return r + (scalar % ORDER).to_bytes(32, "little")


def holds_with_cofactor(signature: bytes) -> bool:
    """Check 8SB = 8R + 8kA, as RFC 8032 §5.1.7 allows a verifier to."""
    r, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    k = challenge(r, PUBLIC, message=MESSAGE)
    difference = add(decode(r), multiply(k, decode(PUBLIC)))
    return multiply(8 * scalar, BASE) == multiply(8, difference)


def test_the_arithmetic_of_these_tests_is_right() -> None:
    """An ordinary signature made with it is accepted."""
    assert encode(multiply(SECRET, BASE)) == PUBLIC
    assert multiply(8, ORDER_8) == IDENTITY

    signature = sign(7)

    KEY.public.verify(signature, MESSAGE)
    assert holds_with_cofactor(signature)


@pytest.mark.parametrize("multiple", range(8))
def test_a_signature_with_an_r_of_small_order_is_refused(multiple: int) -> None:
    """The zero one is valid for OpenSSL and invalid for libsodium."""
    signature = sign(0, torsion=multiply(multiple, ORDER_8))
    if multiple == 0:
        Ed25519PublicKey.from_public_bytes(PUBLIC).verify(signature, MESSAGE)

    with pytest.raises(SignatureError) as refused:
        KEY.public.verify(signature, MESSAGE)

    assert refused.value.details == {"reason": "small-order-point"}


def test_a_signature_that_holds_only_with_the_cofactor_is_refused() -> None:
    """Whatever we accept holds for both kinds of verifier, so the log does."""
    signature = sign(7, torsion=ORDER_8)

    assert holds_with_cofactor(signature)
    with pytest.raises(SignatureError):
        KEY.public.verify(signature, MESSAGE)


def test_an_r_of_another_spelling_is_refused() -> None:
    """Y + p where it fits, and zero with a sign."""
    for y in (2**255 - 19, 2**255 - 18, 1 | 1 << 255):
        r = y.to_bytes(32, "little")
        scalar = challenge(r, PUBLIC, message=MESSAGE) * SECRET % ORDER
        with pytest.raises(SignatureError):
            KEY.public.verify(r + scalar.to_bytes(32, "little"), MESSAGE)


def test_a_key_with_a_part_of_small_order_gains_nothing() -> None:
    """What verifies under it is what verifies with the cofactor as well."""
    public = encode(add(decode(PUBLIC), ORDER_8))
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64encode(public)}
    key = read_public_key(jwk, algorithm="EdDSA")

    accepted = 0
    for commitment in range(1, 17):
        r = encode(multiply(commitment, BASE))
        k = challenge(r, public, message=MESSAGE)
        scalar = (commitment + k * SECRET) % ORDER
        try:
            key.verify(r + scalar.to_bytes(32, "little"), MESSAGE)
        except SignatureError:
            assert k % 8
            continue
        assert k % 8 == 0
        accepted += 1
    assert accepted < 16


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 0), (0, 1), (1, 0), (P256_ORDER, 1), (1, P256_ORDER), (2**256 - 1, 1)],
)
def test_an_es256_signature_has_numbers_within_the_order(r: int, s: int) -> None:
    """Else 0 would answer everything, and a number have two spellings."""
    with pytest.raises(SignatureError):
        P256_KEY.public.verify(r.to_bytes(32) + s.to_bytes(32), MESSAGE)


def test_an_es256_signature_has_a_twin_and_its_payload_has_none() -> None:
    """So nothing is ever known by its signature or by the whole JWS."""
    raw = sign_jws(P256_KEY, b"{}", typ=STATEMENT_TYP)
    signed = read_jws(raw, typ=STATEMENT_TYP)
    s = P256_ORDER - int.from_bytes(signed.signature[32:])
    other = b64encode(signed.signature[:32] + s.to_bytes(32)).encode()

    twin = read_jws(signed.signing_input + b"." + other, typ=STATEMENT_TYP)
    verify_jws(twin, P256_KEY.public)

    assert twin.raw != signed.raw
    assert twin.payload == signed.payload


def test_points_of_small_order_are_no_keys() -> None:
    """Computed here as multiples of one of order 8, not copied from a list."""
    for multiple in range(8):
        point = encode(multiply(multiple, ORDER_8))
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64encode(point)}
        with pytest.raises(KeyMaterialError) as refused:
            read_public_key(jwk, algorithm="EdDSA")
        assert refused.value.details["reason"] == "small-order-point"
