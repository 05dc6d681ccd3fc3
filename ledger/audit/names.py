"""Names of sixteen bytes, each with a number: which there are, in little memory.

The latest are in memory. When these are many they are written down in order, as one
run; and when there are many runs of about one length, they become one. So a name is
written a few times, however many there are, and never where others already lie. A
filter tells of most names that there are none such.
"""

import sqlite3
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Final

from ledger.audit.packed import NAME_BYTES

RUNS_MAX: Final = 10
"""So many runs of one length become one."""
_FILTER_BYTES: Final = 1 << 25
_FILTER_BITS: Final = 8 * _FILTER_BYTES - 1
_INTEGERS: Final = "q"
_NUMBER_BYTES: Final = array(_INTEGERS).itemsize
_AT_ONCE: Final = 500
_WRITE: Final = """
    WITH RECURSIVE places(at) AS (
        SELECT 0 UNION ALL SELECT at + 1 FROM places WHERE at < :count - 1
    )
    INSERT INTO "{table}" SELECT
        substr(:names, at * :name_bytes + 1, :name_bytes),
        substr(:numbers, at * :number_bytes + 1, :number_bytes)
    FROM places
"""


class Filter:
    """A bit for each name that was noted, and for some others."""

    def __init__(self) -> None:
        """Note none yet."""
        self._held = bytearray()

    def note(self, names: Iterable[bytes]) -> None:
        """Note names."""
        held = self._held = self._held or bytearray(_FILTER_BYTES)
        for name in names:
            place = hash(name) & _FILTER_BITS
            held[place >> 3] |= 1 << (place & 7)

    def suspects(self, names: Iterable[bytes]) -> list[bytes]:
        """Return the names that may have been noted."""
        held = self._held
        if not held:
            return []
        return [
            name
            for name in names
            if held[(place := hash(name) & _FILTER_BITS) >> 3] >> (place & 7) & 1
        ]


class Names:
    """Names of one kind, in memory and in tables of a file that others use, too."""

    def __init__(self, kind: str, *, in_memory_max: int) -> None:
        """Know none, and keep so many in memory."""
        self._kind = kind
        self._in_memory_max = in_memory_max
        self._held: dict[bytes, int] = {}
        # Tables by how often what is in them was written again.
        self._runs: list[list[str]] = []
        self._made = count()

    def count_among(self, file: sqlite3.Connection, names: Iterable[bytes]) -> int:
        """Return how many of these names, each there once, there are."""
        return sum(self.find(file, one) is not None for one in names)

    def find(self, file: sqlite3.Connection, name: bytes) -> int | None:
        """Return the number of a name, None if there is no such name."""
        number = self._held.get(name)
        if number is not None:
            return number
        for run in self._all_runs():
            sql = f'SELECT number FROM "{run}" WHERE name = ?'  # noqa: S608  # own names only
            row = file.execute(sql, (name,)).fetchone()
            if row is not None:
                return int.from_bytes(row[0], sys.byteorder)
        return None

    def add(
        self, file: sqlite3.Connection, names: Sequence[bytes], *, first: int
    ) -> None:
        """Add names, none of which is there; the first has this number."""
        self._held.update(zip(names, count(first)))
        if len(self._held) > self._in_memory_max:
            self._write_down(file)

    def _all_runs(self) -> Iterator[str]:
        return (run for runs in self._runs for run in runs)

    def _write_down(self, file: sqlite3.Connection) -> None:
        held, table = self._held, self._make_run(file, 0)
        file.execute("BEGIN")
        file.executemany(_WRITE.format(table=table), _packed(held))
        file.execute("COMMIT")
        held.clear()
        self._join_runs(file)

    def _join_runs(self, file: sqlite3.Connection) -> None:
        for level, runs in enumerate(self._runs):
            if len(runs) >= RUNS_MAX:
                table = self._make_run(file, level + 1)
                all_ = " UNION ALL ".join(
                    f'SELECT name, number FROM "{one}"'  # noqa: S608  # own names only
                    for one in runs
                )
                file.execute("BEGIN")
                file.execute(f'INSERT INTO "{table}" {all_} ORDER BY name')
                for one in runs:
                    file.execute(f'DROP TABLE "{one}"')
                file.execute("COMMIT")
                runs.clear()

    def _make_run(self, file: sqlite3.Connection, level: int) -> str:
        table = f"names_{self._kind}_{next(self._made)}"
        columns = "name BLOB PRIMARY KEY, number BLOB"
        file.execute(f'CREATE TABLE "{table}" ({columns}) WITHOUT ROWID')
        if level == len(self._runs):
            self._runs.append([])
        self._runs[level].append(table)
        return table


def _packed(held: Mapping[bytes, int]) -> Iterator[dict[str, bytes | int]]:
    """Yield names in order with their numbers, some at once.

    The driver keeps what a statement was given last, and does so for each run.
    """
    names = sorted(held)
    for first in range(0, len(names), _AT_ONCE):
        part = names[first : first + _AT_ONCE]
        yield {
            "count": len(part),
            "names": b"".join(part),
            "name_bytes": NAME_BYTES,
            "numbers": array(_INTEGERS, map(held.__getitem__, part)).tobytes(),
            "number_bytes": _NUMBER_BYTES,
        }
