"""Only keys on which all verifiers agree are read, each for its own algorithm."""

from collections.abc import Mapping

import pytest

from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import (
    AlgorithmError,
    AlgorithmMismatchError,
    KeyMaterialError,
    SignatureError,
)
from ledger.integrity.keys import (
    Algorithm,
    KeyUse,
    SigningKey,
    key_id,
    read_public_key,
)
from tests.unit.integrity.forge import KEY, P256_KEY, STRANGER

ED25519: Mapping[str, str] = KEY.public.jwk
P256: Mapping[str, str] = P256_KEY.public.jwk
PRIME = 2**255 - 19


def ed25519(y: int, *, negative: bool = False) -> dict[str, str]:
    """Return the JWK of a point by its y coordinate and the sign of x."""
    raw = (y | negative << 255).to_bytes(32, "little")
    return {"kty": "OKP", "crv": "Ed25519", "x": b64encode(raw)}


def test_a_sound_key_is_read() -> None:
    """Its JWK and thumbprint come back; it cannot be changed afterwards."""
    for key in (KEY, P256_KEY):
        read = read_public_key(key.public.jwk, algorithm=key.algorithm.value)

        assert read == key.public
        assert read.raw() == b64decode(key.public.jwk["x"])
        assert key.kid == key_id("cqvtc", read.thumbprint)
        with pytest.raises(TypeError):
            read.jwk["x"] = "A" * 43  # type: ignore[index]


def test_two_keys_are_told_apart() -> None:
    """Equality is that of the key, not of the object."""
    assert KEY.public != STRANGER.public
    assert len({KEY.public, STRANGER.public}) == 2


REFUSED: list[tuple[str, dict[str, str], str, str]] = [
    ("private-part", {**ED25519, "d": "A" * 43}, "/jwk", "private-part"),
    ("optional-member", {**ED25519, "use": "sig"}, "/jwk", "members"),
    ("y-of-another-suite", {**ED25519, "y": "A" * 43}, "/jwk", "members"),
    ("no-x", {"kty": "OKP", "crv": "Ed25519"}, "/jwk", "members"),
    ("padding", {**ED25519, "x": ED25519["x"] + "="}, "/jwk/x", "base64url"),
    ("stray-bits", {**ED25519, "x": ED25519["x"][:-1] + "B"}, "/jwk/x", "base64url"),
    ("31-bytes", {**ED25519, "x": b64encode(bytes(31))}, "/jwk/x", "wrong-length"),
    ("33-bytes", {**ED25519, "x": b64encode(bytes(33))}, "/jwk/x", "wrong-length"),
    ("no-bytes", {**ED25519, "x": ""}, "/jwk/x", "wrong-length"),
    ("off-curve", ed25519(2), "/jwk/x", "not-on-curve"),
    ("p256-off-curve", {**P256, "y": P256["x"]}, "/jwk", "not-on-curve"),
    (
        "p256-x-beyond-prime",
        {**P256, "x": b64encode(b"\xff" * 32)},
        "/jwk",
        "not-on-curve",
    ),
    ("p256-zero", {**P256, "x": "A" * 43, "y": "A" * 43}, "/jwk", "not-on-curve"),
    ("p256-short-x", {**P256, "x": b64encode(bytes(31))}, "/jwk/x", "wrong-length"),
    ("p256-long-y", {**P256, "y": b64encode(bytes(33))}, "/jwk/y", "wrong-length"),
    ("p256-no-y", {k: v for k, v in P256.items() if k != "y"}, "/jwk", "members"),
    ("p256-padding", {**P256, "y": P256["y"] + "="}, "/jwk/y", "base64url"),
]


