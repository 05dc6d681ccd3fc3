"""Ids that follow from a name: whoever knows the name knows the id."""

import hashlib
from uuid import UUID


def named_uuid(namespace: UUID, name: str) -> str:
    """Return ``uuid.uuid5``'s text, in half the time (RFC 9562 §5.5)."""
    whole = namespace.bytes + name.encode()
    found = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(found[16], 16) & 3]
    return (
        f"{found[:8]}-{found[8:12]}-5{found[13:16]}-{variant}{found[17:20]}"
        f"-{found[20:32]}"
    )
