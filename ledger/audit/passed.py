"""What lines that were passed have made: found by name, with no record for each.

Of a line nothing is kept but its names, each with the number of its block, and the
block's columns. More than so many lines go into a temporary file without a name: blocks
as they are, and names in order. A name is a UUID there, of 16 bytes.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from ledger.audit.blocks import (
    ACCOUNTS,
    LOTS,
    SAID,
    Block,
    name_of,
    read_block,
    write_block,
)
from ledger.audit.spilling import Ref, StreamRecord, explaining, nameless
from ledger.domain.state import Record

LINES_IN_MEMORY_MAX: Final = 60_000
"""Lines whose names are kept in memory before they are written down."""
_KINDS: Final = (LOTS, ACCOUNTS, SAID)
_ASKED_AT_ONCE: Final = 1_000
_CACHE_KIB: Final = 64 * 1024
_FILTER_BYTES: Final = 1 << 25
_FILTER_BITS: Final = 8 * _FILTER_BYTES - 1
_UUID_LETTERS: Final = 32


class PassedLines:
    """Lots, accounts and used ids of lines that were passed, and nothing else."""

    def __init__(self, in_memory_max: int = LINES_IN_MEMORY_MAX) -> None:
        """Know none; of itself it has a file only once there is something to write."""
        self._in_memory_max = in_memory_max
        self._held: dict[str, dict[str, int]] = {kind: {} for kind in _KINDS}
        self._blocks: dict[int, Block] = {}
        self._count = 0
        self._lines_held = 0
        self._totals = dict.fromkeys(_KINDS, 0)
        self._file: sqlite3.Connection | None = None
        # A bit for each name in the file, and for some others: most are in none.
        self._filter = bytearray()

    def count_among(self, kind: str, names: Sequence[str]) -> int:
        """Return how many of these names, each there once, are of this kind.

        Raises:
            NoRoomError: the file cannot be read.
        """
        held = self._held[kind].keys()
        found = 0 if held.isdisjoint(names) else len(held & names)
        if self._file is None:
            return found
        for part in _parted([one for one in names if self._may_be_filed(one)]):
            with explaining():
                asked = self._file.execute(_many_of(kind, len(part)), _keys_of(part))
                found += asked.fetchone()[0]
        return found

    def add(self, block: Block) -> None:
        """Add lines, of which none is there.

        Raises:
            NoRoomError: the file cannot be written.
        """
        number, self._count = self._count, self._count + 1
        self._blocks[number] = block
        for kind, names in ((block.kind, block.names), (SAID, block.columns.ids)):
            self._held[kind].update(dict.fromkeys(names, number))
            self._totals[kind] += len(names)
        self._lines_held += len(block.which)
        if self._lines_held > self._in_memory_max:
            self._write_down()

    def find(self, ref: Ref) -> Record | None:
        """Return the record that a line has made, None if none has.

        Raises:
            NoRoomError: the file cannot be read.
        """
        record, name = ref[0], name_of(ref)
        # A stream has the name of what has begun it.
        kinds = (LOTS, ACCOUNTS) if record is StreamRecord else (record.kind,)
        for kind in self._held.keys() & kinds:
            block = self._block_of(kind, name)
            found = None if block is None else block.find(ref)
            if found is not None:
                return found
        return None

    def count(self, kind: str) -> int:
        """Return how many of a kind there are."""
        return self._totals.get(kind, 0)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def _block_of(self, kind: str, name: str) -> Block | None:
        number = self._held[kind].get(name)
        if number is not None:
            return self._blocks[number]
        if self._file is None:
            return None
        sql = f'SELECT value FROM blocks JOIN "{kind}" USING (number) WHERE name = ?'  # noqa: S608  # own names only
        with explaining():
            row = self._file.execute(sql, (_key_of(name),)).fetchone()
        return None if row is None else read_block(row[0])

    def _may_be_filed(self, name: str) -> int:
        place = hash(name) & _FILTER_BITS
        return self._filter[place >> 3] & (1 << (place & 7))

    def _note(self, names: Iterable[str]) -> None:
        held = self._filter = self._filter or bytearray(_FILTER_BYTES)
        for name in names:
            place = hash(name) & _FILTER_BITS
            held[place >> 3] |= 1 << (place & 7)

    def _write_down(self) -> None:
        with explaining():
            file = self._file = self._file or _open()
            file.execute("BEGIN")
            blocks = (
                (number, write_block(one)) for number, one in self._blocks.items()
            )
            file.executemany("INSERT INTO blocks VALUES (?, ?)", blocks)
            for kind, held in self._held.items():
                # In the order of the file's own tree: each of its pages is met once.
                rows = sorted(zip(_keys_of(held), held.values(), strict=True))
                sql = f'INSERT INTO "{kind}" VALUES (?, ?)'  # noqa: S608  # own names only
                file.executemany(sql, rows)
                self._note(held)
                held.clear()
            file.execute("COMMIT")
        self._blocks.clear()
        self._lines_held = 0


def _open() -> sqlite3.Connection:
    file = nameless()
    file.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    file.execute("CREATE TABLE blocks (number INTEGER PRIMARY KEY, value BLOB)")
    for kind in _KINDS:
        columns = "name BLOB PRIMARY KEY, number INTEGER"
        file.execute(f'CREATE TABLE "{kind}" ({columns}) WITHOUT ROWID')
    return file


def _parted(names: Sequence[str]) -> Iterable[Sequence[str]]:
    starts = range(0, len(names), _ASKED_AT_ONCE)
    return (names[at : at + _ASKED_AT_ONCE] for at in starts)


@cache
def _many_of(kind: str, count: int) -> str:
    """Return what asks how many of so many names are there: few counts occur."""
    asked = ",".join("?" * count)
    return f'SELECT COUNT(*) FROM "{kind}" WHERE name IN ({asked})'  # noqa: S608  # own names only


def _keys_of(names: Iterable[str]) -> list[bytes]:
    return list(map(_key_of, names))


def _key_of(name: str) -> bytes:
    """Return the UUID of a name; of what has none what no line has."""
    text = name.rpartition("_")[2].replace("-", "")
    try:
        return bytes.fromhex(text) if len(text) == _UUID_LETTERS else b""
    except ValueError:
        return b""
