"""The bytes of an entry, which are the leaf data of the log's Merkle tree.

One line of canonical JSON written by the bank, a newline, then the member's bytes
verbatim: the JWS, or a batch line's statement.
"""

from dataclasses import dataclass
from typing import Annotated, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.integrity.encoding import HASH_PATTERN
from ledger.integrity.errors import EntryFormError, OversizedError
from ledger.integrity.instants import INSTANT_PATTERN

ENTRY_BYTES_MAX: Final = 65_535

_Number = Annotated[int, Field(ge=0, lt=2**53)]


class BankLine(BaseModel):
    """What the bank adds to a member's bytes. Absent members are absent, not null."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    position: _Number
    recorded_at: Annotated[str, Field(pattern=INSTANT_PATTERN)]
    batch: _Number | None = None
    index: _Number | None = None
    tags: (
        Annotated[
            tuple[Annotated[str, Field(pattern=HASH_PATTERN)], ...],
            Field(min_length=1, max_length=8),
        ]
        | None
    ) = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry taken apart."""

    line: BankLine
    member_bytes: bytes


def seal_entry(line: BankLine, member_bytes: bytes) -> bytes:
    """Return the bytes of an entry.

    Raises:
        OversizedError: more than 65,535 bytes.
    """
    fields: dict[str, object] = {
        "position": line.position,
        "recorded_at": line.recorded_at,
    }
    if line.batch is not None:
        fields["batch"] = line.batch
        fields["index"] = line.index
    if line.tags is not None:
        fields["tags"] = line.tags
    raw = b"%b\n%b" % (orjson.dumps(fields, option=orjson.OPT_SORT_KEYS), member_bytes)
    if len(raw) > ENTRY_BYTES_MAX:
        raise OversizedError(limit_bytes=ENTRY_BYTES_MAX)
    return raw


def read_entry(raw: bytes) -> Entry:
    """Take an entry apart; the exact inverse of ``seal_entry``.

    Raises:
        EntryFormError: no bank's line, or one in another spelling.
        OversizedError: more than 65,535 bytes.
    """
    head, _, member_bytes = raw.partition(b"\n")
    try:
        line = BankLine.model_validate_json(head)
    except ValidationError as error:
        raise EntryFormError from error
    if (line.batch is None) != (line.index is None):
        raise EntryFormError
    # Written again it has its newline: one that lacked it differs.
    if seal_entry(line, member_bytes) != raw:
        raise EntryFormError
    return Entry(line=line, member_bytes=member_bytes)
