"""Disclosures after SD-JWT (RFC 9901): values the bank sees and the log never does."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from ledger.integrity import canonical
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.errors import (
    DisclosureWithoutDigestError,
    DuplicateDisclosureError,
    IntegrityError,
    MalformedDisclosureError,
    OversizedError,
)

DISCLOSURES_MAX: Final = 32
DISCLOSURE_BYTES_MAX: Final = 16 * 1024
_SALT_CHARACTERS_MIN: Final = 22
"""128 bits in base64url."""
_PARTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One disclosed value. ``digest`` is what stands for it in the signed body."""

    encoded: str
    digest: str
    name: str
    value: object


def make_disclosure(name: str, value: object, *, salt: str) -> Disclosure:
    """Return the disclosure of a value under a salt of at least 128 bits."""
    encoded = b64encode(canonical.dumps([salt, name, value]))
    return Disclosure(encoded=encoded, digest=_digest(encoded), name=name, value=value)


def split(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Split ``<JWS>~<disclosure>~…~`` into the JWS and its disclosures.

    Raises:
        MalformedDisclosureError: the form is another, or not ASCII.
        OversizedError: too many of them, or one too large.
    """
    token, *encoded = raw.split(b"~")
    if not encoded:
        return token, ()
    if encoded.pop() != b"":
        raise MalformedDisclosureError
    try:
        texts = tuple(one.decode("ascii") for one in encoded)
    except UnicodeDecodeError as error:
        raise MalformedDisclosureError from error
    return token, texts


def join(token: bytes, encoded: Iterable[str]) -> bytes:
    """Return a JWS with its disclosures; the inverse of ``split``."""
    texts = "".join(f"{one}~" for one in encoded)
    return token + b"~" + texts.encode("ascii") if texts else token


def read_disclosures(
    encoded: Collection[str], digests: Collection[str]
) -> tuple[Disclosure, ...]:
    """Read disclosures, each of which must stand in the body as a digest.

    Raises:
        OversizedError: more than 32 of them, or one above 16 KiB.
        MalformedDisclosureError: not base64url of ``[salt, name, value]``.
        DisclosureWithoutDigestError: no digest stands for it.
        DuplicateDisclosureError: a name comes twice.
    """
    if len(encoded) > DISCLOSURES_MAX:
        raise OversizedError(pointer="/_sd", limit=DISCLOSURES_MAX)
    found: dict[str, Disclosure] = {}
    for number, text in enumerate(encoded):
        disclosure = _read(text, pointer=f"/_sd/{number}")
        if disclosure.digest not in digests:
            raise DisclosureWithoutDigestError(pointer=f"/_sd/{number}")
        if disclosure.name in found:
            raise DuplicateDisclosureError(pointer=f"/_sd/{number}")
        found[disclosure.name] = disclosure
    return tuple(found.values())


def _read(text: str, *, pointer: str) -> Disclosure:
    if len(text) > DISCLOSURE_BYTES_MAX:
        raise OversizedError(pointer=pointer, limit_bytes=DISCLOSURE_BYTES_MAX)
    try:
        parts = canonical.loads(b64decode(text))
    except (ValueError, IntegrityError) as error:
        raise MalformedDisclosureError(pointer=pointer) from error
    if not isinstance(parts, list) or len(parts) != _PARTS:
        raise MalformedDisclosureError(pointer=pointer)
    salt, name, value = parts
    if not (isinstance(salt, str) and isinstance(name, str)):
        raise MalformedDisclosureError(pointer=pointer)
    if len(salt) < _SALT_CHARACTERS_MIN:
        raise MalformedDisclosureError(pointer=pointer)
    return Disclosure(encoded=text, digest=_digest(text), name=name, value=value)


def _digest(encoded: str) -> str:
    return b64encode(hashlib.sha256(encoded.encode("ascii")).digest())
