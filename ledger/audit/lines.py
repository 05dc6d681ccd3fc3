"""What lines of lists make, kept as they were read: as columns, a block at a time.

A block has one row in a file, in the order of the log. A record is put together only if
somebody asks for it. Where one is by its key is noted once somebody asks for one of its
kind, for all lines so far: most logs are replayed without.
"""

import marshal
import sqlite3
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from ledger.audit.forms import Columns, Form
from ledger.audit.packed import read, written
from ledger.audit.stretches import Stretch
from ledger.domain.state import KINDS, Key, StatementRecord

BLOCK: Final = 100
"""Lines of a block: whoever asks for one record reads no more."""
_PAGE: Final = 20
_NOTED_AT_ONCE: Final = 50_000
SAID: Final = StatementRecord.kind


class Block(NamedTuple):
    """Some lines in a row: line ``n`` has the forms that ``which[n]`` counts to.

    The first is record ``number`` of those that came into being. Every line makes an
    own record, all of one kind, and says that its id is used. It is the first in a
    stream of this prefix, if there are ``prefixes``.
    """

    number: int
    iss: str
    prefixes: list[str]
    own: list[Form]
    said: list[Form]
    which: Sequence[int]
    columns: Columns

    def keys(self, kind: str) -> list[Key]:
        """Return the key of each record of a kind."""
        columns = self.columns
        if kind == SAID:
            return [(self.iss, identity) for identity in columns.ids]
        # An account has the name of its learner, and a lot one of its own.
        names = zip(columns.award_ids, columns.learner_ids, strict=True)
        return [award_id or learner_id for award_id, learner_id in names]

    def stream(self, at: int) -> str | None:
        """Return the stream that a line has begun, None where none is told."""
        if not self.prefixes:
            return None
        columns = self.columns
        name = columns.award_ids[at] or columns.learner_ids[at]
        return self.prefixes[self.which[at]] + name

    def text(self, kind: str, at: int) -> str:
        """Return the record of a kind that a line makes, as it is written down."""
        forms = self.said if kind == SAID else self.own
        return forms[self.which[at]].filled_at(self.columns, at)


class Segment(NamedTuple):
    """Lines in a row of a block, whose own records are as they have made them."""

    block: Block
    lines: range

    def form(self, at: int) -> Form:
        """Return the form of the own record of a line."""
        return self.block.own[self.block.which[at]]


class Line(NamedTuple):
    """A record that a line made: which one of those that came into being, and what."""

    number: int
    key: Key
    text: str


class Lines:
    """Lines in the order of the log, in tables of a file that others use, too."""

    def __init__(self) -> None:
        """Have none yet."""
        self._counts: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._noted: dict[tuple[str, str], int] = {}

    def count(self, kind: str) -> int:
        """Return how many records of a kind lines have made."""
        return sum(self._counts[own] for own in self._owns(kind))

    def add(
        self,
        file: sqlite3.Connection,
        stretch: Stretch,
        *,
        lines: range,
        number: int,
        is_filed: bool = False,
    ) -> None:
        """Keep lines of a stretch; what the first makes has this number.

        Where they are filed they have begun streams.
        """
        file.execute("BEGIN")
        for kind, part in _parts_of(stretch, lines):
            first = number + part.start - lines.start
            self._make_table(file, kind)
            self._counts[kind] += len(part)
            self._ends[kind] = first + len(part)
            rows = _rows_of(stretch, part, number=first, is_filed=is_filed)
            file.executemany(f'INSERT INTO "lines_{kind}" VALUES (?, ?)', rows)  # noqa: S608  # own names only
        file.execute("COMMIT")

    def find(self, file: sqlite3.Connection, kind: str, *, key: Key) -> Line | None:
        """Return the record under a key that a line has made, None if none has."""
        for own in self._owns(kind):
            if self._noted.get((kind, own)) != self._ends[own]:
                self._note(file, kind, own=own)
            sql = f'SELECT number FROM "{_places(kind, own)}" WHERE hash = ?'  # noqa: S608  # own names only
            # Whether the key is the same, too, is seen where it is.
            for (number,) in file.execute(sql, (hash(key),)).fetchall():
                found = self.locate(file, own, number=number)
                if found is not None and found[0].keys(kind)[found[1]] == key:
                    block, at = found
                    return Line(number, key, block.text(kind, at))
        return None

    def locate(
        self, file: sqlite3.Connection, kind: str, *, number: int
    ) -> tuple[Block, int] | None:
        """Return the block of the line of this number, and which one of it that is.

        None if there is no such line that makes a record of a kind.
        """
        for own in self._owns(kind):
            sql = (
                f'SELECT number, value FROM "lines_{own}" WHERE number <= ? '  # noqa: S608  # own names only
                "ORDER BY number DESC LIMIT 1"
            )
            for row in file.execute(sql, (number,)).fetchall():
                block = _read(*row)
                if number < block.number + len(block.which):
                    return block, number - block.number
        return None

    def blocks(self, file: sqlite3.Connection, kind: str) -> Iterator[Block]:
        """Yield the blocks whose lines have made records of a kind, in order."""
        owns = [self._blocks(file, own, start=0) for own in self._owns(kind)]
        yield from merge(*owns, key=attrgetter("number"))

    def read_all(self, file: sqlite3.Connection, kind: str) -> Iterator[Line]:
        """Yield the records of a kind that lines have made, in order."""
        for block in self.blocks(file, kind):
            for at, key in enumerate(block.keys(kind)):
                yield Line(block.number + at, key, block.text(kind, at))

    def _owns(self, kind: str) -> list[str]:
        """Return of which tables the lines make records of a kind."""
        if kind == SAID:
            return sorted(self._counts)
        return [kind] if kind in self._counts else []

    def _make_table(self, file: sqlite3.Connection, kind: str) -> None:
        if kind not in self._counts:
            columns = "number INTEGER PRIMARY KEY, value BLOB"
            file.execute(f'CREATE TABLE "lines_{kind}" ({columns})')
            self._counts[kind] = 0

    def _blocks(
        self, file: sqlite3.Connection, own: str, *, start: int
    ) -> Iterator[Block]:
        sql = (
            f'SELECT number, value FROM "lines_{own}" WHERE number >= ? '  # noqa: S608  # own names only
            f"ORDER BY number LIMIT {_PAGE}"
        )
        # Page by page: whoever goes through them may look for others meanwhile.
        while page := file.execute(sql, (start,)).fetchall():
            yield from (_read(*row) for row in page)
            start = page[-1][0] + 1

    def _note(self, file: sqlite3.Connection, kind: str, *, own: str) -> None:
        """Note where records of a kind are, of all lines that were kept meanwhile."""
        places = _places(kind, own)
        if (kind, own) not in self._noted:
            columns = "hash INTEGER, number INTEGER, PRIMARY KEY (hash, number)"
            file.execute(f'CREATE TABLE "{places}" ({columns}) WITHOUT ROWID')
            self._noted[kind, own] = 0
        rows: list[tuple[int, int]] = []
        for block in self._blocks(file, own, start=self._noted[kind, own]):
            keys = block.keys(kind)
            end = block.number + len(keys)
            numbers = range(block.number, end)
            rows += zip(map(hash, keys), numbers, strict=True)
            self._noted[kind, own] = end
            if len(rows) >= _NOTED_AT_ONCE:
                _insert(file, places, rows=rows)
        _insert(file, places, rows=rows)


