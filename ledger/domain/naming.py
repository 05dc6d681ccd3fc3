"""Ids that follow from a name: whoever knows the name knows the id."""

import hashlib
from collections.abc import Iterable
from typing import Final
from uuid import UUID

_BYTES: Final = 16
_VERSION_AT: Final = 6
_VARIANT_AT: Final = 8
_VERSION: Final = bytes(0x50 | one & 0x0F for one in range(256))
_VARIANT_DIGITS: Final = "89ab" * 4
_VARIANT: Final = bytes(0x80 | one & 0x3F for one in range(256))


def named_uuid(namespace: UUID, name: str) -> str:
    """Return ``uuid.uuid5``'s text, in half the time (RFC 9562 §5.5)."""
    said = namespace.bytes + name.encode()
    found = hashlib.sha1(said, usedforsecurity=False).hexdigest()
    variant = _VARIANT_DIGITS[int(found[16], 16)]
    return (
        f"{found[:8]}-{found[8:12]}-5{found[13:16]}"
        f"-{variant}{found[17:20]}-{found[20:32]}"
    )


def named_uuids(namespace: UUID, names: Iterable[str]) -> bytes:
    """Return the same of many names, in order, as 16 bytes each."""
    space = namespace.bytes
    made = bytearray().join(
        [
            hashlib.sha1(space + name.encode(), usedforsecurity=False).digest()[:_BYTES]
            for name in names
        ]
    )
    for at, table in ((_VERSION_AT, _VERSION), (_VARIANT_AT, _VARIANT)):
        made[at::_BYTES] = made[at::_BYTES].translate(table)
    return bytes(made)
