"""Spells the ids that most rows and indexes are made of in half their length.

An id is a prefix and 128 bits in hexadecimal. Here it is one sign for its form, and the
bits in base 64 with digits in the order of their bytes, so that ids of a form stand in
the order that they have when written out. Any other text stands as it is; one that
begins like a short id gets a sign of its own before it. So each text has one spelling,
and no two have the same.
"""

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Final

KEPT_MAX: Final = 8_192
"""So many are remembered: what a group asks for it writes, and its next asks again."""

_COMMON: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_IN_ORDER: Final = bytes(sorted(_COMMON.translate(bytes.maketrans(b"+/", b"-_"))))
_SHORTENED: Final = bytes.maketrans(_COMMON, _IN_ORDER)
_RESTORED: Final = bytes.maketrans(_IN_ORDER, _COMMON)
_DIGITS: Final = 22
_PADDING: Final = b"=="
_LAST: Final = frozenset(_IN_ORDER[::16].decode())
"""Of the last digit four bits are none of the id: they are zero."""
_AS_IT_IS: Final = "="
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_BARE: Final = "[0-9a-f]{32}"

# Sign, prefix, and the rest of an id. No two forms are of one length.
_FORMS: Final = (("*", "award_", _UUID), ("+", "learner_", _BARE), (",", "", _UUID))
_FILLING: Final = "0000"
_FILLED: Final = 24
_BY_LENGTH: Final = {
    len(prefix) + (36 if rest is _UUID else 32): (
        sign,
        len(prefix),
        re.compile(prefix + rest, re.ASCII).fullmatch,
    )
    for sign, prefix, rest in _FORMS
}
_BY_SIGN: Final = {sign: (prefix, rest is _UUID) for sign, prefix, rest in _FORMS}


@lru_cache(KEPT_MAX)
def short_id(text: str) -> str:
    """Return the short spelling of an id, or of any text."""
    form = _BY_LENGTH.get(len(text))
    if form is not None:
        sign, start, matches = form
        if matches(text):
            bits = bytes.fromhex(text[start:].replace("-", ""))
            digits = b2a_base64(bits, newline=False)[:_DIGITS]
            return sign + digits.translate(_SHORTENED).decode()
    first = text[:1]
    return _AS_IT_IS + text if first == _AS_IT_IS or first in _BY_SIGN else text


def short_ids(texts: Sequence[str]) -> list[str]:
    """Return the short spellings of many ids; those of one form cost a quarter."""
    form = _BY_LENGTH.get(len(texts[0])) if texts else None
    if form is not None:
        sign, start, _ = form
        lines = "".join([f"{text}\n" for text in texts])
        is_each = len(lines) == len(texts) * (len(texts[0]) + 1)
        if is_each and _all_of(sign)(lines):
            # Each is filled up to a multiple of three bytes, which are four digits.
            rests = _FILLING.join([text[start:] for text in texts]) + _FILLING
            bits = bytes.fromhex(rests.replace("-", ""))
            digits = b2a_base64(bits, newline=False).translate(_SHORTENED).decode()
            starts = range(0, len(digits), _FILLED)
            return [sign + digits[one : one + _DIGITS] for one in starts]
    return [*map(short_id, texts)]


@cache
def _all_of(sign: str) -> Callable[[str], object]:
    """Return what tells whether all lines of a text are ids of a form."""
    (line,) = (prefix + rest for one, prefix, rest in _FORMS if one == sign)
    return re.compile(f"(?:{line}\n)*+", re.ASCII).fullmatch


@lru_cache(KEPT_MAX)
def long_id(text: str) -> str:
    """Return what a short spelling stands for; the inverse of ``short_id``.

    Raises:
        ValueError: no text is spelled so.
    """
    form = _BY_SIGN.get(text[:1])
    if form is not None:
        prefix, is_uuid = form
        return _written_out(text, prefix, is_uuid=is_uuid)
    found = text[1:] if text[:1] == _AS_IT_IS else text
    if len(found) != len(text) or len(found) in _BY_LENGTH:
        _check(found, text)
    return found


def _written_out(text: str, prefix: str, *, is_uuid: bool) -> str:
    if len(text) != _DIGITS + 1 or text[-1] not in _LAST:
        raise ValueError(text)
    digits = text[1:].encode().translate(_RESTORED) + _PADDING
    bits = a2b_base64(digits, strict_mode=True).hex()
    if not is_uuid:
        return prefix + bits
    return f"{prefix}{bits[:8]}-{bits[8:12]}-{bits[12:16]}-{bits[16:20]}-{bits[20:]}"


def _check(found: str, text: str) -> None:
    if short_id(found) != text:
        raise ValueError(text)
