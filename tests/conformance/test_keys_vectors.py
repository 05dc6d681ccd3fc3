"""Keys, thumbprints and signatures as RFC 8032, 8037, 7515, 7638 and 9449 show them."""

from typing import Any

import pytest

from ledger.integrity import canonical
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import KeyMaterialError
from ledger.integrity.keys import PublicKey, SigningKey, read_public_key
from tests.conformance.vectors_of import read_vectors

ED25519 = {case["name"]: case for case in read_vectors("rfc8032.json")["cases"]}
RFC8037 = read_vectors("rfc8037.json")
ES256 = read_vectors("es256.json")
WEAK = read_vectors("small-order.json")


def ed25519_jwk(public_hex: str) -> dict[str, str]:
    """Return the JWK of an encoded point."""
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": b64encode(bytes.fromhex(public_hex)),
    }


def signing_key(secret_hex: str, public: PublicKey) -> SigningKey:
    """Return a private key by way of its document."""
    document = {
        "member": "cqvtc",
        "use": "member",
        "kid": f"cqvtc#{public.thumbprint}",
        "jwk": {**public.jwk, "d": b64encode(bytes.fromhex(secret_hex))},
    }
    return SigningKey.from_json(canonical.dumps(document))


@pytest.mark.parametrize("case", ED25519.values(), ids=ED25519.keys())
def test_ed25519_signs_and_verifies_as_published(case: dict[str, Any]) -> None:
    """RFC 8032 §7.1."""
    public = read_public_key(ed25519_jwk(case["public"]), algorithm="EdDSA")
    message, signature = (bytes.fromhex(case[n]) for n in ("message", "signature"))

    public.verify(signature, message)

    assert signing_key(case["secret"], public).sign(message) == signature


def test_an_ed25519_jwk_has_the_published_thumbprint() -> None:
    """RFC 8037 Appendix A.3, after RFC 7638."""
    jwk = {k: v for k, v in RFC8037["private_jwk"].items() if k != "d"}

    public = read_public_key(jwk, algorithm="EdDSA")

    assert public.thumbprint == RFC8037["thumbprint"]


def test_an_ed25519_jws_verifies() -> None:
    """RFC 8037 Appendix A.4 and A.5, and the same bytes are signed again."""
    jwk = RFC8037["private_jwk"]
    public = read_public_key(
        {k: v for k, v in jwk.items() if k != "d"}, algorithm="EdDSA"
    )
    signing_input, _, signature = RFC8037["jws"].rpartition(".")

    public.verify(b64decode(signature), signing_input.encode())

    key = signing_key(b64decode(jwk["d"]).hex(), public)
    sealed = key.seal({"alg": "EdDSA"}, RFC8037["payload"].encode())
    assert sealed.decode() == RFC8037["jws"]


def test_an_es256_jws_verifies() -> None:
    """RFC 7515 Appendix A.3."""
    public = read_public_key(ES256["public_jwk"], algorithm="ES256")
    signing_input, _, signature = ES256["jws"].rpartition(".")

    public.verify(b64decode(signature), signing_input.encode())


def test_a_p256_jwk_has_the_published_thumbprint() -> None:
    """RFC 9449 §6.1, after RFC 7638."""
    public = read_public_key(ES256["thumbprint_jwk"], algorithm="ES256")

    assert public.thumbprint == ES256["thumbprint"]


@pytest.mark.parametrize(
    ("public_hex", "reason"),
    [
        *((one, "small-order-point") for one in WEAK["small_order"]),
        *((one, "non-canonical-point") for one in WEAK["non_canonical"]),
    ],
)
def test_weak_encodings_are_refused(public_hex: str, reason: str) -> None:
    """All on which verifiers are known to disagree."""
    with pytest.raises(KeyMaterialError) as refused:
        read_public_key(ed25519_jwk(public_hex), algorithm="EdDSA")

    assert refused.value.details["reason"] == reason
