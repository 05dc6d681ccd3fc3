"""What an auditor keeps of earlier audits: checkpoints that later ones must contain.

An operator can rewrite a ledger and sign it anew, whole in itself. It cannot make the
new tree contain a checkpoint that somebody else has kept.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.audit.findings import Finding
from ledger.audit.progress.form import MemoryKept
from ledger.integrity.checkpoints import Checkpoint, read_body, read_checkpoint
from ledger.integrity.errors import CheckpointError
from ledger.integrity.keys import PublicKey
from ledger.integrity.merkle import Frontier

NOTES_MAX: Final = 1_000
MEMORY_BYTES_MAX: Final = 8 * 1024 * 1024

_Note = Annotated[str, Field(max_length=64 * 1024)]


class MemoryFormError(Exception):
    """The file holds no memory of an audit."""


class MemoryOfAnotherError(Exception):
    """The file remembers another ledger."""

    def __init__(self, ledger: str) -> None:
        """Name the one that it remembers."""
        super().__init__(ledger)
        self.ledger = ledger


class Memory(BaseModel):
    """The notes of one ledger that audits found nothing wrong with, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    ledger: str
    notes: Annotated[tuple[_Note, ...], Field(max_length=NOTES_MAX)] = ()

    def with_note(self, note: str) -> "Memory":
        """Return this and one more note; the oldest goes when there are too many."""
        if note in self.notes:
            return self
        notes = (*self.notes, note)[-NOTES_MAX:]
        return Memory(ledger=self.ledger, notes=notes)


def read_memory(raw: bytes, *, ledger: str) -> Memory:
    """Read what was kept of a ledger.

    Raises:
        MemoryFormError: it is something else.
        MemoryOfAnotherError: it is about another ledger.
    """
    if len(raw) > MEMORY_BYTES_MAX:
        raise MemoryFormError
    try:
        memory = Memory.model_validate_json(raw)
        for note in memory.notes:
            claimed(note)
    except (ValidationError, CheckpointError) as error:
        raise MemoryFormError from error
    if memory.ledger != ledger:
        raise MemoryOfAnotherError(memory.ledger)
    return memory


def claimed(note: str) -> Checkpoint:
    """Return what a note says, whoever signed it.

    Raises:
        CheckpointError: it is no note.
    """
    return read_body(note.partition("\n\n")[0] + "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    note: str
    checkpoint: Checkpoint


class MemoryCheck:
    """Holds the tree against each remembered checkpoint as it reaches its size."""

    def __init__(
        self,
        notes: Sequence[str],
        *,
        keys: Callable[[], Iterable[PublicKey]],
        kept: MemoryKept | None = None,
    ) -> None:
        """Stand before entry 0, or where another call with these notes has stopped."""
        all_notes = [_Kept(note=note, checkpoint=claimed(note)) for note in notes]
        self._waiting = sorted(all_notes, key=lambda one: -one.checkpoint.size)
        self._keys = keys
        self._agreed_size = 0
        if kept is not None:
            self._waiting = self._waiting[: kept.left]
            self._agreed_size = kept.agreed_size
        self.findings: list[Finding] = []

    @property
    def next_size(self) -> int | None:
        """At which size of the tree the next comparison is due."""
        return self._waiting[-1].checkpoint.size if self._waiting else None

    def compare(self, frontier: Frontier) -> None:
        """Compare all that is due at this size, with the root of the entries read."""
        while self.next_size is not None and self.next_size <= frontier.size:
            kept = self._waiting.pop()
            first, last = self._agreed_size, kept.checkpoint.size - 1
            if not self._is_signed(kept):
                self._report("remembered-signature", last, last=None)
            elif frontier.root() != kept.checkpoint.root:
                self._report("remembered-differs", min(first, last), last=last)
            else:
                self._agreed_size = frontier.size

    def kept(self) -> MemoryKept:
        """Return what to keep, to go on from here."""
        return MemoryKept(agreed_size=self._agreed_size, left=len(self._waiting))

    def finish(self, size: int) -> None:
        """Report what is remembered beyond the end of the history."""
        for kept in reversed(self._waiting):
            last = kept.checkpoint.size - 1
            self._report("remembered-larger", size, last=last)

    def _is_signed(self, kept: _Kept) -> bool:
        for key in self._keys():
            try:
                read_checkpoint(kept.note, origin=kept.checkpoint.origin, key=key)
            except CheckpointError:
                continue
            return True
        return False

    def _report(self, code: str, position: int, *, last: int | None) -> None:
        self.findings.append(Finding(position=position, code=code, last=last))
