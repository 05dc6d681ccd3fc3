"""Entry bundles (C2SP tlog-tiles): the entries under a tile, one after another.

Each is its length, two bytes big-endian, and its bytes; an entry is never longer than
65,535 bytes (``entries``).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from ledger.integrity.entries import ENTRY_BYTES_MAX
from ledger.integrity.errors import EntryFormError

_LENGTH_BYTES: Final = 2
BUNDLE_BYTES_MAX: Final = 256 * (_LENGTH_BYTES + ENTRY_BYTES_MAX)


def join_entries(entries: Iterable[bytes]) -> bytes:
    """Return the bundle of some entries."""
    return b"".join(len(one).to_bytes(_LENGTH_BYTES, "big") + one for one in entries)


def split_entries(bundle: bytes) -> Iterator[bytes]:
    """Return the entries of a bundle, in order, as far as they are whole.

    Raises:
        EntryFormError: the bundle ends within an entry.
    """
    at = 0
    while at < len(bundle):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle):
            raise EntryFormError(pointer="/entries")
        yield bundle[start:at]
