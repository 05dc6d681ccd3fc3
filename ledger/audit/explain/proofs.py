"""Inclusion proofs out of leaf hashes that were read on the way."""

from ledger.integrity.merkle import HASH_BYTES, node_hash
from ledger.integrity.proofs import InclusionProof, prove_inclusion


class Leaves:
    """Every leaf hash of a tree; 64 bytes an entry once a proof is asked for."""

    def __init__(self) -> None:
        """Start with none."""
        self._levels: list[bytearray] = [bytearray()]

    def add(self, leaf: bytes) -> None:
        """Take the next leaf."""
        self._levels[0].extend(leaf)

    def leaf(self, position: int) -> bytes:
        """Return the hash of one."""
        return self._node(0, position)

    def prove(self, position: int) -> InclusionProof:
        """Prove that a leaf is in the tree of all that were taken."""
        size = len(self._levels[0]) // HASH_BYTES
        if len(self._levels) == 1:
            self._grow()
        return prove_inclusion(position, size, read_node=self._node)

    def _grow(self) -> None:
        while len(row := self._levels[-1]) >= 2 * HASH_BYTES:
            pairs = len(row) // (2 * HASH_BYTES)
            above = bytearray()
            for at in range(0, pairs * 2 * HASH_BYTES, 2 * HASH_BYTES):
                middle, end = at + HASH_BYTES, at + 2 * HASH_BYTES
                above += node_hash(bytes(row[at:middle]), bytes(row[middle:end]))
            self._levels.append(above)

    def _node(self, level: int, index: int) -> bytes:
        at = index * HASH_BYTES
        return bytes(self._levels[level][at : at + HASH_BYTES])
