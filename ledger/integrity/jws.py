"""JWS in compact serialization (RFC 7515) with exactly our protected header.

The checks of reading and verifying, cheapest first, numbered in the code:

1. The size holds, and there are three parts.
2. The header is base64url in its canonical spelling of a strict JSON object with
   exactly ``alg``, ``kid`` (``<member_id>#<thumbprint>``) and ``typ``.
3. ``alg`` is one of ours.
4. ``typ`` is the one asked for.
5. Payload and signature are base64url in its canonical spelling; the payload's size
   holds.
6. ``kid`` names the key, and ``alg`` is the key's own: the key decides, the header
   never does.
7. The signature is the key's.

joserfc signs (``SigningKey.sign``); the two dots are ours, since its checks of a header
that is always the same cost more than the signature. It does not verify here: what it
takes apart, we have taken apart already and more strictly (it accepts padding, stray
bits and repeated members). Doing both costs 26 µs more than the 106 µs of the bare
Ed25519 verification; checks 1 to 6 cost 9 µs.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ledger.integrity import canonical
from ledger.integrity.encoding import b64decode
from ledger.integrity.errors import (
    AlgorithmError,
    AlgorithmMismatchError,
    Base64UrlError,
    HeaderError,
    JwsFormError,
    KeyIdError,
    KeyUseError,
    MalformedError,
    OversizedError,
    TypError,
)
from ledger.integrity.keys import Algorithm, KeyUse, PublicKey, SigningKey

STATEMENT_TYP: Final = "skillbank-statement+json"
BATCH_TYP: Final = "skillbank-batch+json"
POSSESSION_TYP: Final = "skillbank-possession+json"
REFUSAL_TYP: Final = "skillbank-refusal+json"

JWS_BYTES_MAX: Final = 48 * 1024
"""A payload of 32 KiB in base64url, with its header and signature."""

_PARTS: Final = 3
_HEADER_BYTES_MAX: Final = 512
_KEY_ID: Final = re.compile(r"[a-z0-9-]{1,64}#[A-Za-z0-9_-]{43}")
_ALGORITHMS: Final = {algorithm.value: algorithm for algorithm in Algorithm}
_USES: Final = {
    STATEMENT_TYP: frozenset({KeyUse.MEMBER, KeyUse.SERVICE}),
    BATCH_TYP: frozenset({KeyUse.MEMBER, KeyUse.SERVICE}),
    POSSESSION_TYP: frozenset(KeyUse),
    REFUSAL_TYP: frozenset({KeyUse.SERVICE}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBytes:
    """A JWS taken apart; nothing of it is trusted before ``verify_jws``."""

    raw: bytes
    kid: str
    algorithm: Algorithm
    typ: str
    payload: bytes
    signature: bytes

    @property
    def signing_input(self) -> bytes:
        """The bytes that are signed: header and payload as they came."""
        return self.raw[: self.raw.rindex(b".")]


def read_jws(raw: bytes, *, typ: str) -> SignedBytes:
    """Take a JWS apart, checks 1 to 5.

    Raises:
        OversizedError: more than 48 KiB, or a payload of more than 32 KiB.
        JwsFormError: not three parts.
        Base64UrlError: a part is not canonical base64url.
        HeaderError: not exactly our header, or no key id in it.
        AlgorithmError: ``alg`` is none, HS256 or any other than ours.
        TypError: another ``typ``.
    """
    if len(raw) > JWS_BYTES_MAX:  # 1
        raise OversizedError(limit_bytes=JWS_BYTES_MAX)
    parts = raw.split(b".")
    if len(parts) != _PARTS:
        raise JwsFormError(parts=len(parts))
    kid, algorithm, found_typ = _read_header(parts[0])
    if found_typ != typ:  # 4
        raise TypError(pointer="/typ", expected=typ)
    payload = _decode(parts[1], part="payload")  # 5
    if len(payload) > canonical.BYTES_MAX:
        raise OversizedError(limit_bytes=canonical.BYTES_MAX)
    return SignedBytes(
        raw=raw,
        kid=kid,
        algorithm=algorithm,
        typ=typ,
        payload=payload,
        signature=_decode(parts[2], part="signature"),
    )


def has_typ(raw: bytes, typ: str) -> bool:
    """Tell whether a JWS says that it is of this type, without trusting it.

    Raises:
        Base64UrlError, HeaderError, AlgorithmError: its header cannot be read.
    """
    return _read_header(raw.partition(b".")[0])[2] == typ


def verify_jws(signed: SignedBytes, key: PublicKey) -> None:
    """Verify a JWS, checks 6 and 7.

    Raises:
        KeyIdError: ``kid`` names another key.
        AlgorithmMismatchError: ``alg`` is not the algorithm the key is bound to.
        SignatureError: the signature is not this key's over these bytes.
    """
    if not signed.kid.endswith(f"#{key.thumbprint}"):  # 6
        raise KeyIdError(pointer="/kid")
    if signed.algorithm is not key.algorithm:
        raise AlgorithmMismatchError(pointer="/alg", expected=key.algorithm.value)
    key.verify(signed.signature, signed.signing_input)  # 7


def sign_jws(key: SigningKey, payload: bytes, *, typ: str) -> bytes:
    """Return the JWS of a payload, signed with exactly our header.

    Raises:
        KeyUseError: keys of this use do not sign documents of this type.
    """
    if key.use not in _USES[typ]:
        raise KeyUseError(pointer="/use", use=key.use.value, typ=typ)
    header = {"alg": key.algorithm.value, "kid": key.kid, "typ": typ}
    return key.seal(header, payload)


# A member's statements all carry the same few headers: what was read once is known.
# The cache holds public bytes only, at most 1,024 × 512 of them.
@lru_cache(maxsize=1024)
def _read_header(part: bytes) -> tuple[str, Algorithm, str]:
    try:
        header = canonical.loads(
            _decode(part, part="header"), bytes_max=_HEADER_BYTES_MAX
        )
    except MalformedError as error:  # 2
        raise HeaderError(reason=error.code) from error
    if not isinstance(header, dict) or header.keys() != {"alg", "kid", "typ"}:
        raise HeaderError(reason="members")
    alg, kid, typ = header["alg"], header["kid"], header["typ"]
    if not (isinstance(alg, str) and isinstance(kid, str) and isinstance(typ, str)):
        raise HeaderError(reason="members")
    if _KEY_ID.fullmatch(kid) is None:
        raise HeaderError(pointer="/kid", reason="key-id")
    if alg not in _ALGORITHMS:  # 3
        raise AlgorithmError(pointer="/alg")
    return kid, _ALGORITHMS[alg], typ


def _decode(text: bytes, *, part: str) -> bytes:
    try:
        return b64decode(text)
    except ValueError as error:
        raise Base64UrlError(part=part) from error
