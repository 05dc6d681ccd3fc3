"""Inclusion and consistency proofs (RFC 9162 §2.1.3 and §2.1.4)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ledger.integrity.errors import ProofError
from ledger.integrity.merkle import HASH_BYTES, Frontier, node_hash

ReadNode = Callable[[int, int], bytes]
"""Returns the root of the complete subtree (level, index); leaves are level 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """That a leaf is at ``position`` of the tree of ``size``: its path to the root."""

    position: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyProof:
    """That the tree of ``first`` leaves is a prefix of the tree of ``second``."""

    first: int
    second: int
    path: tuple[bytes, ...]


def verify_inclusion(leaf: bytes, proof: InclusionProof, *, root: bytes) -> None:
    """Check that the leaf hash stands at its position of the tree with this root.

    Source: RFC 9162 §2.1.3.2, whose step numbers the comments repeat.

    Raises:
        ProofError: the path is too long or short, or leads to another root.
    """
    if not 0 <= proof.position < proof.size:  # 1
        raise ProofError(pointer="/position")
    _check_lengths(proof.path)
    fn, sn, r = proof.position, proof.size - 1, leaf  # 2, 3
    for p in proof.path:  # 4
        if sn == 0:  # a
            raise ProofError(pointer="/path")
        if fn & 1 or fn == sn:  # b
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1  # c
    if sn != 0 or r != root:  # 5
        raise ProofError(pointer="/path")


def verify_consistency(
    proof: ConsistencyProof, *, first_root: bytes, second_root: bytes
) -> None:
    """Check that the second tree only appended to the first.

    Source: RFC 9162 §2.1.4.2, whose step numbers the comments repeat.

    Raises:
        ProofError: the path is too long or short, or leads to other roots.
    """
    if not 0 < proof.first <= proof.second:
        raise ProofError(pointer="/first")
    _check_lengths(proof.path)
    if proof.first == proof.second:
        if proof.path or first_root != second_root:
            raise ProofError(pointer="/path")
        return
    if not proof.path:  # 1
        raise ProofError(pointer="/path")
    fr, sr = _rise(proof, first_root)
    if (fr, sr) != (first_root, second_root):  # 7
        raise ProofError(pointer="/path")


def roots_of(
    proof: ConsistencyProof, *, first_root: bytes
) -> tuple[bytes, bytes] | None:
    """Return the two roots that a path leads to, None if it leads nowhere.

    A path to the second root that leads to another first root proves a fork: a tree has
    one root at each size. Of a power of two the first root is part of the path itself.
    """
    try:
        _check_lengths(proof.path)
        if not 0 < proof.first < proof.second or not proof.path:
            return None
        return _rise(proof, first_root)
    except ProofError:
        return None


def _check_lengths(path: Iterable[bytes]) -> None:
    # Two hashes are hashed as one string: where one ends must not be the sender's say.
    if any(len(one) != HASH_BYTES for one in path):
        raise ProofError(pointer="/path")


def _rise(proof: ConsistencyProof, first_root: bytes) -> tuple[bytes, bytes]:
    """Return the roots that a path leads to, steps 2 to 6 of RFC 9162 §2.1.4.2."""
    path = list(proof.path)
    if proof.first & (proof.first - 1) == 0:  # 2
        path.insert(0, first_root)
    fn, sn = proof.first - 1, proof.second - 1  # 3
    while fn & 1:  # 4
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]  # 5
    for c in path[1:]:  # 6
        if sn == 0:  # a
            raise ProofError(pointer="/path")
        if fn & 1 or fn == sn:  # b
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:  # c
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1  # d
    if sn != 0:
        raise ProofError(pointer="/path")
    return fr, sr


def range_hash(start: int, end: int, *, read_node: ReadNode) -> bytes:
    """Return MTH(D[start:end]) of RFC 6962 §2.1 for a subtree of some tree."""
    hashes = []
    while start < end:
        level = (end - start).bit_length() - 1
        hashes.append(read_node(level, start >> level))
        start += 1 << level
    root = hashes.pop()
    while hashes:
        root = node_hash(hashes.pop(), root)
    return root


def prove_inclusion(position: int, size: int, *, read_node: ReadNode) -> InclusionProof:
    """Build the path of RFC 6962 §2.1.1.

    Raises:
        ProofError: the position lies outside the tree.
    """
    if not 0 <= position < size:
        raise ProofError(pointer="/position")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if position < middle:
            path.append(range_hash(middle, end, read_node=read_node))
            end = middle
        else:
            path.append(range_hash(start, middle, read_node=read_node))
            start = middle
    return InclusionProof(position=position, size=size, path=tuple(reversed(path)))


def prove_consistency(
    first: int, second: int, *, read_node: ReadNode
) -> ConsistencyProof:
    """Build the path of RFC 6962 §2.1.2.

    Raises:
        ProofError: not ``0 < first <= second``.
    """
    if not 0 < first <= second:
        raise ProofError(pointer="/first")
    path: list[bytes] = []
    start, end, size, whole = 0, second, first, True
    while size != end:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if size <= middle:
            path.append(range_hash(middle, end, read_node=read_node))
            end = middle
        else:
            path.append(range_hash(start, middle, read_node=read_node))
            start, whole = middle, False
    if not whole:
        path.append(range_hash(start, end, read_node=read_node))
    return ConsistencyProof(first=first, second=second, path=tuple(reversed(path)))


class NewNodes:
    """Reads nodes of a tree from its old frontier and the leaves added since.

    That suffices for the paths of the new leaves: a complete subtree left of a new leaf
    and not above it is in the old frontier, or holds new leaves.
    """

    def __init__(self, frontier: Frontier, leaves: list[bytes]) -> None:
        """Lay the old subtrees and the new leaf hashes out by (level, index)."""
        self._nodes: dict[tuple[int, int], bytes] = {}
        start = 0
        for root in frontier.hashes:
            level = (frontier.size - start).bit_length() - 1
            self._nodes[level, start >> level] = root
            start += 1 << level
        for offset, leaf in enumerate(leaves):
            self._nodes[0, frontier.size + offset] = leaf

    def read(self, level: int, index: int) -> bytes:
        """Return one node, computing it from its children if need be."""
        found = self._nodes.get((level, index))
        if found is None:
            left = self.read(level - 1, 2 * index)
            found = node_hash(left, self.read(level - 1, 2 * index + 1))
            self._nodes[level, index] = found
        return found


def frontier_at(size: int, read_node: ReadNode) -> Frontier:
    """Return the frontier the tree had at ``size`` leaves."""
    hashes, start = [], 0
    while start < size:
        level = (size - start).bit_length() - 1
        hashes.append(read_node(level, start >> level))
        start += 1 << level
    return Frontier(size=size, hashes=tuple(hashes))