@pytest.mark.parametrize(
    ("jwk", "pointer", "reason"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_an_unsound_key_is_refused(
    jwk: dict[str, str], pointer: str, reason: str
) -> None:
    """The reason is named, the key is not repeated."""
    algorithm = Algorithm.EDDSA if jwk["kty"] == "OKP" else Algorithm.ES256

    with pytest.raises(KeyMaterialError) as refused:
        read_public_key(jwk, algorithm=algorithm)

    assert refused.value.pointer == pointer
    assert refused.value.details == {"reason": reason}


def _double(y: int) -> int:
    """Return the y of twice a point (RFC 8032 §5.1.4), written anew for the test."""
    d = -121665 * pow(121666, -1, PRIME) % PRIME
    xx = (y * y - 1) * pow(d * y * y + 1, -1, PRIME) % PRIME
    return (y * y + xx) * pow(1 - d * xx * y * y, -1, PRIME) % PRIME


@pytest.mark.parametrize("negative", [False, True], ids=["even-x", "odd-x"])
@pytest.mark.parametrize(
    "y_hex",
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ],
    ids=["order-1", "order-2", "order-4", "order-8", "order-8-too"],
)
def test_points_of_small_order_are_refused(y_hex: str, *, negative: bool) -> None:
    """Under such a key a forger needs no private part."""
    y = int.from_bytes(bytes.fromhex(y_hex), "little")
    assert _double(_double(_double(y))) == 1

    with pytest.raises(KeyMaterialError) as refused:
        read_public_key(ed25519(y, negative=negative), algorithm="EdDSA")

    assert refused.value.details["reason"] == "small-order-point"


@pytest.mark.parametrize("negative", [False, True], ids=["even-x", "odd-x"])
@pytest.mark.parametrize("beyond", range(19))
def test_encodings_beyond_the_prime_are_refused(beyond: int, *, negative: bool) -> None:
    """A point has one spelling: y = p + 1 is 1 again, under another thumbprint."""
    with pytest.raises(KeyMaterialError) as refused:
        read_public_key(ed25519(PRIME + beyond, negative=negative), algorithm="EdDSA")

    assert refused.value.details["reason"] == "non-canonical-point"


def test_a_member_that_is_no_text_is_refused() -> None:
    """JSON may hold anything."""
    jwk = {**ED25519, "x": 7}

    with pytest.raises(KeyMaterialError):
        read_public_key(jwk, algorithm="EdDSA")  # type: ignore[arg-type]


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384", "Ed25519", ""])
def test_no_other_algorithm_has_keys(algorithm: str) -> None:
    """The suites are a closed set."""
    with pytest.raises(AlgorithmError) as refused:
        read_public_key(ED25519, algorithm=algorithm)

    assert type(refused.value) is AlgorithmError


@pytest.mark.parametrize(
    ("jwk", "algorithm"),
    [
        (ED25519, "ES256"),
        (P256, "EdDSA"),
        ({**ED25519, "crv": "X25519"}, "EdDSA"),
        ({**P256, "crv": "secp256k1"}, "ES256"),
        ({"kty": "oct", "k": "AAAA"}, "EdDSA"),
        ({}, "EdDSA"),
    ],
)
def test_a_key_is_bound_to_its_algorithm(
    jwk: Mapping[str, str], algorithm: str
) -> None:
    """A key of one suite is never taken for another."""
    with pytest.raises(AlgorithmMismatchError):
        read_public_key(jwk, algorithm=algorithm)


@pytest.mark.parametrize("key", [KEY, P256_KEY], ids=["EdDSA", "ES256"])
def test_only_the_keys_own_signature_verifies(key: SigningKey) -> None:
    """Other bytes, another key and a cut or stretched signature are refused."""
    signature = key.sign(b"message")
    other = SigningKey.generate("cqvtc", KeyUse.MEMBER, algorithm=key.algorithm)
    flipped = bytes([signature[0] ^ 1]) + signature[1:]

    key.public.verify(signature, b"message")

    assert len(signature) == 64
    for bad in (signature[:-1], signature + b"\0", b"", bytes(64), flipped):
        with pytest.raises(SignatureError):
            key.public.verify(bad, b"message")
    with pytest.raises(SignatureError):
        key.public.verify(signature, b"massage")
    with pytest.raises(SignatureError):
        other.public.verify(signature, b"message")


def test_an_ed25519_signature_has_one_scalar() -> None:
    """S + L would verify as well, were it not refused (RFC 8032 §5.1.7)."""
    order = 2**252 + 27742317777372353535851937790883648493
    signature = KEY.sign(b"message")
    scalar = int.from_bytes(signature[32:], "little") + order

    with pytest.raises(SignatureError):
        KEY.public.verify(signature[:32] + scalar.to_bytes(32, "little"), b"message")


def test_der_is_not_a_jose_signature() -> None:
    """ES256 is r || s; other libraries hand out DER, which is longer."""
    with pytest.raises(SignatureError) as refused:
        P256_KEY.public.verify(bytes.fromhex("3045") + bytes(69), b"message")

    assert refused.value.details == {"reason": "length"}
