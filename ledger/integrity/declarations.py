"""How a key is declared to a ledger: with a proof that its holder wanted just that.

The proof is a JWS by the new key over the ledger's name, the key's id and its use, so
that a public key seen elsewhere cannot be declared by somebody else, for another
member, in another ledger or for another use. The checks, numbered in the code:

1. Every member of the declaration is there and is text.
2. The public key is sound, and of the algorithm that the declaration names.
3. ``kid`` is the one of this member and this key.
4. ``use`` is one of ours.
5. The proof is a JWS by this very key, over exactly this ledger, ``kid`` and ``use``.
"""

from collections.abc import Mapping
from typing import Final

from ledger.integrity import canonical
from ledger.integrity.errors import (
    DeclarationError,
    IntegrityError,
    KeyIdError,
    KeyUseError,
    PossessionError,
)
from ledger.integrity.jws import POSSESSION_TYP, read_jws, sign_jws, verify_jws
from ledger.integrity.keys import KeyUse, PublicKey, SigningKey, key_id, read_public_key

_TEXTS: Final = ("kid", "use", "alg", "possession")
_USES: Final = frozenset(use.value for use in KeyUse)


def declare(key: SigningKey, *, audience: str) -> dict[str, object]:
    """Return the key as its holder declares it, possession proven.

    ``audience`` is the ledger's name; for the keys of entry 0 its bare origin.
    """
    payload = _payload(audience=audience, kid=key.kid, use=key.use.value)
    return {
        "kid": key.kid,
        "use": key.use.value,
        "alg": key.algorithm.value,
        "jwk": dict(key.public.jwk),
        "possession": sign_jws(key, payload, typ=POSSESSION_TYP).decode("ascii"),
    }


def verify_declaration(
    declaration: Mapping[str, object],
    *,
    member_id: str,
    audience: str,
    pointer: str = "",
) -> PublicKey:
    """Check a declaration and return the key. Further members are not looked at.

    ``pointer`` is where it stands, for errors to point there. Whether the member may
    have a key of this use is for the rules.

    Raises:
        DeclarationError: a member is missing or is no text.
        KeyMaterialError, AlgorithmError: the key itself is refused.
        KeyIdError: ``kid`` is not that of this member and key.
        KeyUseError: an unknown use.
        PossessionError: the proof is not by this key, or for something else.
    """
    try:
        return _verified(declaration, member_id=member_id, audience=audience)
    except IntegrityError as error:
        place = f"{pointer}{error.pointer}"
        raise type(error)(place, **error.details) from error


def _verified(
    declaration: Mapping[str, object], *, member_id: str, audience: str
) -> PublicKey:
    kid, use, alg, possession = (_text(declaration, name) for name in _TEXTS)  # 1
    key = read_public_key(_jwk(declaration), algorithm=alg)  # 2
    if kid != key_id(member_id, key.thumbprint):  # 3
        raise KeyIdError(pointer="/kid")
    if use not in _USES:  # 4
        raise KeyUseError(pointer="/use")
    try:
        # A lone surrogate stays a fault of the proof: base64url refuses its bytes.
        raw = possession.encode("utf-8", "surrogatepass")
        signed = read_jws(raw, typ=POSSESSION_TYP)  # 5
        verify_jws(signed, key)
    except IntegrityError as error:
        raise PossessionError(pointer="/possession") from error
    expected = _payload(audience=audience, kid=kid, use=use)
    if signed.kid != kid or signed.payload != expected:
        raise PossessionError(pointer="/possession", reason="for-something-else")
    return key


def _payload(*, audience: str, kid: str, use: str) -> bytes:
    return canonical.dumps({"aud": audience, "kid": kid, "use": use})


def _text(declaration: Mapping[str, object], name: str) -> str:
    value = declaration.get(name)
    if not isinstance(value, str):
        raise DeclarationError(pointer=f"/{name}")
    return value


def _jwk(declaration: Mapping[str, object]) -> Mapping[str, str]:
    jwk = declaration.get("jwk")
    if not isinstance(jwk, Mapping):
        raise DeclarationError(pointer="/jwk")
    return {name: _text(jwk, name) for name in jwk}
