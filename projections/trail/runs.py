"""Entries in a row that are about the same: kept as where they begin and end.

A run goes on over the end of a page, so that the rows are the same however the log was
cut into pages: the row of a run that goes on is taken away, and a longer one written.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from projections.memory import Memory, Run
from projections.rows import insert_tuples
from projections.trail.tables import EVERYTHING, trail_runs

Row = tuple[int, int, int, int]

_GONE: Final = (
    "DELETE FROM trail_runs WHERE name_id = {0} AND type_id = {0} AND last = {0}"
)
_columns: Final = trail_runs.c


class Span(NamedTuple):
    """Entries in a row of one type, all about the same members."""

    type_id: int
    members: Sequence[int]
    first: int
    last: int

    @property
    def runs(self) -> set[Run]:
        """Return what these entries are part of."""
        kind = self.type_id
        found = {(one, kind) for one in self.members}
        return found | {(EVERYTHING, kind), (EVERYTHING, EVERYTHING)}


def write_runs(
    connection: Connection, spans: Sequence[Span], *, memory: Memory
) -> None:
    """Write the runs that a page's spans make, or make longer; they are in order."""
    if not spans:
        return
    before = spans[0].first - 1
    known = memory.runs
    if known is None:
        known = _ending(connection, spans[0], at=before)
    elif memory.runs_end != before:
        known = {}
    folding = _Folding(known, before)
    for span in spans:
        folding.add(span)
    _forget(connection, folding.longer, at=before)
    insert_tuples(connection, trail_runs, rows=sorted(folding.rows()))
    memory.runs, memory.runs_end = folding.going, folding.end


class _Folding:
    """Puts spans together; ``going`` are the runs that end at ``end``."""

    def __init__(self, going: dict[Run, int], end: int) -> None:
        """Go on from runs that are written, each with where it begins."""
        self.going = dict(going)
        self.end = end
        self.longer: set[Run] = set()
        """Runs of an earlier page that go on in this one."""
        self._written = set(going)
        self._ended: list[Row] = []

    def add(self, span: Span) -> None:
        """Add the next entries."""
        runs = span.runs
        is_next = span.first == self.end + 1
        for run in [one for one in self.going if not is_next or one not in runs]:
            self._close(run)
        if self._written:
            self.longer |= self._written
            self._written = set()
        for run in runs:
            self.going.setdefault(run, span.first)
        self.end = span.last

    def rows(self) -> Iterable[Row]:
        """Return the rows of this page: all but those that stand there already."""
        going = (run for run in self.going if run not in self._written)
        return [*self._ended, *((*run, self.end, self.going[run]) for run in going)]

    def _close(self, run: Run) -> None:
        first = self.going.pop(run)
        if run in self._written:
            self._written.discard(run)
        else:
            self._ended.append((*run, self.end, first))


def _ending(connection: Connection, span: Span, *, at: int) -> dict[Run, int]:
    """Return the runs that end at a position and that a span may make longer."""
    found: dict[Run, int] = {}
    for kind in (span.type_id, EVERYTHING):
        names = sorted(name for name, of in span.runs if of == kind)
        query = select(_columns.name_id, _columns.first).where(
            _columns.name_id.in_(names), _columns.type_id == kind, _columns.last == at
        )
        found |= {(row.name_id, kind): row.first for row in connection.execute(query)}
    return found


def _forget(connection: Connection, runs: Iterable[Run], *, at: int) -> None:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    rows = [(*run, at) for run in sorted(runs)]
    if rows:
        connection.exec_driver_sql(_GONE.format(mark), rows)
