"""Disclosures after SD-JWT (RFC 9901): values the bank sees and the log never does.

A disclosure is base64url of the JSON array ``[salt, name, value]``; what is signed and
logged is only its digest. The checks of reading, numbered in the code:

1. There are not too many, and none is too large.
2. It is base64url in its canonical spelling of strict JSON of that form; the salt has
   at least 128 bits, so that nobody can guess a score from its digest.
3. Its digest stands in the signed body.
4. No name is disclosed twice.

No object within a value has a member of SD-JWT's own: other readers would look for
further disclosures there.
"""

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from ledger.integrity import canonical
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import (
    DisclosureWithoutDigestError,
    DuplicateDisclosureError,
    MalformedDisclosureError,
    MalformedError,
    OversizedError,
)

DISCLOSURES_MAX: Final = 32
DISCLOSURE_BYTES_MAX: Final = 16 * 1024

_PARTS: Final = 3
_SALT: Final = re.compile(r"[A-Za-z0-9_-]{22,128}")
"""22 characters of base64url hold 128 bits."""
_NAME_CHARACTERS_MAX: Final = 64
_RESERVED: Final = frozenset({"_sd", "..."})
"""Names that SD-JWT keeps for itself (RFC 9901 §4.2.1), at every level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One disclosed value. ``digest`` stands for it in the signed body.

    What is disclosed, and what would help to guess it, stays out of the repr.
    """

    encoded: str = field(repr=False)
    digest: str
    salt: str = field(repr=False)
    name: str
    value: object = field(repr=False)


def make_disclosure(name: str, value: object, *, salt: str) -> Disclosure:
    """Return the disclosure of a value.

    Raises:
        MalformedDisclosureError: the salt has less than 128 bits of base64url, or the
            name is reserved.
        MalformedError: the value is not plain JSON.
    """
    return _read(b64encode(canonical.dumps([salt, name, value])), pointer="")


def split(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Split ``<JWS>~<disclosure>~…~`` into the JWS and its disclosures.

    Raises:
        MalformedDisclosureError: no ``~`` at the end, or characters beyond ASCII.
        OversizedError: too many of them.
    """
    token, *encoded = raw.split(b"~")
    if not encoded:
        return token, ()
    if encoded.pop():
        raise MalformedDisclosureError(reason="no-end")
    _check_count(len(encoded))
    try:
        return token, tuple(one.decode("ascii") for one in encoded)
    except UnicodeDecodeError as error:
        raise MalformedDisclosureError(reason="base64url") from error


def join(token: bytes, encoded: Iterable[str]) -> bytes:
    """Return a JWS with its disclosures; the inverse of ``split``."""
    texts = "".join(f"{one}~" for one in encoded)
    return token + b"~" + texts.encode("ascii") if texts else token


def read_disclosures(
    encoded: Iterable[str], digests: Collection[str]
) -> tuple[Disclosure, ...]:
    """Read disclosures, each of which must stand in the body as a digest.

    Raises:
        OversizedError: more than 32 of them, or one above 16 KiB.
        MalformedDisclosureError: not base64url of ``[salt, name, value]``.
        DisclosureWithoutDigestError: no digest stands for it.
        DuplicateDisclosureError: a name comes twice.
    """
    texts = tuple(encoded)
    _check_count(len(texts))  # 1
    found: dict[str, Disclosure] = {}
    for number, text in enumerate(texts):
        pointer = f"/disclosures/{number}"
        disclosure = _read(text, pointer=pointer)
        if disclosure.digest not in digests:  # 3
            raise DisclosureWithoutDigestError(pointer)
        if disclosure.name in found:  # 4
            raise DuplicateDisclosureError(pointer)
        found[disclosure.name] = disclosure
    return tuple(found.values())


def read_shown(encoded: Iterable[str]) -> tuple[Disclosure, ...]:
    """Read disclosures that were made elsewhere, and are shown here once more.

    Which awards their digests stand in is for the rules to say.

    Raises:
        OversizedError: more than 32 of them, or one above 16 KiB.
        MalformedDisclosureError: not base64url of ``[salt, name, value]``.
    """
    texts = tuple(encoded)
    _check_count(len(texts))
    return tuple(
        _read(text, pointer=f"/disclosures/{number}")
        for number, text in enumerate(texts)
    )


def digest_of(encoded: str) -> str:
    """Return what stands for a disclosure: base64url SHA-256 of its characters."""
    return b64encode(hashlib.sha256(encoded.encode("ascii")).digest())


def _check_count(count: int) -> None:
    if count > DISCLOSURES_MAX:
        raise OversizedError(pointer="/disclosures", limit=DISCLOSURES_MAX)


def _read(text: str, *, pointer: str) -> Disclosure:
    if len(text) > DISCLOSURE_BYTES_MAX:  # 1
        raise OversizedError(pointer, limit_bytes=DISCLOSURE_BYTES_MAX)
    try:
        parts = canonical.loads(b64decode(text))  # 2
    except ValueError as error:
        raise MalformedDisclosureError(pointer, reason="base64url") from error
    except MalformedError as error:
        raise MalformedDisclosureError(pointer, reason=error.code) from error
    if not isinstance(parts, list) or len(parts) != _PARTS:
        raise MalformedDisclosureError(pointer, reason="form")
    salt, name, value = parts
    if not isinstance(salt, str) or _SALT.fullmatch(salt) is None:
        raise MalformedDisclosureError(pointer, reason="salt")
    if not isinstance(name, str) or not 0 < len(name) <= _NAME_CHARACTERS_MAX:
        raise MalformedDisclosureError(pointer, reason="name")
    if name in _RESERVED:
        raise MalformedDisclosureError(pointer, reason="name")
    if _has_reserved(value):
        raise MalformedDisclosureError(pointer, reason="value")
    return Disclosure(
        encoded=text, digest=digest_of(text), salt=salt, name=name, value=value
    )


def _has_reserved(value: object) -> bool:
    if isinstance(value, dict):
        return not _RESERVED.isdisjoint(value) or any(
            map(_has_reserved, value.values())
        )
    return isinstance(value, list) and any(map(_has_reserved, value))
