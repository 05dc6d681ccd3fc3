"""Makes our vectors of Ed25519 signatures at the edges again, byte for byte.

Run as ``python -m tests.conformance.make_edges``; a test compares what it would write
with what is there. All is worked out with the plain arithmetic of RFC 8032 §5.1.
"""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

import orjson

from tests.conformance.vectors_of import FOLDER
from tests.unit.integrity.edwards import (
    BASE,
    IDENTITY,
    ORDER,
    ORDER_8,
    PRIME,
    Point,
    add,
    challenge,
    encode,
    hashed,
    is_on_curve,
    multiply,
    secret_scalar,
)

NAME: Final = "ed25519-edges.json"
SOURCE: Final = (
    "Worked out from RFC 8032 section 5.1 with whole numbers alone, by "
    "tests/conformance/make_edges.py. The private key is the SHA-256 of 'skillbank "
    "edges', and so public."
)
MESSAGE: Final = b"skillbank"

Case = dict[str, Any]  # Any: text, or a verdict.


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whoever knows a private scalar, and adds what it likes to its public point."""

    scalar: int
    public: bytes

    @classmethod
    def of(cls, scalar: int, *, torsion: Point = IDENTITY) -> Self:
        """Return the holder of a scalar, whose public point has ``torsion`` more."""
        return cls(scalar=scalar, public=encode(add(multiply(scalar, BASE), torsion)))

    def sign(self, r: bytes, *, commitment: int, message: bytes = MESSAGE) -> bytes:
        """Return a signature of which only S is worked out."""
        k = challenge(r, self.public, message=message)
        scalar = (commitment + k * self.scalar) % ORDER
        return r + scalar.to_bytes(32, "little")


HONEST: Final = Holder.of(secret_scalar(hashlib.sha256(b"skillbank edges").digest()))
MIXED: Final = Holder.of(HONEST.scalar, torsion=ORDER_8)
COMMITMENT: Final = 7


def made() -> dict[str, Any]:  # Any: plain JSON.
    """Return the whole file."""
    return {
        "source": SOURCE,
        "signatures": [
            *_honest(),
            *_scalars(),
            *_small_commitments(),
            *_mixed_commitments(),
            *_mixed_keys(),
        ],
        "keys": list(_keys()),
    }


def _case(name: str, holder: Holder, *, signature: bytes, accepted: bool) -> Case:
    return {
        "name": name,
        "key": holder.public.hex(),
        "message": MESSAGE.hex(),
        "signature": signature.hex(),
        "accepted": accepted,
    }


def _plain() -> bytes:
    return HONEST.sign(encode(multiply(COMMITMENT, BASE)), commitment=COMMITMENT)


def _honest() -> Iterator[Case]:
    good = _plain()
    yield _case("an ordinary signature", HONEST, signature=good, accepted=True)
    other = HONEST.sign(good[:32], commitment=COMMITMENT, message=b"other")
    yield _case("over another message", HONEST, signature=other, accepted=False)
    yield _case(
        "R's sign turned", HONEST, signature=_flipped(good, 255), accepted=False
    )
    yield _case(
        "one bit of S turned", HONEST, signature=_flipped(good, 256), accepted=False
    )


def _flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _scalars() -> Iterator[Case]:
    """Yield S with every multiple of the order added that 32 bytes can hold."""
    good = _plain()
    scalar = int.from_bytes(good[32:], "little")
    for times in range(1, 16):
        greater = scalar + times * ORDER
        if greater < 2**256:
            raw = good[:32] + greater.to_bytes(32, "little")
            yield _case(f"S + {times} L", HONEST, signature=raw, accepted=False)


def _small_commitments() -> Iterator[Case]:
    """Yield signatures by R of small order, each also where only 8 times it holds."""
    for multiple in range(8):
        r = encode(multiply(multiple, ORDER_8))
        raw = HONEST.sign(r, commitment=0)
        yield _case(f"R = {multiple} T", HONEST, signature=raw, accepted=False)
    for name, y in (
        ("R = 0 T, its x a negative zero", 1 | 1 << 255),
        ("R = 4 T, its x a negative zero", PRIME - 1 | 1 << 255),
        ("R = 0 T, y + p", 1 + PRIME),
        ("R = 0 T, y + p, a negative zero", 1 + PRIME | 1 << 255),
        ("R = 2 T or 6 T, y + p", PRIME),
        ("R = 2 T or 6 T, y + p, the other sign", PRIME | 1 << 255),
    ):
        r = y.to_bytes(32, "little")
        raw = HONEST.sign(r, commitment=0)
        yield _case(name, HONEST, signature=raw, accepted=False)


def _mixed_commitments() -> Iterator[Case]:
    """Yield signatures that hold only when all is taken eight times."""
    for multiple in range(1, 8):
        point = add(multiply(COMMITMENT, BASE), multiply(multiple, ORDER_8))
        raw = HONEST.sign(encode(point), commitment=COMMITMENT)
        yield _case(f"R = 7 B + {multiple} T", HONEST, signature=raw, accepted=False)


def _mixed_keys() -> Iterator[Case]:
    """Yield signatures under A = a B + T: they hold where R's part takes away k T.

    L is no multiple of 8, so that k T depends on whether k was reduced modulo L.
    """
    for own, told in ((0, "R pure"), (3, "R mixed")):
        part, seen = multiply(own, ORDER_8), set[tuple[bool, bool]]()
        for commitment in itertools.count(1):
            r = encode(add(multiply(commitment, BASE), part))
            whole = hashed(r, MIXED.public, message=MESSAGE)
            holds = (whole % ORDER + own) % 8 == 0
            unreduced = (whole + own) % 8 == 0
            if (holds, unreduced) in seen or (holds and unreduced):
                continue
            seen.add((holds, unreduced))
            raw = MIXED.sign(r, commitment=commitment)
            name = f"A mixed, {told}, {_TOLD[holds, unreduced]}"
            yield _case(name, MIXED, signature=raw, accepted=holds)
            if len(seen) == len(_TOLD):
                break


_TOLD: Final = {
    (True, False): "holds with k modulo L, and not with all of k",
    (False, True): "holds with all of k, and not with k modulo L",
    (False, False): "holds only eight times",
}


def _keys() -> Iterator[Case]:
    """Yield every encoding above the prime that some library reads as a point."""
    for y in range(19):
        if not is_on_curve(y):
            continue
        for sign in (0, 1):
            raw = (y + PRIME | sign << 255).to_bytes(32, "little")
            told = f"y = {y}, spelled y + p, sign {sign}"
            yield {"name": told, "key": raw.hex(), "reason": "non-canonical-point"}
    for y in (1, PRIME - 1):
        raw = (y | 1 << 255).to_bytes(32, "little")
        told = "y = 1" if y == 1 else "y = -1"
        said = {"name": f"{told}, its x a negative zero", "key": raw.hex()}
        yield {**said, "reason": "small-order-point"}
    mixed_honest = {"key": MIXED.public.hex(), "reason": None}
    yield {"name": "a B + T, which is a key like any other", **mixed_honest}
    off = next(y for y in range(2, PRIME) if not is_on_curve(y))
    raw = off.to_bytes(32, "little")
    yield {"name": f"y = {off}", "key": raw.hex(), "reason": "not-on-curve"}


def written() -> bytes:
    """Return the file's bytes."""
    return orjson.dumps(made(), option=orjson.OPT_INDENT_2) + b"\n"


if __name__ == "__main__":
    (FOLDER / NAME).write_bytes(written())
