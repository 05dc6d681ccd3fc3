"""What a witness decides, purely: cosign, or why not (C2SP tlog-witness).

The checks of a request, numbered in the code:

1. It has the form: old size, proof lines, an empty line, a checkpoint.
2. The origin is one that the witness knows.
3. A key that it trusts for that origin signed the checkpoint.
4. The old size is no larger than the checkpoint's; a tree of none has no other root.
5. The witness raised no fork of this log that a person has not answered yet.
6. The old size is that of the last checkpoint that it cosigned.
7. A tree of the same size has the same root.
8. The proof leads from the last root to the new one.

A fork is proven by two signed checkpoints that no log can both have: of one size with
two roots, or where the proof leads to the new root from another old one. Whoever can
reach a witness can send it a published checkpoint with a wrong proof: that proves
nothing against the log and must not stop the witness.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger.integrity.checkpoints import Checkpoint, parse_note, read_checkpoint
from ledger.integrity.errors import CheckpointError, IntegrityError, ProofError
from ledger.integrity.keys import PublicKey
from ledger.integrity.merkle import EMPTY_ROOT, HASH_BYTES
from ledger.integrity.proofs import ConsistencyProof, roots_of, verify_consistency

REQUEST_BYTES_MAX: Final = 128 * 1024
PROOF_LINES_MAX: Final = 63
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,15})")


class AddCheckpointError(IntegrityError):
    """Not the form of a request to a witness."""

    code = "malformed-witness-request"


class Verdict(StrEnum):
    """What a witness says to a request."""

    COSIGN = "cosign"
    MALFORMED = "malformed"
    UNKNOWN_ORIGIN = "unknown-origin"
    UNTRUSTED = "untrusted"
    STOPPED = "stopped"
    STALE = "stale"
    BAD_PROOF = "bad-proof"
    FORK = "fork"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A checkpoint for a witness, and the path from the ``old`` size to it."""

    old: int
    path: tuple[bytes, ...]
    note: str
    checkpoint: Checkpoint

    @property
    def proof(self) -> ConsistencyProof:
        """The path as the proof that it claims to be."""
        return ConsistencyProof(
            first=self.old, second=self.checkpoint.size, path=self.path
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The last checkpoint that a witness cosigned of a log, and whether it stopped."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str = ""
    stopped: bool = False


NOTHING_SEEN: Final = Seen()


def write_request(old: int, path: tuple[bytes, ...], *, note: str) -> bytes:
    """Return the body that asks a witness to cosign a checkpoint."""
    lines = "".join(f"{b64encode(one).decode('ascii')}\n" for one in path)
    return f"old {old}\n{lines}\n{note}".encode()


def read_request(raw: bytes) -> Request:
    """Read the body of a request (check 1).

    Raises:
        AddCheckpointError: another form, or too much of it.
    """
    if len(raw) > REQUEST_BYTES_MAX:
        raise AddCheckpointError(reason="too-large")
    try:
        head, _, note = raw.decode().partition("\n\n")
        checkpoint, _ = parse_note(note)
        old, *proof = head.split("\n")
        path = tuple(map(_read_hash, proof))
    except (UnicodeDecodeError, CheckpointError) as error:
        raise AddCheckpointError(pointer="/checkpoint") from error
    size = _OLD.fullmatch(old)
    if size is None or len(path) > PROOF_LINES_MAX:
        raise AddCheckpointError(pointer="/old")
    return Request(old=int(size[1]), path=path, note=note, checkpoint=checkpoint)


def _read_hash(line: str) -> bytes:
    try:
        one = b64decode(line, validate=True)
    except ValueError as error:
        raise AddCheckpointError(pointer="/proof") from error
    if len(one) != HASH_BYTES or b64encode(one).decode("ascii") != line:
        raise AddCheckpointError(pointer="/proof")
    return one


def judge(request: Request, seen: Seen, *, logs: Mapping[str, PublicKey]) -> Verdict:
    """Say what a witness that saw this much answers; checks 2 to 8."""
    checkpoint = request.checkpoint
    key = logs.get(checkpoint.origin)
    if key is None:  # 2
        return Verdict.UNKNOWN_ORIGIN
    try:
        read_checkpoint(request.note, origin=checkpoint.origin, key=key)
    except CheckpointError:  # 3
        return Verdict.UNTRUSTED
    no_tree = checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT
    if request.old > checkpoint.size or no_tree:  # 4
        return Verdict.MALFORMED
    return _judge_against(seen, request)


def _judge_against(seen: Seen, request: Request) -> Verdict:
    checkpoint = request.checkpoint
    if seen.stopped:  # 5
        return Verdict.STOPPED
    if checkpoint.size == seen.size and checkpoint.root != seen.root:  # 7
        # Whatever old size was named: the log's own signature proves the fork.
        return Verdict.FORK
    if request.old != seen.size:  # 6
        return Verdict.STALE
    return _judge_growth(request, seen)


def _judge_growth(request: Request, seen: Seen) -> Verdict:
    """Say whether the new tree only appended to the old one (check 8)."""
    if seen.size == 0:
        return Verdict.BAD_PROOF if request.path else Verdict.COSIGN
    try:
        verify_consistency(
            request.proof, first_root=seen.root, second_root=request.checkpoint.root
        )
    except ProofError:
        return Verdict.FORK if shows_fork(request, seen) else Verdict.BAD_PROOF
    return Verdict.COSIGN


def shows_fork(request: Request, seen: Seen) -> bool:
    """Tell whether the path leads to the new root, but from another old one."""
    roots = roots_of(request.proof, first_root=seen.root)
    if roots is None:
        return False
    first, second = roots
    return second == request.checkpoint.root and first != seen.root
