"""Holds the entries of a part against the checkpoint of its header.

Every path is held against the root that the checkpoint names; whether the operator
signed it is asked last, when the part has told the operator's keys.
"""

from collections.abc import Iterable

from ledger.audit.bundles.form import Header, Line
from ledger.audit.findings import Finding
from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.integrity.encoding import b64decode
from ledger.integrity.errors import CheckpointError, ProofError
from ledger.integrity.keys import PublicKey
from ledger.integrity.merkle import EMPTY, Frontier, leaf_hash
from ledger.integrity.proofs import (
    ConsistencyProof,
    InclusionProof,
    verify_consistency,
    verify_inclusion,
)


class PartTree:
    """The checkpoint that a part names, and the run as far as it was read."""

    def __init__(self, header: Header, *, checkpoint: Checkpoint | None) -> None:
        """Stand before the first line. ``checkpoint`` is verified already."""
        self.findings: list[Finding] = []
        self.checkpoint = checkpoint
        self._header = header
        self._frontier = EMPTY
        run, first = header.run, header.scope.first
        if run is not None and first is not None:
            hashes = tuple(map(b64decode, run.frontier))
            self._frontier = Frontier(size=first, hashes=hashes)
            if len(hashes) != first.bit_count():
                self._report(first, "run-not-included")
                self._frontier = EMPTY

    def take(self, line: Line) -> None:
        """Check one entry's own path, or add it to the run."""
        leaf = leaf_hash(line.raw())
        if line.path is not None:
            self._check_path(line, leaf)
        elif self._header.run is None:
            self._report(line.position, "path-missing")
        elif line.position != self._frontier.size:
            self._report(line.position, "position-missing")
        else:
            self._frontier = self._frontier.append(leaf)

    def finish(self) -> None:
        """Check that the run is one piece of the checkpoint's tree."""
        run, scope = self._header.run, self._header.scope
        if run is None or self.checkpoint is None:
            return
        first, last = scope.first or 0, scope.last or 0
        proof = ConsistencyProof(
            first=last + 1,
            second=self.checkpoint.size,
            path=tuple(map(b64decode, run.path)),
        )
        try:
            verify_consistency(
                proof,
                first_root=self._frontier.root(),
                second_root=self.checkpoint.root,
            )
        except ProofError:
            self.findings.append(
                Finding(position=first, code="run-not-included", last=last)
            )

    def _check_path(self, line: Line, leaf: bytes) -> None:
        if self.checkpoint is None:
            return
        proof = InclusionProof(
            position=line.position,
            size=self.checkpoint.size,
            path=tuple(map(b64decode, line.path or ())),
        )
        try:
            verify_inclusion(leaf, proof, root=self.checkpoint.root)
        except ProofError:
            self._report(line.position, "not-included")

    def _report(self, position: int, code: str) -> None:
        self.findings.append(Finding(position=position, code=code))


def read_signed(
    note: str, *, origin: str, keys: Iterable[PublicKey]
) -> Checkpoint | None:
    """Return the checkpoint if one of the keys signed it."""
    for key in keys:
        try:
            return read_checkpoint(note, origin=origin, key=key)
        except CheckpointError:
            continue
    return None
