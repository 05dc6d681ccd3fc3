"""A state that keeps little in memory: what lies still goes into a temporary file.

The file has no name and goes with the process, however that ends. Records of shared
kinds stay in memory: they are asked for all the time, and do not grow with history.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Final, NamedTuple, cast

import orjson
from typing_extensions import override

from ledger.domain.state import Key, Record, Slice

IN_MEMORY_MAX: Final = 25_000
"""Records that are kept in memory before they are written down."""
_FILTER_BYTES: Final = 1 << 22
_FILTER_BITS: Final = 8 * _FILTER_BYTES - 1
_CACHE_KIB: Final = 4 * 1024
TABLE: Final = (
    "CREATE TABLE records (kind TEXT, name BLOB, value BLOB, "
    "PRIMARY KEY (kind, name)) WITHOUT ROWID"
)
READ: Final = "SELECT value FROM records WHERE kind = ? AND name = ?"
WRITE: Final = "INSERT OR REPLACE INTO records VALUES (?, ?, ?)"
_COUNT: Final = "SELECT COUNT(*) FROM records WHERE kind = ?"

Ref = tuple[type[Record], Key]


class NoRoomError(Exception):
    """The temporary file cannot be written or read: most likely the disk is full."""


class StreamRecord(Record):
    """How many entries are filed in a stream: known to the auditor only."""

    kind: ClassVar[str] = "streams"
    key_fields: ClassVar[tuple[str, ...]] = ("stream",)

    stream: str
    version: int


class Written(NamedTuple):
    """A record as it is written down: read only if somebody asks for it."""

    record: type[Record]
    key: Key
    text: str

    @classmethod
    def of(cls, record: Record) -> "Written":
        """Write a record."""
        # What has its default is read as such: a third of a new lot.
        text = record.model_dump_json(exclude_defaults=True)
        return cls(type(record), record.key, text)

    @property
    def kind(self) -> str:
        """The kind of the record."""
        return self.record.kind

    @property
    def shared(self) -> bool:
        """Tell whether the record is of a shared kind."""
        return self.record.shared

    def model_dump_json(self) -> str:
        """Return the record's text, as the record itself would."""
        return self.text

    def read(self) -> Record:
        """Read the record."""
        return self.record.model_validate_json(self.text)


class Known(dict[Ref, Record | Written | None]):
    """What is in memory; asked for a record that was written down, it reads it.

    Rules lay slices over a state, and those ask for what it knows, not for the state.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self.file: sqlite3.Connection | None = None
        self.unchanged: set[Ref] = set()
        self._filter = bytearray()

    @override
    def __contains__(self, ref: object) -> bool:
        return super().__contains__(ref) or self._bring(ref)

    @override
    def get(self, ref: Ref, default: Any = None, /) -> Any:  # as dict
        if super().__contains__(ref) or self._bring(ref):
            found = self[ref]
            if not (found is None or isinstance(found, Record)):
                # It stays as changed as it was.
                found = self[ref] = found.read()
            return found
        return default

    def _bring(self, ref: object) -> bool:
        """Read a record that was written down; tell whether there is one."""
        if self.file is None or not self.may_hold(ref):
            return False
        record, key = cast("Ref", ref)
        with explaining():
            value = self.read_value(self.file, record.kind, name=orjson.dumps(key))
        if value is None:
            return False
        self[record, key] = record.model_validate_json(value)
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
        same = self.unchanged
        with explaining():
            # In the order in which they came here first.
            changed = {ref: one for ref, one in moving.items() if ref not in same}
            self.write_down(file, changed)
        for ref in moving:
            del self[ref]
        self.unchanged.difference_update(moving)

    def write_down(
        self, file: sqlite3.Connection, changed: Mapping[Ref, Record | Written]
    ) -> None:
        """Write records down, about in the order of the file's own tree."""
        # Its pages are met once; and the rows come one by one, since all at once take
        # more room than the records.
        ordered = sorted(changed, key=place_of)
        file.execute("BEGIN")
        file.executemany(WRITE, (row_of(changed[ref]) for ref in ordered))
        file.execute("COMMIT")
        for ref in ordered:
            self.note(ref)

    def read_value(
        self, file: sqlite3.Connection, kind: str, *, name: bytes
    ) -> bytes | None:
        """Return a record as it was written down, None if it was not."""
        row = file.execute(READ, (kind, name)).fetchone()
        return None if row is None else row[0]

    def count(self, file: sqlite3.Connection, kind: str) -> int:
        """Return how many records of a kind were written down."""
        found: int = file.execute(_COUNT, (kind,)).fetchone()[0]
        return found

    def make_tables(self, file: sqlite3.Connection) -> None:
        """Make a new file ready."""
        file.execute(TABLE)

    def _open(self) -> sqlite3.Connection:
        with explaining():
            self.file = nameless()
            self.make_tables(self.file)
        return self.file

    def note(self, ref: Ref) -> None:
        """Note that the file may hold a record: most that is asked for is nowhere."""
        if not self._filter:
            self._filter = bytearray(_FILTER_BYTES)
        for place in _places(ref):
            self._filter[place >> 3] |= 1 << (place & 7)

    def may_hold(self, ref: object) -> bool:
        """Tell whether the file may hold a record."""
        held = self._filter
        return bool(held) and all(
            held[place >> 3] & (1 << (place & 7)) for place in _places(ref)
        )


class SpillingState(Slice):
    """The whole state; what was not put is absent."""

    __slots__ = ("_in_memory_max", "_records")

    def __init__(
        self, in_memory_max: int = IN_MEMORY_MAX, *, records: Known | None = None
    ) -> None:
        """Start empty, or with records that were written down before.

        Of itself it has a file only once there is something to write.
        """
        super().__init__(complete=True, concluding=True)
        self._records = Known() if records is None else records
        # Whoever asks it gets records: it reads what is only written.
        self.known = cast("dict[Ref, Record | None]", self._records)
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
        self.bound()

    def put_new(self, records: Iterable[Written]) -> None:
        """Lay records on top that were not there, without reading them.

        Raises:
            NoRoomError: the file cannot be written.
        """
        for one in records:
            self._records[one.record, one.key] = one
        self.bound()

    def bound(self) -> None:
        """Write down what lies still, if there is too much in memory.

        Raises:
            NoRoomError: the file cannot be written.
        """
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
        with explaining():
            return self._records.count(self._records.file, record.kind)

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


def place_of(ref: Ref) -> tuple[str, str]:
    """Return about where a record lies in the file."""
    return ref[0].kind, str(ref[1])


def row_of(record: Record | Written) -> tuple[str, bytes, bytes]:
    """Return the row that a record is written down as."""
    value = record.model_dump_json().encode()
    return record.kind, orjson.dumps(record.key), value


def nameless() -> sqlite3.Connection:
    """Open a file without a name: SQLite makes one that nobody else can open."""
    file = sqlite3.connect("", isolation_level=None)
    file.execute("PRAGMA journal_mode = OFF")
    file.execute("PRAGMA synchronous = OFF")
    file.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return file


@contextmanager
def explaining() -> Iterator[None]:
    """Say that there is no room where the file fails.

    Raises:
        NoRoomError: it does.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise NoRoomError from error
