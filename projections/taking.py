"""Takes apart what nearly all entries plainly are: lines of a batch, and singles.

The log was judged by whoever wrote it: what has the form of one is taken for one, and
whatever has not is read by the rules of its bytes.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from ledger.domain.statements import BY_NAME
from ledger.integrity.encoding import b64decode
from ledger.integrity.entries import ENTRY_BYTES_MAX
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, read_jws
from ledger.store.reader import StoredEntry

_INSTANT_BYTES: Final = len("2026-01-01T00:00:00.000Z")
_ENDS: Final = b'"}\n'
"""What the bank's line ends with."""
_HEADERS_KEPT: Final = 1_024


class Header(NamedTuple):
    """A batch: where its header stands, its key, and when it was recorded.

    ``line`` is what the bank says of each of its lines after its number and place.
    """

    position: int
    kid: str
    recorded_at: str = ""
    line: bytes = b""


class Signed(NamedTuple):
    """What an entry holds, taken apart: what was signed is its payload."""

    position: int
    recorded_at: str
    kid: str
    payload: bytes


def header_at(position: int, kid: str, *, recorded_at: str) -> Header:
    """Return the header of a batch, with what its lines have in common."""
    said = b',"recorded_at":"%b"}\n' % recorded_at.encode()
    return Header(position, kid, recorded_at, said)


def words_of_line(stored: StoredEntry, header: Header) -> bytes:
    """Return the statement of a line of a batch, empty if it is not plainly one."""
    position, raw = stored.position, stored.raw
    if header.position < 0:
        return b""
    index = position - header.position - 1
    line = b'{"batch":%d,"index":%d,"position":%d%b' % (
        header.position,
        index,
        position,
        header.line,
    )
    is_plain = raw.startswith(line) and len(raw) <= ENTRY_BYTES_MAX
    return raw[len(line) :] if is_plain else b""


def single(stored: StoredEntry) -> Signed | None:
    """Take apart a statement that was posted by itself; None if not plainly one."""
    position, raw = stored.position, stored.raw
    start = b'{"position":%d,"recorded_at":"' % position
    at = len(start)
    end = at + _INSTANT_BYTES
    is_plain = raw.startswith(start) and raw.startswith(_ENDS, end)
    if not is_plain or stored.topic not in BY_NAME or len(raw) > ENTRY_BYTES_MAX:
        return None
    header, _, rest = raw[end + len(_ENDS) :].partition(b".")
    kid, payload = _kid_in(header), _decoded(rest.partition(b".")[0])
    if not (kid and payload):
        return None
    return Signed(position, raw[at:end].decode("ascii"), kid, payload)


# A school signs all it says with the same few keys.
@lru_cache(maxsize=_HEADERS_KEPT)
def _kid_in(header: bytes) -> str:
    """Return the key that a statement's header names, empty if it is none."""
    try:
        return read_jws(header + b"..", typ=STATEMENT_TYP).kid
    except IntegrityError:
        return ""


def _decoded(text: bytes) -> bytes:
    try:
        return b64decode(text)
    except ValueError:
        return b""
