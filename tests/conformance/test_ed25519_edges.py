"""One rule at every edge of Ed25519, whichever library verifies."""

import random
from typing import Any, Final

import pytest
from cryptography.exceptions import InvalidSignature

from ledger.integrity.ed25519 import Library, openssl, sodium
from ledger.integrity.encoding import b64encode
from ledger.integrity.errors import KeyMaterialError, SignatureError
from ledger.integrity.keys import PublicKey, read_public_key
from tests.conformance import make_edges
from tests.conformance.vectors_of import FOLDER, read_vectors
from tests.unit.integrity.edwards import (
    BASE,
    ORDER,
    add,
    challenge,
    decode,
    encode,
    multiply,
)

Case = dict[str, Any]  # Any: text, or a verdict.
Parts = tuple[bytes, bytes, bytes]

TWELVE: Final[list[Case]] = read_vectors("ed25519-twelve.json")["cases"]
EDGES: Final = read_vectors("ed25519-edges.json")
SMALL: Final[list[str]] = read_vectors("small-order.json")["small_order"]
SIGNATURES: Final[list[Case]] = [
    *(case for case in TWELVE if case["key_refused"] is None),
    *EDGES["signatures"],
]
REFUSED_KEYS: Final[list[tuple[str, str]]] = sorted(
    {
        *((case["key"], case["key_refused"]) for case in TWELVE if case["key_refused"]),
        *((case["key"], case["reason"]) for case in EDGES["keys"] if case["reason"]),
    }
)
MUTATIONS: Final = 200


def _libraries() -> dict[str, Library]:
    """Return all there are; the lock has both."""
    found: dict[str, Library] = {"openssl": openssl}
    try:
        found["libsodium"] = sodium()
    except ImportError:
        return found
    return found


LIBRARIES: Final = _libraries()


def key_of(raw: bytes) -> PublicKey:
    """Read a key as a bank does."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64encode(raw)}
    return read_public_key(jwk, algorithm="EdDSA")


def parts(case: Case) -> Parts:
    """Return the key, the signature and the message of a case."""
    key, signature, message = (
        bytes.fromhex(case[name]) for name in ("key", "signature", "message")
    )
    return key, signature, message


def accepts(case: Parts) -> bool:
    """Tell whether a bank accepts a signature."""
    raw, signature, message = case
    try:
        key_of(raw).verify(signature, message)
    except SignatureError:
        return False
    return True


def holds(library: Library, case: Parts) -> bool:
    """Tell whether a library accepts a signature."""
    raw, signature, message = case
    try:
        library(raw)(signature, message)
    except InvalidSignature:
        return False
    return True


def holds_by_rule(case: Parts) -> bool:
    """Tell what docs/spec/keys.md says, with whole numbers alone: R = S B - k A."""
    raw, signature, message = case
    r, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    k = challenge(r, raw, message=message)
    if scalar >= ORDER or multiply(8, decode(raw)) == (0, 1):
        return False
    # -A has the order of A, so it is taken from 8 L times it.
    away = multiply(8 * ORDER - k, decode(raw))
    point = add(multiply(scalar, BASE), away)
    return encode(point) == r and multiply(8, point) != (0, 1)


@pytest.mark.parametrize("case", SIGNATURES, ids=lambda one: one["name"])
def test_a_signature_at_an_edge_has_the_verdict_of_the_rule(case: Case) -> None:
    """As it stands in the vectors, from plain arithmetic, and from the bank."""
    assert holds_by_rule(parts(case)) is case["accepted"]
    assert accepts(parts(case)) is case["accepted"]


@pytest.mark.parametrize("raw", SMALL)
def test_an_r_of_small_order_is_refused_by_name(raw: str) -> None:
    """Before a library is asked, of which one would let it pass."""
    key, signature, message = parts(EDGES["signatures"][0])
    with pytest.raises(SignatureError) as refused:
        key_of(key).verify(bytes.fromhex(raw) + signature[32:], message)

    assert refused.value.details["reason"] == "small-order-point"


@pytest.mark.parametrize(("raw", "reason"), REFUSED_KEYS)
def test_a_key_at_an_edge_is_refused_when_it_is_read(raw: str, reason: str) -> None:
    """So that no signature is ever held against it."""
    with pytest.raises(KeyMaterialError) as refused:
        key_of(bytes.fromhex(raw))

    assert refused.value.details["reason"] == reason


def test_a_key_with_a_part_of_small_order_is_a_key() -> None:
    """A verifier would need a multiplication for each key to find it."""
    sound = [case for case in EDGES["keys"] if case["reason"] is None]

    assert sound
    assert [key_of(bytes.fromhex(case["key"])).raw().hex() for case in sound] == [
        case["key"] for case in sound
    ]


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_library_says_the_same_of_what_was_changed_at_random(name: str) -> None:
    """Some bits of a signature, its message or S plus L: never two verdicts."""
    chance = random.Random(name)  # noqa: S311  # the same in every run
    ours = [parts(case) for case in SIGNATURES]
    for _ in range(MUTATIONS):
        key, signature, message = chance.choice(ours)
        for _ in range(chance.randrange(3)):
            place, bit = chance.randrange(len(signature)), 1 << chance.randrange(8)
            changed = bytearray(signature)
            changed[place] ^= bit
            signature = bytes(changed)
        if not chance.randrange(8):
            message += b"!"
        case = (key, signature, message)
        accepted = accepts(case)

        assert holds(LIBRARIES[name], case) is accepted or _is_small(signature[:32])


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_library_says_the_same_of_every_vector(name: str) -> None:
    """But for R of small order, which is refused before a library is asked."""
    for case in map(parts, SIGNATURES):
        if not _is_small(case[1][:32]):
            assert holds(LIBRARIES[name], case) is accepts(case)


def test_the_vectors_are_what_the_arithmetic_gives() -> None:
    """Byte for byte, so that nobody need trust this file."""
    assert (FOLDER / make_edges.NAME).read_bytes() == make_edges.written()


def _is_small(raw: bytes) -> bool:
    return raw.hex() in SMALL
