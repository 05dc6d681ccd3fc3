"""Keys: one use each, one algorithm each, and none on which verifiers disagree.

The bank holds public keys, and of private ones only its own two; a member's stay with
the member. No private part shows in a repr, an error or the cause of one: joserfc makes
keys and signatures, and what a private key's document says of the public part is
compared with what its private part says.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import ECKey, OKPKey

from ledger.integrity import canonical, points
from ledger.integrity.ed25519 import SIGNATURE_BYTES, Check, Sign, check_of, sign_with
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import (
    AlgorithmError,
    AlgorithmMismatchError,
    KeyDocumentError,
    KeyMaterialError,
    MalformedError,
    SignatureError,
)

_DOCUMENT_MEMBERS: Final = frozenset({"member", "use", "kid", "jwk"})


class KeyUse(StrEnum):
    """The one thing a key is for."""

    MEMBER = "member"
    SERVICE = "service"
    CHECKPOINT = "checkpoint"
    WITNESS = "witness"
    CLIENT = "client"


class Algorithm(StrEnum):
    """The signature suite a key is bound to (RFC 8037, RFC 7518)."""

    EDDSA = "EdDSA"
    ES256 = "ES256"


_SUITES: Final[Mapping[Algorithm, tuple[Mapping[str, str], frozenset[str]]]] = {
    Algorithm.EDDSA: ({"kty": "OKP", "crv": "Ed25519"}, frozenset({"x"})),
    Algorithm.ES256: ({"kty": "EC", "crv": "P-256"}, frozenset({"x", "y"})),
}


class _Registry(jws.JWSRegistry):
    """The two algorithms. The library's own warns that RFC 9864 renames EdDSA."""

    def get_alg(self, name: str) -> JWSAlgModel:
        return self.algorithms[Algorithm(name).value]


_REGISTRY: Final = _Registry()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key that is sound. ``jwk`` has the required members only."""

    algorithm: Algorithm
    jwk: Mapping[str, str] = field(compare=False)
    thumbprint: str
    _check: Check = field(repr=False, compare=False)

    def raw(self) -> bytes:
        """Return the x coordinate: of an Ed25519 key its 32 bytes."""
        return b64decode(self.jwk["x"])

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check a signature of 64 bytes; of ES256 it is r || s (RFC 7518 §3.4).

        An Ed25519 signature whose R has small order gives the private key away, and
        verifiers disagree on it: OpenSSL accepts it, libsodium does not. So it is
        refused before either is asked.

        Raises:
            SignatureError: it is not this key's signature over the message.
        """
        if len(signature) != SIGNATURE_BYTES:
            raise SignatureError(reason="length")
        if self.algorithm is Algorithm.EDDSA and points.has_small_order(signature[:32]):
            raise SignatureError(reason="small-order-point")
        try:
            self._check(signature, message)
        except InvalidSignature as error:
            raise SignatureError from error


def _check_of_p256(key: EllipticCurvePublicKey) -> Check:
    def check(signature: bytes, message: bytes) -> None:
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))

    return check


def read_public_key(jwk: Mapping[str, str], *, algorithm: str) -> PublicKey:
    """Read a public JWK (RFC 7517) that is bound to an algorithm.

    Optional members are refused, so that one key has one JWK.

    Raises:
        AlgorithmError: not one of our algorithms.
        KeyMaterialError: missing, extra or private members; not canonical base64url;
            a wrong length; a weak point, or one off the curve.
        AlgorithmMismatchError: a key of another suite.
    """
    if algorithm not in _SUITES:
        raise AlgorithmError(pointer="/alg")
    suite = Algorithm(algorithm)
    fixed, coordinates = _SUITES[suite]
    if "d" in jwk:
        raise KeyMaterialError(pointer="/jwk", reason="private-part")
    if any(jwk.get(name) != value for name, value in fixed.items()):
        raise AlgorithmMismatchError(pointer="/jwk", expected=suite.value)
    if jwk.keys() != fixed.keys() | coordinates:
        raise KeyMaterialError(pointer="/jwk", reason="members")
    x = _coordinate(jwk, "x")
    if suite is Algorithm.EDDSA:
        check = check_of(points.read_ed25519(x))
    else:
        check = _check_of_p256(points.read_p256(x, _coordinate(jwk, "y")))
    return PublicKey(
        algorithm=suite,
        jwk=MappingProxyType(dict(jwk)),
        thumbprint=thumbprint(jwk),
        _check=check,
    )


