"""The Merkle tree of RFC 6962 §2.1, grown one leaf at a time."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
_sha256: Final = hashlib.sha256
_PAIR_BYTES: Final = 2 * HASH_BYTES
_NODE: Final = hashlib.sha256(b"\x01")
"""What the hash of every node begins with, already taken in."""


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(0x00 || data): 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right): 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def row_above(row: bytes) -> bytes:
    """Return the nodes over a joined row of hashes; a last one without a pair waits."""
    above = []
    for at in range(0, len(row) - HASH_BYTES, _PAIR_BYTES):
        node = _NODE.copy()
        node.update(row[at : at + _PAIR_BYTES])
        above.append(node.digest())
    return b"".join(above)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """All that is needed to grow a tree: its ``size`` and its complete subtrees.

    ``hashes`` are their roots, largest first: one per set bit of ``size``.
    """

    size: int
    hashes: tuple[bytes, ...]

    def append(self, leaf: bytes) -> "Frontier":
        """Return the frontier with one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> "Frontier":
        """Return the frontier with more leaf hashes, in order."""
        row, before, size = list(leaves), list(self.hashes), self.size
        whole, left, level = size + len(row), list[bytes](), size
        while row:
            if level & 1:
                row.insert(0, before.pop())
            if len(row) & 1:
                left.append(row.pop())
            pairs = zip(row[::2], row[1::2], strict=True)
            # Not by node_hash: nothing here is called as often as this.
            row = [_sha256(b"\x01" + one + other).digest() for one, other in pairs]
            level >>= 1
        return Frontier(size=whole, hashes=(*before, *reversed(left)))

    def root(self) -> bytes:
        """Return the root of the tree: 32 bytes."""
        if not self.hashes:
            return EMPTY_ROOT
        root, *rest = reversed(self.hashes)
        for left in rest:
            root = node_hash(left, root)
        return root


EMPTY: Final = Frontier(size=0, hashes=())


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over raw leaf data."""
    return EMPTY.extend(map(leaf_hash, leaves)).root()
