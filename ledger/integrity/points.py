"""Which points may be public keys: only those that every verifier treats alike.

A library that reads an Ed25519 key checks its length and little else. The checks that
it leaves out are here, numbered in the code, so that they are made once, when a key
is registered:

1. The encoding is canonical: y is below the field's prime. Else two spellings of one
   key would have two thumbprints, and some verifiers refuse one of them.
2. The point is none of the eight of small order, under which one signature can be
   valid for many messages.
3. The point is on the curve.

A signature's first half is a point as well: ``has_small_order`` finds the encodings
that some verifiers refuse there and others let pass.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.integrity.errors import KeyMaterialError

COORDINATE_BYTES: Final = 32

_PRIME: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _PRIME) % _PRIME
_ORDER_8_Y: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# Both signs of x for each: y = 1 (order 1), -1 (2), 0 (4), and two of order 8. With
# check 1 these are all encodings, the impossible "negative zero" of x among them.
_SMALL_ORDER_Y: Final = frozenset({0, 1, _PRIME - 1, _ORDER_8_Y, _PRIME - _ORDER_8_Y})


def read_ed25519(raw: bytes) -> Ed25519PublicKey:
    """Return the key that 32 bytes encode (RFC 8032 §5.1.5).

    Raises:
        KeyMaterialError: another length, or a point that fails a check above.
    """
    if len(raw) != COORDINATE_BYTES:
        raise KeyMaterialError(pointer="/jwk/x", reason="wrong-length")
    y = _y(raw)
    if y >= _PRIME:  # 1
        raise KeyMaterialError(pointer="/jwk/x", reason="non-canonical-point")
    if has_small_order(raw):  # 2
        raise KeyMaterialError(pointer="/jwk/x", reason="small-order-point")
    # The curve is -x² + y² = 1 + dx²y²: x² = u/v must have a root (RFC 8032 §5.1.3).
    u, v = (y * y - 1) % _PRIME, (_D * y * y + 1) % _PRIME
    if pow(u * v, (_PRIME - 1) // 2, _PRIME) != 1:  # 3
        raise KeyMaterialError(pointer="/jwk/x", reason="not-on-curve")
    return Ed25519PublicKey.from_public_bytes(raw)


def has_small_order(raw: bytes) -> bool:
    """Tell whether 32 bytes encode a point of order 1, 2, 4 or 8, canonically."""
    return _y(raw) in _SMALL_ORDER_Y


def _y(raw: bytes) -> int:
    return int.from_bytes(raw, "little") & (2**255 - 1)


def read_p256(x: bytes, y: bytes) -> EllipticCurvePublicKey:
    """Return the P-256 key of two coordinates (RFC 7518 §6.2.1).

    Its order is prime: apart from the point at infinity, which has no coordinates,
    none is small.

    Raises:
        KeyMaterialError: a coordinate of another length, or not on the curve.
    """
    for name, coordinate in (("x", x), ("y", y)):
        if len(coordinate) != COORDINATE_BYTES:
            raise KeyMaterialError(pointer=f"/jwk/{name}", reason="wrong-length")
    numbers = EllipticCurvePublicNumbers(
        int.from_bytes(x), int.from_bytes(y), SECP256R1()
    )
    try:
        return numbers.public_key()
    except ValueError as error:
        raise KeyMaterialError(pointer="/jwk", reason="not-on-curve") from error