def _coordinate(jwk: Mapping[str, str], name: str) -> bytes:
    try:
        return b64decode(jwk[name])
    except (ValueError, TypeError) as error:
        raise KeyMaterialError(pointer=f"/jwk/{name}", reason="base64url") from error


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the RFC 7638 thumbprint: base64url SHA-256 of the required members."""
    required = {name: jwk[name] for name in ("crv", "kty", "x", "y") if name in jwk}
    return b64encode(hashlib.sha256(canonical.dumps(required)).digest())


def key_id(member_id: str, thumbprint: str) -> str:
    """Return ``<member_id>#<thumbprint>``."""
    return f"{member_id}#{thumbprint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key of a member, for one use."""

    member_id: str
    use: KeyUse
    algorithm: Algorithm
    kid: str
    public: PublicKey
    _private: OKPKey | ECKey = field(repr=False, compare=False)
    _sign: Sign = field(repr=False, compare=False)

    @classmethod
    def generate(
        cls, member_id: str, use: KeyUse, *, algorithm: Algorithm = Algorithm.EDDSA
    ) -> Self:
        """Make a new key from the system's randomness."""
        if algorithm is Algorithm.EDDSA:
            return cls._of(member_id, use, private=OKPKey.generate_key("Ed25519"))
        return cls._of(member_id, use, private=ECKey.generate_key("P-256"))

    @classmethod
    def from_json(cls, raw: bytes) -> Self:
        """Read a private key document, as ``to_json`` wrote it, in any spelling.

        Raises:
            KeyDocumentError: not such a document, or its parts contradict each other.
        """
        key = cls._read_document(raw)
        # Raised out here, the error has no cause that could quote the private part.
        if key is None:
            raise KeyDocumentError
        return key

    def to_json(self) -> bytes:
        """Return the private key document. It is a secret."""
        return canonical.dumps(
            {
                "member": self.member_id,
                "use": self.use.value,
                "kid": self.kid,
                "jwk": {**self.public.jwk, "d": str(self._private["d"])},
            }
        )

    def sign(self, message: bytes) -> bytes:
        """Return the signature: 64 bytes, for ES256 r || s."""
        return self._sign(message)

    def seal(self, header: Mapping[str, str], payload: bytes) -> bytes:
        """Return the JWS in compact serialization (RFC 7515 §3.1)."""
        protected = _protected(tuple(header.items()))
        signing_input = protected + b64encode(payload).encode("ascii")
        signature = b64encode(self.sign(signing_input))
        return b"%b.%b" % (signing_input, signature.encode("ascii"))

    @classmethod
    def _of(cls, member_id: str, use: KeyUse, *, private: OKPKey | ECKey) -> Self:
        algorithm = Algorithm.EDDSA if isinstance(private, OKPKey) else Algorithm.ES256
        fixed, coordinates = _SUITES[algorithm]
        jwk = {name: str(private[name]) for name in (*fixed, *sorted(coordinates))}
        public = read_public_key(jwk, algorithm=algorithm)
        return cls(
            member_id=member_id,
            use=use,
            algorithm=algorithm,
            kid=key_id(member_id, public.thumbprint),
            public=public,
            _private=private,
            _sign=_sign_with(private),
        )

    @classmethod
    def _read_document(cls, raw: bytes) -> Self | None:
        try:
            document = canonical.loads(raw)
            if not isinstance(document, dict) or document.keys() != _DOCUMENT_MEMBERS:
                return None
            private = _read_private(document["jwk"])
            use = KeyUse(document["use"])
            key = cls._of(str(document["member"]), use, private=private)
        except (MalformedError, KeyMaterialError, KeyError, TypeError, ValueError):
            return None
        # The document says what the private part says, and nothing else.
        return key if canonical.loads(key.to_json()) == document else None


@lru_cache(maxsize=64)
def _protected(header: tuple[tuple[str, str], ...]) -> bytes:
    """Return a protected header and the dot after it: a signer has very few."""
    return b64encode(canonical.dumps(dict(header))).encode("ascii") + b"."


def _sign_with(private: OKPKey | ECKey) -> Sign:
    native = private.private_key
    if isinstance(native, Ed25519PrivateKey):
        return sign_with(native)
    return partial(_REGISTRY.get_alg(Algorithm.ES256).sign, key=private)


def _read_private(jwk: Mapping[str, str]) -> OKPKey | ECKey:
    """Derive the key from its private part alone; the caller compares the rest."""
    secret = b64decode(jwk["d"])
    if jwk["kty"] == "OKP":
        return OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(secret))
    return ECKey.import_key(derive_private_key(int.from_bytes(secret), SECP256R1()))
