"""Records in a file in which each keeps its place in the order of the log.

There is a table for each kind. A record has a number, given when it first came into
being, so that those of a kind are read back in the order of the log; and its name is
indexed, so that they are read in that of their keys. What lines of lists make is
written as their columns and numbered all the same: changed since, it has a row of its
own under its number, which counts instead.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import count, groupby
from operator import attrgetter
from typing import Final, NamedTuple, cast

import orjson
from typing_extensions import override

from ledger.audit.lines import Line, Lines, Segment
from ledger.audit.spilling import Known, Ref, Written, explaining, row_of
from ledger.audit.stretches import Stretch
from ledger.domain.state import Record

PAGE: Final = 500
BY_NUMBER: Final = "number"
BY_NAME: Final = "name"
_BEFORE: Final[Mapping[str, int | bytes]] = {BY_NUMBER: 0, BY_NAME: b""}
"""What comes before every number, and before every name."""
_COLUMNS: Final = "number INTEGER PRIMARY KEY, name BLOB UNIQUE, value BLOB"


class Row(NamedTuple):
    """A record as it is written down; its name is its key as JSON."""

    number: int
    name: bytes
    text: str | bytes


class Numbered(Known):
    """Records, numbered as they come into being, and the file of those that lie still.

    ``numbers`` are of those in memory whose kind's table does not know them.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        super().__init__()
        self.numbers: dict[Ref, int] = {}
        self.lines = Lines()
        self._next = count(1)
        self._tables: set[str] = set()
        self._brought: set[Ref] = set()
        self._changed_lines: Counter[str] = Counter()
        self._sorted: dict[str, str] = {}
        self._sorts = count()

    def number(self, ref: Ref) -> None:
        """Give a number to a record that has just come into being."""
        if not ref[0].shared:
            self.numbers[ref] = next(self._next)

    def add_lines(self, stretch: Stretch, lines: range) -> None:
        """Keep what lines of a stretch make, which is not there."""
        file = self.file or self._open()
        first = next(self._next)
        self._next = count(first + len(lines))
        with explaining():
            self.lines.add(file, stretch, lines=lines, number=first)
            self._forget_sorted(file)

    @override
    def make_tables(self, file: sqlite3.Connection) -> None:
        """Make none yet: of most kinds there is nothing to write."""

    @override
    def _bring(self, ref: object) -> bool:
        if super()._bring(ref):
            return True
        record, key = cast("Ref", ref)
        if self.file is None or not self.lines.count(record.kind):
            return False
        with explaining():
            line = self.lines.find(self.file, record.kind, key=key)
        if line is None:
            return False
        own = record, key
        self[own] = record.model_validate_json(line.text)
        self.unchanged.add(own)
        self.numbers[own] = line.number
        self._brought.add(own)
        return True

    def is_as_made(self, ref: Ref) -> bool:
        """Tell whether a line made a record that nothing has changed since."""
        if self.file is None or dict.__contains__(self, ref) or super()._bring(ref):
            return False
        record, key = ref
        with explaining():
            return self.lines.find(self.file, record.kind, key=key) is not None

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
        found = self.lines.count(kind) - self._changed_lines[kind]
        if kind in self._tables:
            (rows,) = file.execute(f'SELECT COUNT(*) FROM "{kind}"').fetchone()  # noqa: S608  # own names only
            found += rows
        return found

    @override
    def spill(self) -> None:
        super().spill()
        self.numbers.clear()
        self._brought.clear()

    @override
    def write_down(
        self, file: sqlite3.Connection, changed: Mapping[Ref, Record | Written]
    ) -> None:
        """Write records down under their numbers; those that have a row keep its."""
        file.execute("BEGIN")
        # A sort that keeps the order within a kind.
        for kind, refs in groupby(sorted(changed, key=_kind_of), key=_kind_of):
            self._make_table(file, kind)
            sql = (
                f'INSERT INTO "{kind}" (number, name, value) VALUES (?, ?, ?) '  # noqa: S608  # own names only
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            )
            rows = ((self.numbers.get(one), *row_of(changed[one])[1:]) for one in refs)
            file.executemany(sql, rows)
        file.execute("COMMIT")
        for ref in changed:
            self.note(ref)
        self._changed_lines.update(_kind_of(one) for one in self._brought & {*changed})
        if changed:
            self._forget_sorted(file)

    def _make_table(self, file: sqlite3.Connection, kind: str) -> None:
        if kind not in self._tables:
            file.execute(f'CREATE TABLE "{kind}" ({_COLUMNS})')
            self._tables.add(kind)

    def read_all(
        self, file: sqlite3.Connection, kind: str, *, order: str
    ) -> Iterator[Row]:
        """Yield all of a kind that was written down, or made by lines."""
        if order == BY_NUMBER:
            yield from self._by_number(file, kind)
        elif self.lines.count(kind):
            yield from _pages(file, self._sort(file, kind), order=BY_NUMBER)
        elif kind in self._tables:
            yield from _pages(file, kind, order=BY_NAME)

    def _by_number(self, file: sqlite3.Connection, kind: str) -> Iterator[Row]:
        has_rows = kind in self._tables
        written = _pages(file, kind, order=BY_NUMBER) if has_rows else iter(())
        made = map(_row_of, self.lines.read_all(file, kind))
        last = 0
        # Of one number that comes first which was written down: it is the newer.
        for row in merge(written, made, key=attrgetter("number")):
            if row.number != last:
                yield row
            last = row.number

    def read_pieces(
        self, file: sqlite3.Connection, kind: str
    ) -> Iterator[Row | Segment]:
        """Yield all of a kind in the order of their numbers, lines in a row at once."""
        has_rows = kind in self._tables
        rows = _pages(file, kind, order=BY_NUMBER) if has_rows else iter(())
        row = next(rows, None)
        for block in self.lines.blocks(file, kind):
            start, end = 0, len(block.which)
            while row is not None and row.number < block.number + end:
                at = row.number - block.number
                if at > start:
                    yield Segment(block, range(start, at))
                yield row
                # What comes before the block is nothing of it.
                start, row = max(start, at + 1), next(rows, None)
            yield Segment(block, range(start, end))
        while row is not None:
            yield row
            row = next(rows, None)

    def _sort(self, file: sqlite3.Connection, kind: str) -> str:
        """Return a table of all of a kind in which they are numbered by their names."""
        if kind not in self._sorted:
            number = next(self._sorts)
            unsorted, table = f"unsorted_{number}", f"sorted_{number}"
            file.execute("BEGIN")
            file.execute(f"CREATE TABLE {unsorted} (name BLOB, value BLOB)")
            rows = ((row.name, row.text) for row in self._by_number(file, kind))
            file.executemany(f"INSERT INTO {unsorted} VALUES (?, ?)", rows)  # noqa: S608  # own names only
            file.execute(f"CREATE TABLE {table} ({_COLUMNS.replace(' UNIQUE', '')})")
            file.execute(
                f"INSERT INTO {table} (name, value) "  # noqa: S608  # own names only
                f"SELECT name, value FROM {unsorted} ORDER BY name"
            )
            file.execute(f"DROP TABLE {unsorted}")
            file.execute("COMMIT")
            self._sorted[kind] = table
        return self._sorted[kind]

    def _forget_sorted(self, file: sqlite3.Connection) -> None:
        for table in self._sorted.values():
            file.execute(f"DROP TABLE {table}")
        self._sorted.clear()


def _pages(file: sqlite3.Connection, table: str, *, order: str) -> Iterator[Row]:
    sql = (
        f'SELECT number, name, value FROM "{table}" WHERE {order} > ? '  # noqa: S608  # own names only
        f"ORDER BY {order} LIMIT {PAGE}"
    )
    # Page by page: whoever goes through them may look for others meanwhile.
    last, by_name = _BEFORE[order], order == BY_NAME
    while page := [Row._make(row) for row in file.execute(sql, (last,))]:
        yield from page
        last = page[-1].name if by_name else page[-1].number


def _row_of(line: Line) -> Row:
    return Row(line.number, orjson.dumps(line.key), line.text)


def _kind_of(ref: Ref) -> str:
    return ref[0].kind
