"""Entry bundles (C2SP tlog-tiles): the entries under a tile, one after another.

Each is its length, two bytes big-endian, and its bytes; an entry is never longer than
65,535 bytes (``entries``).
"""

from collections.abc import Iterable
from typing import Final

from ledger.integrity.entries import ENTRY_BYTES_MAX

LENGTH_BYTES: Final = 2
BUNDLE_BYTES_MAX: Final = 256 * (LENGTH_BYTES + ENTRY_BYTES_MAX)


def join_entries(entries: Iterable[bytes]) -> bytes:
    """Return the bundle of some entries."""
    return b"".join(len(one).to_bytes(LENGTH_BYTES, "big") + one for one in entries)


def split_entries(bundle: bytes, *, count: int) -> tuple[list[bytes], bytes]:
    """Return the first ``count`` entries of a bundle, and what is left of it.

    There are fewer where the bundle ends before, or within an entry, which is left.
    """
    entries: list[bytes] = []
    at = 0
    while len(entries) < count:
        start = at + LENGTH_BYTES
        end = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or end > len(bundle):
            break
        entries.append(bundle[start:end])
        at = end
    return entries, bundle[at:]
