"""The tree of RFC 6962 as its text defines it: by recursion, slow and plain.

Shares no code with the ledger's own, which is compared with it.
"""

import hashlib
from collections.abc import Sequence
from functools import cache


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _split(count: int) -> int:
    """Return the largest power of two smaller than ``count``."""
    k = 1
    while 2 * k < count:
        k *= 2
    return k


class RecursiveTree:
    """MTH, PATH and PROOF of RFC 6962 §2.1 over the first leaves of a list."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """Take the leaf data."""
        self._leaves = leaves
        self._mth = cache(self._compute)

    def root(self, size: int) -> bytes:
        """Return MTH(D[0:size])."""
        return self._mth(0, size)

    def node(self, level: int, index: int) -> bytes:
        """Return the root of a complete subtree."""
        return self._mth(index << level, (index + 1) << level)

    def _compute(self, start: int, end: int) -> bytes:
        if start == end:
            return _sha256(b"")
        if end - start == 1:
            return _sha256(b"\x00" + self._leaves[start])
        middle = start + _split(end - start)
        return _sha256(b"\x01" + self._mth(start, middle) + self._mth(middle, end))

    def path(self, m: int, size: int) -> list[bytes]:
        """Return PATH(m, D[0:size]) of §2.1.1."""
        return self._path(m, 0, end=size)

    def _path(self, m: int, start: int, *, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if m < middle - start:
            return [*self._path(m, start, end=middle), self._mth(middle, end)]
        rest = self._path(m - (middle - start), middle, end=end)
        return [*rest, self._mth(start, middle)]

    def proof(self, m: int, size: int) -> list[bytes]:
        """Return PROOF(m, D[0:size]) of §2.1.2."""
        return self._subproof(m, 0, end=size, whole=True)

    def _subproof(self, m: int, start: int, *, end: int, whole: bool) -> list[bytes]:
        if m == end - start:
            return [] if whole else [self._mth(start, end)]
        middle = start + _split(end - start)
        if m <= middle - start:
            below = self._subproof(m, start, end=middle, whole=whole)
            return [*below, self._mth(middle, end)]
        below = self._subproof(m - (middle - start), middle, end=end, whole=False)
        return [*below, self._mth(start, middle)]
