"""What a source shows of what witnesses cosigned: all of it, or what came last."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import suppress
from operator import itemgetter
from typing import NamedTuple, Protocol

from ledger.audit.memory import claimed
from ledger.audit.ports import CosignedNote, CosigningSource, LastCosignedSource
from ledger.integrity.errors import CheckpointError
from ledger.store.heads import Head, StoredHead, read_head_state


class Cosigned(NamedTuple):
    """Cosigned checkpoints by size; ``shows_all`` if there are no others before."""

    notes: Iterator[CosignedNote]
    shows_all: bool


class _Source(Protocol):
    def checkpoint(self) -> str | None: ...


def cosigned_by(source: _Source) -> Cosigned:
    """Return the checkpoints that a source shows with cosignatures, by size."""
    if isinstance(source, CosigningSource):
        return Cosigned(source.cosigned(), shows_all=True)
    if isinstance(source, LastCosignedSource):
        return Cosigned(source.cosigned_last(), shows_all=False)
    return Cosigned(noted([source.checkpoint()]), shows_all=False)


def noted(notes: Iterable[str | None]) -> Iterator[CosignedNote]:
    """Return notes with the sizes that they say."""
    for note in notes:
        # One that says no size is found to be none by whoever reads it as the log's.
        with suppress(CheckpointError):
            if note is not None:
                yield CosignedNote(size=claimed(note).size, note=note)


def cosigned_in(
    heads: Iterable[StoredHead], lines: Iterable[tuple[int, str]]
) -> Iterator[CosignedNote]:
    """Return the notes of heads with the lines for their sizes; both come in order."""
    read = _read_heads(heads)
    head: Head | None = None
    for size, those in itertools.groupby(lines, key=itemgetter(0)):
        if head is None or head.size < size:
            head = next((one for one in read if one.size >= size), None)
        note = None
        if head is not None and head.size == size:
            note = head.note + "".join(line for _, line in those)
        yield CosignedNote(size=size, note=note)


def _read_heads(heads: Iterable[StoredHead]) -> Iterator[Head]:
    for stored in heads:
        # One that cannot be read is reported where checkpoints are followed.
        with suppress(CheckpointError):
            yield read_head_state(stored.state, version=stored.version)
