"""The bytes of an entry, which are the leaf data of the log's Merkle tree.

One line of canonical JSON written by the bank, a newline, then the member's bytes
verbatim: the JWS, or a batch line's statement.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from ledger.integrity.encoding import HASH_PATTERN
from ledger.integrity.errors import EntryFormError, OversizedError
from ledger.integrity.instants import INSTANT_PATTERN
from ledger.making import maker

ENTRY_BYTES_MAX: Final = 65_535
LINE_BEGINS: Final = b'{"batch":'
"""What the entry of a batch's line begins with, and no other."""

_NUMBER_MAX: Final = 2**53 - 1
_TAGS_MAX: Final = 8
_BETWEEN_TAGS: Final = '","'

_Number = Annotated[int, Field(ge=0, le=_NUMBER_MAX)]

# The one spelling of a bank's line, so that what it reads need not be written again to
# be compared. Sixteen digits are enough for every number below 2**53.
_DIGITS: Final = r"(0|[1-9][0-9]{0,15})"
_FEW: Final = r"(?:0|[1-9][0-9]{0,14})"
_TAG: Final = HASH_PATTERN.strip("^$")
_FORM: Final = re.compile(
    (
        rf'\{{(?:"batch":{_DIGITS},"index":{_DIGITS},)?"position":{_DIGITS},'
        rf'"recorded_at":"({INSTANT_PATTERN.strip("^$")})"'
        rf'(?:,"tags":\["({_TAG}(?:","{_TAG}){{0,{_TAGS_MAX - 1}}})"\])?\}}\n'
    ).encode("ascii")
)
# Nearly all lines are of this form, and no number in it can be too large.
_PLAIN: Final = re.compile(
    (
        rf'\{{(?:"batch":{_FEW},"index":{_FEW},)?"position":{_FEW},'
        rf'"recorded_at":"{INSTANT_PATTERN.strip("^$")}"\}}\n'
    ).encode("ascii")
)


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
            Field(min_length=1, max_length=_TAGS_MAX),
        ]
        | None
    ) = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry taken apart."""

    line: BankLine
    member_bytes: bytes


_new_line: Final = maker(BankLine)


def line_of_batch(
    header: int, index: int, *, recorded_at: str, tags: tuple[str, ...] | None = None
) -> BankLine:
    """Return the bank's line for a line of the batch whose header stands there."""
    return _new_line(
        position=header + 1 + index,
        recorded_at=recorded_at,
        batch=header,
        index=index,
        tags=tags,
    )


def seal_entry(line: BankLine, member_bytes: bytes) -> bytes:
    """Return the bytes of an entry.

    Raises:
        OversizedError: more than 65,535 bytes.
    """
    # Numbers, an instant and base64url need no escaping: this is their JSON.
    said = f'"position":{line.position},"recorded_at":"{line.recorded_at}"'
    if line.batch is not None:
        said = f'"batch":{line.batch},"index":{line.index},{said}'
    return _sealed(said, member_bytes, tags=line.tags)


def seal_batch_line(
    member_bytes: bytes,
    *,
    header: int,
    index: int,
    recorded_at: str,
    tags: tuple[str, ...] | None,
) -> bytes:
    """Return the bytes of the entry of a line of the batch whose header stands there.

    Raises:
        OversizedError: more than 65,535 bytes.
    """
    position = header + 1 + index
    said = (
        f'"batch":{header},"index":{index},"position":{position}'
        f',"recorded_at":"{recorded_at}"'
    )
    return _sealed(said, member_bytes, tags=tags)


def starts_of_batch_lines(
    header: int, indexes: Iterable[int], *, recorded_at: str
) -> Iterator[bytes]:
    """Yield what each of these lines' entries begins with: all but the member's bytes.

    As ``seal_batch_line`` seals them, without tags.
    """
    before, after = b'{"batch":%d,"index":' % header, recorded_at.encode("ascii")
    first = header + 1
    for index in indexes:
        place = b'%d,"position":%d,"recorded_at":"' % (index, first + index)
        yield b'%b%b%b"}\n' % (before, place, after)


def seal_batch_lines(
    lines: Iterable[bytes], *, header: int, first: int, recorded_at: str
) -> Iterator[bytes]:
    """Yield the bytes of the entries of lines in a row, without tags.

    ``lines`` are the members' bytes, the first of which stands at index ``first``.

    Raises:
        OversizedError: more than 65,535 bytes.
    """
    starts = starts_of_batch_lines(header, count(first), recorded_at=recorded_at)
    for member_bytes, start in zip(lines, starts, strict=False):
        raw = start + member_bytes
        if len(raw) > ENTRY_BYTES_MAX:
            raise OversizedError(limit_bytes=ENTRY_BYTES_MAX)
        yield raw


def starts_of_singles(positions: Iterable[int], *, recorded_at: str) -> Iterator[bytes]:
    """Yield what the entry of a single at each position begins with, without tags."""
    after = recorded_at.encode("ascii")
    for position in positions:
        yield b'{"position":%d,"recorded_at":"%b"}\n' % (position, after)


def _sealed(said: str, member_bytes: bytes, *, tags: tuple[str, ...] | None) -> bytes:
    if tags is not None:
        said = f'{said},"tags":["{_BETWEEN_TAGS.join(tags)}"]'
    raw = b"{%b}\n%b" % (said.encode("ascii"), member_bytes)
    if len(raw) > ENTRY_BYTES_MAX:
        raise OversizedError(limit_bytes=ENTRY_BYTES_MAX)
    return raw


def check_entry(raw: bytes) -> None:
    """Check that bytes are those of an entry, and take nothing of them.

    Raises:
        EntryFormError: no bank's line, or one in another spelling.
        OversizedError: more than 65,535 bytes.
    """
    if _PLAIN.match(raw) is None or len(raw) > ENTRY_BYTES_MAX:
        _matched(raw)


def read_entry(raw: bytes) -> Entry:
    """Take an entry apart; the exact inverse of ``seal_entry``.

    Raises:
        EntryFormError: no bank's line, or one in another spelling.
        OversizedError: more than 65,535 bytes.
    """
    found = _matched(raw)
    batch, index, position, recorded_at, tags = found.groups()
    line = _new_line(
        position=int(position),
        recorded_at=recorded_at.decode("ascii"),
        batch=None if batch is None else int(batch),
        index=None if index is None else int(index),
        tags=None if tags is None else tuple(tags.decode("ascii").split(_BETWEEN_TAGS)),
    )
    return Entry(line=line, member_bytes=raw[found.end() :])


def _matched(raw: bytes) -> re.Match[bytes]:
    found = _FORM.match(raw)
    if found is None:
        raise EntryFormError
    if any(int(one) > _NUMBER_MAX for one in found.group(1, 2, 3) if one):
        raise EntryFormError
    if len(raw) > ENTRY_BYTES_MAX:
        raise OversizedError(limit_bytes=ENTRY_BYTES_MAX)
    return found
