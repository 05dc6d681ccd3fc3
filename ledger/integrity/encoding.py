"""Base64url without padding (RFC 7515 §2), in its one canonical spelling."""

import binascii
from collections.abc import Iterable
from typing import Final

HASH_PATTERN: Final = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
"""Base64url of 32 bytes: the last character holds four bits, and no stray ones."""

_HASH_LETTERS: Final = 43
_STEP: Final = _HASH_LETTERS + 1
_STANDARD: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
"""Takes the letters of this alphabet to the other's, and those of that to none."""
# By how many letters are missing: those that hold no stray bits. Of one none can end.
_LAST_LETTERS: Final = (None, b"AEIMQUYcgkosw048", b"AQgw", b"")
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def b64encode(data: bytes) -> str:
    """Return base64url text without padding."""
    text = binascii.b2a_base64(data, newline=False).rstrip(b"=")
    return text.translate(_URL_SAFE).decode("ascii")


def b64encode_hashes(hashes: Iterable[bytes]) -> list[str]:
    """Return the same of many hashes of 32 bytes, all at once."""
    # A zero byte behind each makes it end between two letters; the last one says only
    # that byte, and is left out.
    raw = binascii.b2a_base64(b"".join(one + b"\0" for one in hashes), newline=False)
    text = raw.translate(_URL_SAFE).decode("ascii")
    return [text[at : at + _HASH_LETTERS] for at in range(0, len(text), _STEP)]


def b64decode(text: str | bytes) -> bytes:
    """Read base64url text that has no padding and no stray bits.

    Raises:
        ValueError: any other spelling.
    """
    raw = text.encode("ascii") if isinstance(text, str) else text
    padding = -len(raw) % 4
    last = _LAST_LETTERS[padding]
    if last is not None and raw[-1] not in last:
        raise ValueError(len(raw))
    try:
        return binascii.a2b_base64(
            raw.translate(_STANDARD) + b"=" * padding, strict_mode=True
        )
    except binascii.Error as error:
        raise ValueError(len(raw)) from error
