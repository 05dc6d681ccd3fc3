"""A state that keeps little in memory: what lies still goes into a temporary file.

The file has no name and goes with the process, however that ends. Records of shared
kinds stay in memory: they are asked for all the time, and do not grow with history.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final, cast

import orjson
from typing_extensions import override

from ledger.domain.state import Key, Record, Slice

IN_MEMORY_MAX: Final = 200_000
"""Records that are kept in memory before they are written down."""
_FILTER_BYTES: Final = 1 << 25
_FILTER_BITS: Final = 8 * _FILTER_BYTES - 1
_CACHE_KIB: Final = 32 * 1024
_TABLE: Final = (
    "CREATE TABLE records (kind TEXT, name BLOB, value BLOB, "
    "PRIMARY KEY (kind, name)) WITHOUT ROWID"
)
_READ: Final = "SELECT value FROM records WHERE kind = ? AND name = ?"
_WRITE: Final = "INSERT OR REPLACE INTO records VALUES (?, ?, ?)"
_COUNT: Final = "SELECT COUNT(*) FROM records WHERE kind = ?"

_Ref = tuple[type[Record], Key]


class NoRoomError(Exception):
    """The temporary file cannot be written or read: most likely the disk is full."""


class StreamRecord(Record):
    """How many entries are filed in a stream: known to the auditor only."""

    kind: ClassVar[str] = "streams"
    key_fields: ClassVar[tuple[str, ...]] = ("stream",)

    stream: str
    version: int


class _Known(dict[_Ref, Record | None]):
    """What is in memory; asked for a record that was written down, it reads it.

    Rules lay slices over a state, and those ask for what it knows, not for the state.
    """

    def __init__(self) -> None:
        super().__init__()
        self.file: sqlite3.Connection | None = None
        self.unchanged: set[_Ref] = set()
        self._filter = bytearray()

    @override
    def __contains__(self, ref: object) -> bool:
        return super().__contains__(ref) or self._bring(ref)

    @override
    def get(self, ref: _Ref, default: Any = None, /) -> Any:  # as dict
        if super().__contains__(ref) or self._bring(ref):
            return self[ref]
        return default

    def _bring(self, ref: object) -> bool:
        """Read a record that was written down; tell whether there is one."""
        if self.file is None or not self._may_hold(ref):
            return False
        record, key = cast("_Ref", ref)
        with _explaining():
            name = orjson.dumps(key)
            row = self.file.execute(_READ, (record.kind, name)).fetchone()
        if row is None:
            return False
        self[record, key] = record.model_validate_json(row[0])
        self.unchanged.add((record, key))
        return True

    def spill(self) -> None:
        """Write down all that changed, and keep shared kinds only."""
        file = self.file or self._open()
        moving = {
            ref: record
            for ref, record in self.items()
            if record is not None and not record.shared
        }
        changed = moving.keys() - self.unchanged
        with _explaining():
            # About in the order of the file's own tree, whose pages are met once; and
            # one by one, since all rows at once take more room than the records.
            ordered = sorted(changed, key=lambda ref: (ref[0].kind, str(ref[1])))
            file.execute("BEGIN")
            file.executemany(_WRITE, (_row(moving[ref]) for ref in ordered))
            file.execute("COMMIT")
        for ref in moving:
            del self[ref]
        for ref in changed:
            self._note(ref)
        self.unchanged.clear()

    def _open(self) -> sqlite3.Connection:
        with _explaining():
            # Without a name SQLite makes a file that nobody else can open.
            self.file = sqlite3.connect("", isolation_level=None)
            self.file.execute("PRAGMA journal_mode = OFF")
            self.file.execute("PRAGMA synchronous = OFF")
            self.file.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self.file.execute(_TABLE)
        self._filter = bytearray(_FILTER_BYTES)
        return self.file

    def _note(self, ref: _Ref) -> None:
        """Note that the file may hold a record: most that is asked for is nowhere."""
        for place in _places(ref):
            self._filter[place >> 3] |= 1 << (place & 7)

    def _may_hold(self, ref: object) -> bool:
        held = self._filter
        return all(held[place >> 3] & (1 << (place & 7)) for place in _places(ref))


class SpillingState(Slice):
    """The whole state; what was not put is absent."""

    __slots__ = ("_in_memory_max", "_records")

    def __init__(self, in_memory_max: int = IN_MEMORY_MAX) -> None:
        """Start empty; there is a file only once there is something to write."""
        super().__init__(complete=True, concluding=True)
        self.known = self._records = _Known()
        self._in_memory_max = in_memory_max

    @override
    def put(self, records: Iterable[Record]) -> None:
        """Lay changed records on top; write down what lies still, if it is too much.

        Raises:
            NoRoomError: the file cannot be written.
        """
        for record in records:
            ref = (type(record), record.key)
            self._records[ref] = record
            self._records.unchanged.discard(ref)
            if record.shared:
                self.conclude_anew()
        if len(self._records) > self._in_memory_max:
            self._records.spill()
            # What stays is no reason to write again at once.
            self._in_memory_max = max(self._in_memory_max, 2 * len(self._records))

    def count(self, record: type[Record]) -> int:
        """Return how many records of a kind there are.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        if self._records.file is None or record.shared:
            return sum(kind is record for kind, _ in self._records)
        self._records.spill()
        with _explaining():
            asked = self._records.file.execute(_COUNT, (record.kind,))
            found: int = asked.fetchone()[0]
        return found

    def close(self) -> None:
        """Let go of the file."""
        if self._records.file is not None:
            self._records.file.close()


def _places(ref: object) -> tuple[int, int, int]:
    mixed = hash(ref)
    return (
        mixed & _FILTER_BITS,
        (mixed >> 16) & _FILTER_BITS,
        (mixed >> 32) & _FILTER_BITS,
    )


def _row(record: Record) -> tuple[str, bytes, bytes]:
    value = record.model_dump_json().encode()
    return record.kind, orjson.dumps(record.key), value


@contextmanager
def _explaining() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise NoRoomError from error
