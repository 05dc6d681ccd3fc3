"""Finds the few nodes that some proofs need, while all leaves pass by once.

First every proof is built with ``note``, which only writes down what would be read.
Then ``leaf`` is told every leaf in order. Then the proofs are built with ``read``. So
memory grows with the proofs, never with the log.
"""

from ledger.integrity.merkle import HASH_BYTES, node_hash

_UNKNOWN = bytes(HASH_BYTES)


class WantedNodes:
    """Nodes by level and index; leaves are level 0."""

    def __init__(self) -> None:
        """Want nothing yet."""
        self._found: dict[tuple[int, int], bytes] = {}
        self._open: list[bytes] = []
        self._size = 0

    def note(self, level: int, index: int) -> bytes:
        """Want a node; return a hash that stands for it."""
        self._found[level, index] = _UNKNOWN
        return _UNKNOWN

    def leaf(self, leaf_hash: bytes) -> None:
        """Take the next leaf, and with it every node that it completes."""
        level, index, current = 0, self._size, leaf_hash
        self._keep(level, index, node=current)
        while index & 1:
            current = node_hash(self._open.pop(), current)
            level, index = level + 1, index >> 1
            self._keep(level, index, node=current)
        self._open.append(current)
        self._size += 1

    def read(self, level: int, index: int) -> bytes:
        """Return a wanted node, once its leaves have passed by."""
        return self._found[level, index]

    def _keep(self, level: int, index: int, *, node: bytes) -> None:
        if (level, index) in self._found:
            self._found[level, index] = node
