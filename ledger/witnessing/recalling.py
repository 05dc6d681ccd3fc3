"""Asks witnesses how far they have seen a log, and whether it is still that log.

A bank that was restored signs nothing before it knows. It shows its newest checkpoint,
which it signed long ago, and proves how that grew out of what the witness saw:

1. With its own size for the old one, an answer tells that the witness saw just that,
   or names the size that it saw (C2SP tlog-witness).
2. A size beyond the bank's own is one that the bank has lost.
3. From a smaller size the bank proves the growth. A witness that saw the same entries
   cosigns; one that refuses the proof saw others.

Whatever else it answers tells nothing, and it counts as silent.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger.integrity.checkpoints import parse_note
from ledger.integrity.cosignatures import NamedKey, read_answer
from ledger.integrity.errors import CheckpointError
from ledger.integrity.proofs import ReadNode, prove_consistency
from ledger.integrity.witnessing import write_request
from ledger.witnessing.gatherer import (
    SIZE_TYPE,
    Answer,
    Asking,
    Published,
    UnreachableError,
    size_in,
)

_COSIGNED: Final = 200
_CONFLICT: Final = 409
_BAD_PROOF: Final = 422


class Standing(StrEnum):
    """How what a witness saw stands to what a bank has."""

    AGREES = "agrees"
    AHEAD = "ahead"
    DIFFERS = "differs"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What a witness said: ``size`` is how many entries it saw, as far as it tells.

    ``reason`` says why one is silent.
    """

    name: str
    standing: Standing
    size: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A witness to ask; without its key its word is taken for it."""

    name: str
    url: str
    key: NamedKey | None = None


def recall(
    asked: Asked, head: Published, *, read_node: ReadNode, asking: Asking
) -> Recalled:
    """Ask a witness what it saw of the log whose newest head this is."""
    old, path = head.size, tuple[bytes, ...]()
    for _ in range(2):
        body = write_request(old, path, note=head.note)
        try:
            answer = asking.ask(asked.url, body)
        except UnreachableError:
            return _silent(asked, "no answer")
        seen = size_in(answer)
        if seen is None:
            return _judge(asked, answer, head=head, old=old)
        if seen > head.size:  # 2
            return Recalled(name=asked.name, standing=Standing.AHEAD, size=seen)
        if seen == 0:
            return _silent(asked, "it has seen nothing of this log")
        old, path = seen, prove_consistency(seen, head.size, read_node=read_node).path
    return _silent(asked, "it names another size each time")


def _judge(asked: Asked, answer: Answer, *, head: Published, old: int) -> Recalled:
    # A conflict without a size is a fork; one whose size cannot be read tells nothing.
    is_fork = answer.status == _CONFLICT and answer.media_type != SIZE_TYPE
    if is_fork or answer.status == _BAD_PROOF:  # 3
        return Recalled(name=asked.name, standing=Standing.DIFFERS, size=old)
    if answer.status != _COSIGNED:
        return _silent(asked, f"it answers {answer.status}")
    if asked.key is not None and not _has_signed(asked.key, answer, head=head):
        return _silent(asked, "it answers no cosignature of its own")
    return Recalled(name=asked.name, standing=Standing.AGREES, size=old)


def _has_signed(key: NamedKey, answer: Answer, *, head: Published) -> bool:
    checkpoint, _ = parse_note(head.note)
    try:
        return read_answer(answer.text, checkpoint, witness=key) is not None
    except CheckpointError:
        return False


def _silent(asked: Asked, reason: str) -> Recalled:
    return Recalled(name=asked.name, standing=Standing.SILENT, reason=reason)
