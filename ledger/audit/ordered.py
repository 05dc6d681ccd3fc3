"""The whole state of a replay, in bounded memory, to be gone through kind by kind.

What lies still is written to a file with a table for each kind. A record has a number
there, given when it first came into being, so that those of a kind are read back in the
order of the log; and its name is indexed, so that they are read in that of their keys.
Only a page of what is gone through is in memory at a time.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final, cast

import orjson
from typing_extensions import override

from ledger.audit.spilling import (
    Known,
    Ref,
    SpillingState,
    Written,
    explaining,
    row_of,
)
from ledger.domain.state import Key, R, Record

IN_MEMORY_MAX: Final = 50_000
"""Records kept in memory: of a long log all are written anyhow, and few asked for."""
PAGE: Final = 500
_BY_NUMBER: Final = "number"
_BY_NAME: Final = "name"
_BEFORE: Final[Mapping[str, int | bytes]] = {_BY_NUMBER: 0, _BY_NAME: b""}
"""What comes before every number, and before every name."""


class Ordered(Known):
    """Records, and the file in which each keeps its place in the order of the log."""

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self._tables: set[str] = set()

    @override
    def make_tables(self, file: sqlite3.Connection) -> None:
        """Make none yet: of most kinds there is nothing to write."""

    @override
    def read_value(
        self, file: sqlite3.Connection, kind: str, *, name: bytes
    ) -> bytes | None:
        if kind not in self._tables:
            return None
        sql = f'SELECT value FROM "{kind}" WHERE name = ?'  # noqa: S608  # own names only
        row = file.execute(sql, (name,)).fetchone()
        return None if row is None else row[0]

    @override
    def count(self, file: sqlite3.Connection, kind: str) -> int:
        if kind not in self._tables:
            return 0
        found: int = file.execute(f'SELECT COUNT(*) FROM "{kind}"').fetchone()[0]  # noqa: S608  # own names only
        return found

    @override
    def write_down(
        self, file: sqlite3.Connection, changed: Mapping[Ref, Record | Written]
    ) -> None:
        """Write records down; those that are new are numbered in the order given."""
        file.execute("BEGIN")
        # A sort that keeps the order within a kind.
        for kind, refs in groupby(sorted(changed, key=_kind_of), key=_kind_of):
            self._make_table(file, kind)
            sql = (
                f'INSERT INTO "{kind}" (name, value) VALUES (?, ?) '  # noqa: S608  # own names only
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            )
            file.executemany(sql, (row_of(changed[ref])[1:] for ref in refs))
        file.execute("COMMIT")
        for ref in changed:
            self.note(ref)

    def _make_table(self, file: sqlite3.Connection, kind: str) -> None:
        if kind in self._tables:
            return
        columns = "number INTEGER PRIMARY KEY, name BLOB UNIQUE, value BLOB"
        file.execute(f'CREATE TABLE "{kind}" ({columns})')
        self._tables.add(kind)

    def read_all(
        self, file: sqlite3.Connection, kind: str, *, order: str
    ) -> Iterator[bytes]:
        """Yield all that was written down of a kind."""
        if kind not in self._tables:
            return
        sql = (
            f'SELECT {order}, value FROM "{kind}" WHERE {order} > ? '  # noqa: S608  # own names only
            f"ORDER BY {order} LIMIT {PAGE}"
        )
        # Page by page: whoever goes through them may look for others meanwhile.
        last = _BEFORE[order]
        while page := file.execute(sql, (last,)).fetchall():
            yield from (value for _, value in page)
            last, _ = page[-1]


class OrderedState(SpillingState):
    """The whole state; what was not put is absent."""

    __slots__ = ("_ordered",)

    def __init__(self, in_memory_max: int | None = None) -> None:
        """Start empty, and keep about so many records in memory."""
        self._ordered = Ordered()
        most = IN_MEMORY_MAX if in_memory_max is None else in_memory_max
        super().__init__(most, records=self._ordered)

    def all_of(self, record: type[R]) -> Iterator[R]:
        """Yield every record of a kind, in the order in which they came into being.

        Nothing may be put meanwhile.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        yield from self._all(record, order=_BY_NUMBER)

    def all_by_key(self, record: type[R]) -> Iterator[R]:
        """Yield every record of a kind, in the order of its key as JSON.

        Nothing may be put meanwhile.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        yield from self._all(record, order=_BY_NAME)

    def _all(self, record: type[R], *, order: str) -> Iterator[R]:
        records = self._ordered
        if records.file is None or record.shared:
            # All of them are in memory.
            held = [(ref[1], one) for ref, one in records.items() if ref[0] is record]
            if order == _BY_NAME:
                held.sort(key=_name_of)
            for _, one in held:
                found = one if one is None or isinstance(one, Record) else one.read()
                yield cast("R", found)
            return
        # Then the file knows all, and holds them in order.
        records.spill()
        with explaining():
            for value in records.read_all(records.file, record.kind, order=order):
                yield record.model_validate_json(value)


def _kind_of(ref: Ref) -> str:
    return ref[0].kind


def _name_of(held: tuple[Key, Record | Written | None]) -> bytes:
    return orjson.dumps(held[0])
