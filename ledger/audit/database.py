"""A bank's own database as a source, read as it lies there and changed by nothing."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, Select, exc, func, inspect, literal, select, tuple_
from sqlalchemy.engine import make_url

from ledger.audit.cosigned import cosigned_in
from ledger.audit.errors import (
    Instead,
    NotALedgerError,
    SourceUnreachableError,
    UnreadableSourceError,
)
from ledger.audit.ports import CosignedNote, EntryRow, SourceEntry, typed
from ledger.database import DatabaseUrlError, open_for_reading
from ledger.integrity.batch import BATCH_LINES_MAX
from ledger.integrity.entries import LINE_BEGINS
from ledger.store.asking import StoreUnavailableError
from ledger.store.heads import StoredHead
from ledger.store.reader import LogReader
from ledger.store.schema import (
    cosignatures,
    log_groups,
    log_tiles,
    stored_events,
)

PAGE: Final = 1_000
_OF_A_LEDGER: Final = frozenset({log_groups.name, log_tiles.name})
_LAST: Final = 2**62
_AWAY: Final = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})


@dataclass(frozen=True, slots=True)
class DatabaseRange:
    """Entries of a database by their numbers, both inclusive."""

    url: str
    first: int
    last: int

    def read(self) -> list[EntryRow]:
        """Read them, by a connection of its own.

        Raises:
            UnreadableSourceError: the database fails.
        """
        try:
            with _opened(self.url) as engine:
                rows = LogReader(engine).read_between(self.first, self.last)
                return list(map(typed, rows))
        except (exc.DBAPIError, StoreUnavailableError) as error:
            raise _failed(error, self.first - 1) from error


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    """Open a database; a process that only reads ranges keeps a server's open.

    To open one takes both as long as to read a thousand entries. A file is opened anew:
    whether somebody writes to it is seen then.
    """
    if parent_process() is not None and not url.startswith("sqlite"):
        yield _kept(url)
        return
    engine = open_for_reading(url)
    try:
        yield engine
    finally:
        engine.dispose()


@lru_cache(maxsize=1)
def _kept(url: str) -> Engine:
    return open_for_reading(url)


class DatabaseSource:
    """Entries and heads as filed. Positions that are missing end the history.

    A bank may go on meanwhile: all that is read is what was there at first.
    """

    def __init__(self, url: str) -> None:
        """Open the database for reading.

        Raises:
            NotALedgerError: it is no database, or one without a ledger's tables.
            UnreadableSourceError: it is a ledger's, and its log is gone.
            PermissionError: it is a file that may not be read.
        """
        try:
            self._engine = open_for_reading(url)
        except DatabaseUrlError as error:
            raise NotALedgerError(Instead.ADDRESS) from error
        try:
            tables = inspect(self._engine).get_table_names()
        except exc.DBAPIError as error:
            self.close()
            failed = _failed(error, 0)
            if isinstance(failed, SourceUnreachableError):
                raise failed from error
            _require_permission(url)
            raise NotALedgerError from error
        if stored_events.name not in tables:
            self.close()
            if _OF_A_LEDGER.isdisjoint(tables):
                raise NotALedgerError(Instead.DATABASE)
            raise UnreadableSourceError(0, f"it has no table {stored_events.name}")
        self._url = url
        self._tables = frozenset(tables)
        self._log = LogReader(self._engine)
        self._numbers: tuple[int, int] | None = None
        self._next = 0

    def entries(self) -> Iterator[SourceEntry]:
        """Return all entries in order of their numbers.

        Raises:
            UnreadableSourceError: the database fails on the way.
        """
        self._next = 0
        _, greatest = self._bounds()
        while True:
            try:
                page = self._log.read_rows(after=self._next - 1, limit=PAGE)
            except exc.DBAPIError as error:
                raise _failed(error, self._next) from error
            for row in page:
                if row[0] > greatest:
                    return
                yield SourceEntry.of(typed(row))
                self._next = row[0]
            if len(page) < PAGE:
                return

    def ranges(self, counts: Iterator[int]) -> Iterator["DatabaseRange"]:
        """Return all entries as ranges of about so many each.

        A range ends before an entry that is no line of a batch, if one comes soon.

        Raises:
            UnreadableSourceError: the database fails on the way.
        """
        first, (_, greatest) = 1, self._bounds()
        while first <= greatest:
            first = self._from(first)
            self._next = first - 1
            last = min(self._end(first + next(counts)), greatest)
            yield DatabaseRange(self._url, first, last)
            first = last + 1

    def _from(self, number: int) -> int:
        """Return the number of the first entry from here on: some may be missing."""
        found = stored_events.c.notification_id
        ((first,),) = self._rows(select(func.min(found)).where(found >= number))
        return number if first is None else int(first)

    def _end(self, number: int) -> int:
        """Return the number before the first entry from here on that is no line."""
        until, events = number + BATCH_LINES_MAX, stored_events.c
        begins = func.substr(events.state, 1, len(LINE_BEGINS))
        query = (
            select(events.notification_id)
            .where(events.notification_id.between(number, until))
            .where(begins != literal(LINE_BEGINS))
            .order_by(events.notification_id)
            .limit(1)
        )
        rows = self._rows(query)
        return rows[0][0] - 1 if rows else until

    def heads(self) -> Iterator[StoredHead]:
        """Return all heads in version order.

        Raises:
            UnreadableSourceError: the database fails on the way.
        """
        least, _ = self._bounds()
        try:
            for head in self._log.read_heads():
                if head.number >= least:
                    yield head
        except exc.DBAPIError as error:
            raise _failed(error, self._next) from error

    def cosigned(self) -> Iterator[CosignedNote]:
        """Return what witnesses cosigned, in order of size.

        Raises:
            UnreadableSourceError: the database fails on the way.
        """
        yield from cosigned_in(self.heads(), self._lines())

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Return the lines that are there now, by size and witness.

        Those of a bank that goes on meanwhile belong to the next audit: their entries
        may come too late for this one.
        """
        if cosignatures.name not in self._tables:
            return
        table, after = cosignatures.c, (-1, "")
        ((newest,),) = self._rows(select(func.max(table.size)))
        query = (
            select(table.size, table.witness, table.line)
            .where(table.size <= (newest or 0))
            .order_by(table.size, table.witness)
            .limit(PAGE)
        )
        while True:
            rows = self._rows(query.where(tuple_(table.size, table.witness) > after))
            yield from (_typed_line(size, line) for size, _, line in rows)
            if len(rows) < PAGE:
                return
            after = rows[-1][:2]

    def _rows(self, query: Select[Any]) -> list[tuple[Any, ...]]:  # Any: a row.
        try:
            with self._engine.connect() as connection:
                return [tuple(row) for row in connection.execute(query)]
        except exc.DBAPIError as error:
            raise _failed(error, self._next) from error

    def size(self) -> int | None:
        """Return the greatest number of an entry; None if the database fails."""
        try:
            return self._bounds()[1]
        except UnreadableSourceError:
            # Whoever reads the entries is told so.
            return None

    def _bounds(self) -> tuple[int, int]:
        """Return the least and greatest number: heads count down, entries up.

        Asked once, and both at once: an entry of later has its checkpoint later.
        """
        if self._numbers is None:
            number = stored_events.c.notification_id
            ((least, greatest),) = self._rows(
                select(
                    func.coalesce(func.min(number), 0),
                    func.coalesce(func.max(number), 0),
                )
            )
            self._numbers = least, greatest
        return self._numbers

    def checkpoint(self) -> str | None:
        """Return nothing: the heads say it all."""
        return None

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()


def _require_permission(url: str) -> None:
    """Look whether a file may be read: its driver says of that what it says of none.

    Raises:
        PermissionError: it may not.
    """
    parsed = make_url(url)
    file = parsed.database if parsed.get_backend_name() == "sqlite" else None
    with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        Path(file or "").open("rb").close()


def _failed(error: Exception, position: int) -> Exception:
    """Return what a database's error means: it does not answer, or has been damaged."""
    cause = error.__cause__ if isinstance(error, StoreUnavailableError) else error
    own = cause.orig if isinstance(cause, exc.DBAPIError) else cause
    said = str(own).strip()
    code = getattr(own, "sqlite_errorname", None)
    kinds = {kind.__name__ for kind in type(own).__mro__}
    # A server says so of itself; a file's driver says the same of damaged files.
    is_away = "OperationalError" in kinds if code is None else code in _AWAY
    if is_away:
        return SourceUnreachableError(said)
    return UnreadableSourceError(position, said)


def _typed_line(size: object, line: object) -> tuple[int, str]:
    """Return a cosignature of a file in which each cell may have been given any type.

    What is none becomes one that no witness made, of a size that no log has.
    """
    return (
        size if isinstance(size, int) else _LAST,
        line if isinstance(line, str) else "",
    )
