"""Inclusion proofs as text that needs no bank (C2SP tlog-proof).

The index, the path, and the checkpoint that it leads to, with whoever cosigned it. The
opaque extra data may hold the entry itself; nothing vouches for it but the proof.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.integrity.errors import ProofError
from ledger.integrity.keys import PublicKey
from ledger.integrity.merkle import HASH_BYTES
from ledger.integrity.proofs import InclusionProof, verify_inclusion

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
PROOF_CHARACTERS_MAX: Final = 512 * 1024
_PATH_MAX: Final = 64
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,15})", re.ASCII)
_EXTRA: Final = "extra "


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteProof:
    """That a leaf is at ``index`` of the log whose checkpoint is ``note``.

    Only ``verify`` says whether it is. ``extra`` is not part of what is proven.
    """

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    def text(self) -> str:
        """Return the lines of the proof."""
        lines = [FIRST_LINE]
        if self.extra is not None:
            lines.append(_EXTRA + _base64(self.extra))
        lines.append(f"index {self.index}")
        lines += map(_base64, self.path)
        return "\n".join([*lines, "", self.note])

    def verify(self, leaf: bytes, *, origin: str, key: PublicKey) -> Checkpoint:
        """Check that a leaf hash is proven by a checkpoint that this key signed.

        Raises:
            CheckpointError: the note is no such checkpoint.
            ProofError: the path does not lead from the leaf to its root.
        """
        checkpoint = read_checkpoint(self.note, origin=origin, key=key)
        proof = InclusionProof(
            position=self.index, size=checkpoint.size, path=self.path
        )
        verify_inclusion(leaf, proof, root=checkpoint.root)
        return checkpoint


def read_note_proof(text: str) -> NoteProof:
    """Read the lines of a proof; the exact inverse of ``NoteProof.text``.

    Raises:
        ProofError: another form; the pointer names the part.
    """
    head, _, note = text.partition("\n\n")
    if not note or len(text) > PROOF_CHARACTERS_MAX:
        raise ProofError(pointer="/checkpoint")
    first, *lines = head.split("\n")
    if first != FIRST_LINE:
        raise ProofError(pointer="/version")
    extra = None
    if lines and lines[0].startswith(_EXTRA):
        extra = _raw(lines.pop(0).removeprefix(_EXTRA), pointer="/extra")
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None:
        raise ProofError(pointer="/index")
    path = tuple(_raw(line, pointer="/path") for line in lines)
    if len(path) > _PATH_MAX or any(len(one) != HASH_BYTES for one in path):
        raise ProofError(pointer="/path")
    return NoteProof(index=int(index[1]), path=path, note=note, extra=extra)


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


def _raw(text: str, *, pointer: str) -> bytes:
    try:
        raw = b64decode(text, validate=True)
    except ValueError as error:
        raise ProofError(pointer=pointer) from error
    # Stray bits in the last sign would be a second spelling.
    if _base64(raw) != text:
        raise ProofError(pointer=pointer)
    return raw