def _parts_of(stretch: Stretch, lines: range) -> Iterator[tuple[str, range]]:
    """Yield lines in a row whose own records are of one kind, with that."""
    kinds = [pattern.own.record.kind for pattern in stretch.patterns]
    if len(set(kinds)) == 1:
        yield kinds[0], lines
        return
    for kind, ats in groupby(lines, key=lambda at: kinds[stretch.which[at]]):
        part = list(ats)
        yield kind, range(part[0], part[-1] + 1)


def _rows_of(
    stretch: Stretch, lines: range, *, number: int, is_filed: bool
) -> Iterator[tuple[int, bytes]]:
    """Yield lines of a stretch as blocks that are written down."""
    columns, which = stretch.columns, stretch.which
    prefixes = [one.prefix for one in stretch.patterns] if is_filed else []
    own = [_packed(one.own) for one in stretch.patterns]
    said = [_packed(one.said) for one in stretch.patterns]
    for first in range(lines.start, lines.stop, BLOCK):
        part = slice(first, min(first + BLOCK, lines.stop))
        values = list(map(written, columns.part(part).texts()))
        position = columns.positions[first]
        value = (stretch.iss, prefixes, own, said, bytes(which[part]), position, values)
        yield number + first - lines.start, marshal.dumps(value)


def _insert(
    file: sqlite3.Connection, places: str, *, rows: list[tuple[int, int]]
) -> None:
    """Write down in the order of the table's own tree: its pages are met once."""
    rows.sort()
    file.execute("BEGIN")
    file.executemany(f'INSERT INTO "{places}" VALUES (?, ?)', rows)  # noqa: S608  # own names only
    file.execute("COMMIT")
    rows.clear()


def _places(kind: str, own: str) -> str:
    return f"places_{kind}_{own}"


def _packed(form: Form) -> tuple[str, str, tuple[int, ...]]:
    # A named tuple is none that can be written down.
    return form.record.kind, form.text, form.gaps


def _unpacked(packed: tuple[str, str, tuple[int, ...]]) -> Form:
    kind, text, gaps = packed
    return Form(KINDS[kind], text, gaps)


def _read(number: int, value: bytes) -> Block:
    iss, prefixes, own, said, which, position, values = marshal.loads(value)  # noqa: S302  # written here
    positions = range(position, position + len(which))
    columns = Columns.of(list(map(read, values)), positions=positions)
    forms = list(map(_unpacked, own)), list(map(_unpacked, said))
    return Block(number, iss, prefixes, *forms, which, columns)
