"""One spelling per fact: canonical JSON (RFC 8785), read strictly and written once.

Two writers stand behind ``dumps``. orjson with sorted keys agrees with RFC 8785 byte
for byte as long as there are no floats, keys are ASCII and integers stay below 2**53
(it sorts by UTF-8 bytes, RFC 8785 by UTF-16 units); outside that subset ``rfc8785``
writes, which defines the form. Tests compare the two.

Two readers stand behind ``loads``. What orjson read and would write again as the very
same bytes cannot hide a second member of the same name, since a parser keeps one of
the two. All else is read once more by the standard library, whose hooks see every
pair and every number as it was spelled.
"""

import json
import re
from typing import Final, NoReturn

import orjson
import rfc8785

from ledger.integrity.errors import (
    DeepNestingError,
    DuplicateKeyError,
    FloatError,
    IntegerRangeError,
    IntegrityError,
    NonCanonicalError,
    NotANumberError,
    NotJsonError,
    NotUtf8Error,
    OversizedError,
)

BYTES_MAX: Final = 32 * 1024
DEPTH_MAX: Final = 16
INTEGER_MAX: Final = 2**53 - 1

_INTEGER_DIGITS_MAX: Final = len(str(INTEGER_MAX))
_HARMLESS: Final = frozenset({str, bool, type(None)})
_ESCAPED: Final = re.compile(rb"\\.", re.DOTALL)


def dumps(value: object) -> bytes:
    """Return the RFC 8785 form of plain JSON data.

    Raises:
        FloatError: a float, which our JSON never holds.
        IntegerRangeError: an integer of 2**53 or beyond.
        DeepNestingError: nested deeper than ``DEPTH_MAX``, or within itself.
        NotUtf8Error: a lone surrogate.
    """
    _check(value, depth_max=DEPTH_MAX)
    return dumps_read(value)


def dumps_read(value: object) -> bytes:
    """Return the RFC 8785 form of what ``loads`` returned, or of a part of it.

    Raises:
        NotUtf8Error: it was not read by ``loads``, and has a lone surrogate.
    """
    try:
        written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        if written.isascii() or _has_ascii_keys(value):
            return written
        return rfc8785.dumps(value)  # type: ignore[arg-type]  # _check proved the type
    except (orjson.JSONEncodeError, rfc8785.CanonicalizationError) as error:
        raise NotUtf8Error from error


def loads(
    raw: bytes, *, bytes_max: int = BYTES_MAX, depth_max: int = DEPTH_MAX
) -> object:
    """Read JSON that has exactly one meaning, in whatever spelling.

    Raises:
        OversizedError: more than ``bytes_max`` bytes.
        NotUtf8Error: not UTF-8, or a lone surrogate.
        DeepNestingError: nested deeper than ``depth_max``.
        NotANumberError: NaN or Infinity.
        FloatError: a number that is not an integer.
        IntegerRangeError: an integer of 2**53 or beyond.
        DuplicateKeyError: an object names a member twice.
        NotJsonError: not one JSON document.
    """
    value, _ = _read(raw, bytes_max=bytes_max, depth_max=depth_max)
    return value


def loads_canonical(
    raw: bytes, *, bytes_max: int = BYTES_MAX, depth_max: int = DEPTH_MAX
) -> object:
    """Read JSON that is its own RFC 8785 form.

    Raises:
        MalformedError: as ``loads``.
        NonCanonicalError: the same facts have another spelling.
    """
    value, proven = _read(raw, bytes_max=bytes_max, depth_max=depth_max)
    if not proven:
        verify_canonical(raw, value)
    return value


def verify_canonical(raw: bytes, value: object) -> None:
    """Check that ``raw`` is the RFC 8785 form of the value read from it.

    Raises:
        NonCanonicalError: the same facts have another spelling.
    """
    if dumps(value) != raw:
        raise NonCanonicalError


def _read(raw: bytes, *, bytes_max: int, depth_max: int) -> tuple[object, bool]:
    """Return the value, and whether ``raw`` is already known to be canonical."""
    if len(raw) > bytes_max:
        raise OversizedError(limit_bytes=bytes_max)
    try:
        value = orjson.loads(raw)
        _check(value, depth_max=depth_max)
    except (orjson.JSONDecodeError, FloatError):
        # orjson reads integers beyond 64 bits as floats and says of all that is
        # wrong only that it is not JSON: the slow reader finds the precise reason.
        raise _fault(raw, depth_max=depth_max) from None
    if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == raw:
        # Keys beyond ASCII may be in another order than that of RFC 8785.
        return value, raw.isascii() or _has_ascii_keys(value)
    return _read_strictly(raw), False


def _check(value: object, *, depth_max: int) -> None:
    """Check a value against our subset.

    Goes level by level: the depth is the number of levels that hold a container.
    """
    level: list[object] = [value]
    for _ in range(depth_max + 1):
        # Most of what is read is text: only the rest is looked at one by one.
        rest = [item for item in level if type(item) not in _HARMLESS]
        level, containers = [], 0
        for item in rest:
            if type(item) is dict:
                containers += 1
                level += item.values()
            elif isinstance(item, list | tuple):
                containers += 1
                level += item
            else:
                _check_scalar(item)
        if not containers:
            return
    raise DeepNestingError(limit=depth_max)


def _has_ascii_keys(value: object) -> bool:
    if isinstance(value, dict):
        return all(
            name.isascii() and _has_ascii_keys(child) for name, child in value.items()
        )
    if isinstance(value, list | tuple):
        return all(map(_has_ascii_keys, value))
    return True


def _check_scalar(item: object) -> None:
    if isinstance(item, float):
        raise FloatError
    if isinstance(item, int):
        if abs(item) > INTEGER_MAX:
            raise IntegerRangeError
    elif not isinstance(item, str):
        raise TypeError(type(item))


def _fault(raw: bytes, *, depth_max: int) -> IntegrityError:
    """Return why orjson did not read this, or read a float in it."""
    if _depth(raw) > depth_max:
        return DeepNestingError(limit=depth_max)
    try:
        _read_strictly(raw)
    except UnicodeDecodeError:
        return NotUtf8Error()
    except json.JSONDecodeError:
        return NotJsonError()
    except IntegrityError as error:
        return error
    # All that the standard library lets pass here is an escaped lone surrogate.
    return NotUtf8Error()


def _depth(raw: bytes) -> int:
    """Return how deep brackets nest outside of strings, in one linear pass."""
    depth = deepest = 0
    for mark in b"".join(_ESCAPED.sub(b"", raw).split(b'"')[::2]):
        depth += (mark in b"[{") - (mark in b"]}")
        deepest = max(deepest, depth)
    return deepest


def _read_strictly(raw: bytes) -> object:
    return json.loads(
        raw.decode("utf-8"),
        object_pairs_hook=_unique,
        parse_float=_refuse_float,
        parse_int=_integer,
        parse_constant=_refuse_constant,
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise DuplicateKeyError(member=name[:64])
        found[name] = value
    return found


def _integer(digits: str) -> int:
    if digits == "-0":
        raise FloatError
    if len(digits.lstrip("-")) > _INTEGER_DIGITS_MAX or abs(int(digits)) > INTEGER_MAX:
        raise IntegerRangeError
    return int(digits)


def _refuse_float(digits: str) -> NoReturn:
    raise FloatError from ValueError(digits[:32])


def _refuse_constant(name: str) -> NoReturn:
    raise NotANumberError(token=name)
