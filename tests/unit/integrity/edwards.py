"""The curve of Ed25519 as RFC 8032 §5.1 writes it: to forge with, slow and plain."""

import hashlib
from typing import Final

PRIME: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, PRIME) % PRIME

Point = tuple[int, int]
IDENTITY: Final[Point] = (0, 1)


def add(p: Point, q: Point) -> Point:
    """Return the sum of two points."""
    (x1, y1), (x2, y2) = p, q
    mixed = D * x1 * x2 * y1 * y2 % PRIME
    x = (x1 * y2 + x2 * y1) * pow(1 + mixed, -1, PRIME)
    y = (y1 * y2 + x1 * x2) * pow(1 - mixed, -1, PRIME)
    return x % PRIME, y % PRIME


def is_on_curve(y: int) -> bool:
    """Tell whether there is a point of this y: -x² + y² = 1 + dx²y² has a root."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    return square == 0 or pow(square, (PRIME - 1) // 2, PRIME) == 1


def multiply(scalar: int, point: Point) -> Point:
    """Return a multiple of a point."""
    found = IDENTITY
    while scalar:
        if scalar & 1:
            found = add(found, point)
        point, scalar = add(point, point), scalar >> 1
    return found


def encode(point: Point) -> bytes:
    """Return the 32 bytes of a point."""
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(raw: bytes) -> Point:
    """Return the point of 32 bytes."""
    number = int.from_bytes(raw, "little")
    y = number & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    assert x * x % PRIME == square
    return (PRIME - x if x & 1 != number >> 255 else x), y


BASE: Final = decode((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little"))
ORDER_8: Final = decode(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
)


def secret_scalar(seed: bytes) -> int:
    """Return the scalar that a private key stands for."""
    raw = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return raw & (2**254 - 8) | 2**254


def hashed(r: bytes, public: bytes, *, message: bytes) -> int:
    """Return the hash that a signature answers, as a number of 512 bits."""
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little")


def challenge(r: bytes, public: bytes, *, message: bytes) -> int:
    """Return the hash modulo the order: what the public key is multiplied by."""
    return hashed(r, public, message=message) % ORDER
