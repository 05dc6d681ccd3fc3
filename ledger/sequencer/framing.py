"""Entries ready to be stored, and where a submission stands among them."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from ledger.domain import rules
from ledger.integrity.entries import BankLine, seal_batch_line, seal_entry
from ledger.lists.drafts import Draft

BATCH_TOPIC: Final = "batch.v1"


class FramedEntry(NamedTuple):
    """An entry ready to be stored: its bytes, and the stream it belongs to."""

    position: int
    stream: str
    topic: str
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where an accepted submission stands: ``count`` entries from ``position``."""

    position: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """The very bytes were accepted before, at this position."""

    position: int


def framed_entry(draft: Draft, line: BankLine) -> FramedEntry:
    """Return the entry of a statement under the bank's own line."""
    return FramedEntry(
        position=line.position,
        stream=rules.stream_of(draft.statement),
        topic=draft.statement.type,
        raw=seal_entry(line, draft.member_bytes),
    )


def unsigned_entry(draft: Draft, position: int) -> FramedEntry:
    """Return the entry of what is still to be signed: its bytes are the payload."""
    statement = draft.statement
    stream = rules.stream_of(statement)
    return FramedEntry(position, stream, statement.type, draft.member_bytes)


def framed_line(
    draft: Draft, *, header: int, index: int, recorded_at: str
) -> FramedEntry:
    """Return the entry of a line of the batch whose header stands there."""
    statement = draft.statement
    raw = seal_batch_line(
        draft.member_bytes,
        header=header,
        index=index,
        recorded_at=recorded_at,
        tags=draft.tags or None,
    )
    stream = rules.stream_of(statement)
    return FramedEntry(header + 1 + index, stream, statement.type, raw)
