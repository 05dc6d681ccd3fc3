"""Reads the log as it is stored, unjudged: whoever reads it checks it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from orjson import dumps
from sqlalchemy import Connection, Engine, func, select, type_coerce
from sqlalchemy.types import NullType

from ledger.database import open_connection
from ledger.store.arrays import COLUMNS
from ledger.store.asking import StoreUnavailableError, asking
from ledger.store.heads import Head, StoredHead, read_head_state
from ledger.store.recorder import HEAD_STREAM
from ledger.store.schema import log_groups, stored_events
from ledger.store.tree import StoredTree

PAGE: Final = 1_000

EntryRow = tuple[int, str, int, str, bytes]
"""Number, stream, version, topic and bytes of an entry; numbers count from one."""

__all__ = ["PAGE", "LogReader", "StoreUnavailableError", "StoredEntry"]

_events = stored_events.c
_AT: Final = (
    "SELECT notification_id, originator_id, originator_version, topic, state"
    " FROM stored_events WHERE notification_id {} ORDER BY notification_id"
)
_BETWEEN: Final = (
    "SELECT notification_id, originator_id, originator_version, topic, state"
    " FROM stored_events WHERE notification_id BETWEEN {0} AND {0}"
    " ORDER BY notification_id"
)
# Put together once: whoever follows the log asks every second.
_NEWEST: Final = (
    select(_events.originator_version, _events.state)
    # Heads count down from zero: the newest is the first of all there is.
    .where(
        _events.notification_id
        == select(func.min(_events.notification_id)).scalar_subquery(),
        _events.notification_id < 0,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it is filed."""

    position: int
    stream: str
    version: int
    topic: str
    raw: bytes


class LogReader:
    """Heads, entries, groups and tiles. Safe from any thread.

    Heads and entries fail with the database's own errors, for whoever reads them to
    judge them; ``LedgerStore`` and the tree translate.
    """

    def __init__(self, engine: Engine) -> None:
        """Use the engine's connections."""
        self._engine = engine
        self.tree = StoredTree(engine)

    def read_head(self) -> Head | None:
        """Return the newest head, None while the log is empty."""
        # One question, so one moment: whoever asks for a proof waits for this, too.
        with open_connection(self._engine) as connection:
            row = connection.execute(_NEWEST).first()
        return None if row is None else read_head_state(bytes(row[1]), version=row[0])

    def read_head_version(self, version: int) -> Head | None:
        """Return the head of one group."""
        found = next(self.read_heads(after=version - 1), None)
        if found is None or found.version != version:
            return None
        return read_head_state(found.state, version=version)

    def read_heads(self, *, after: int = 0) -> Iterator[StoredHead]:
        """Return the heads after a version, in order, as they are filed."""
        before = -after
        while True:
            query = (
                select(
                    _events.originator_version,
                    _events.notification_id,
                    _events.topic,
                    type_coerce(_events.state, NullType()),
                )
                .where(
                    _events.notification_id < before,
                    _events.originator_id == HEAD_STREAM,
                )
                .order_by(_events.notification_id.desc())
                .limit(PAGE)
            )
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                yield _head(row)
            if len(rows) < PAGE:
                return
            before = rows[-1][1]

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Return up to ``limit`` entries from position ``after + 1`` on."""
        return list(map(_entry, self.read_rows(after=after, limit=limit)))

    def read_rows(self, *, after: int, limit: int) -> Sequence[EntryRow]:
        """Return the same as rows: number, stream, version, topic and bytes."""
        query = (
            select(
                _events.notification_id,
                _events.originator_id,
                _events.originator_version,
                _events.topic,
                type_coerce(_events.state, NullType()),
            )
            .where(_events.notification_id > max(after, -1) + 1)
            .order_by(_events.notification_id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return cast("Sequence[EntryRow]", connection.execute(query).all())

    def read_between(self, first: int, last: int) -> list[EntryRow]:
        """Return the rows of these numbers, both inclusive, as the driver gives them.

        Raises:
            StoreUnavailableError: the database did not answer.
        """
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection  # Any: either's own.
            is_file = connection.dialect.name == "sqlite"
            # What comes as text would have to be read as bytes anew.
            cursor = driver.cursor() if is_file else driver.cursor(binary=True)
            try:
                sql = _BETWEEN.format("?" if is_file else "%s")
                found: list[EntryRow] = cursor.execute(sql, (first, last)).fetchall()
            except connection.dialect.loaded_dbapi.Error as error:
                raise StoreUnavailableError(str(error)) from error
            finally:
                cursor.close()
        return found

    def read_at(self, positions: Collection[int]) -> list[StoredEntry]:
        """Return the entries at these positions, oldest first."""
        with self._engine.connect() as connection:
            return entries_at(connection, positions)

    def read_raw(self, position: int) -> bytes:
        """Return the bytes of the entry at a position.

        Raises:
            LookupError: the log is not that long.
        """
        found = self.read_entries(after=position - 1, limit=1)
        if not found or found[0].position != position:
            raise LookupError(position)
        return found[0].raw

    def closing(self, position: int) -> tuple[int, str]:
        """Return size and note of the checkpoint that closed an entry's group.

        Raises:
            LookupError: the log is not that long.
        """
        query = (
            select(log_groups.c.version)
            .where(log_groups.c.size > position)
            .order_by(log_groups.c.size)
            .limit(1)
        )
        with self._engine.connect() as connection:
            version = connection.execute(query).scalar()
        head = None if version is None else self.read_head_version(version)
        if head is None:
            raise LookupError(position)
        return head.size, head.note

    def head_of(self, size: int) -> Head | None:
        """Return the head that has this very size, None if no group ended there.

        Raises:
            StoreUnavailableError: the database did not answer.
        """
        query = select(log_groups.c.version).where(log_groups.c.size == size)

        def ask() -> Head | None:
            with self._engine.connect() as connection:
                version = connection.execute(query).scalar()
            return None if version is None else self.read_head_version(version)

        return asking(ask)

    def size_at(self, recorded_at: str) -> int:
        """Return how many entries were recorded up to an instant, inclusive.

        Raises:
            StoreUnavailableError: the database did not answer.
        """
        # Recorded time never goes back: the newest group is the largest, too, and the
        # index leads to it.
        query = (
            select(log_groups.c.size)
            .where(log_groups.c.recorded_at <= recorded_at)
            .order_by(log_groups.c.recorded_at.desc(), log_groups.c.size.desc())
            .limit(1)
        )

        def ask() -> int:
            with self._engine.connect() as connection:
                return connection.execute(query).scalar() or 0

        return asking(ask)


def entries_at(connection: Connection, positions: Collection[int]) -> list[StoredEntry]:
    """Return the entries at these positions, oldest first, with one query."""
    numbers = [position + 1 for position in sorted(positions)]
    sql, wanted = _AT.format("= ANY(%b::bigint[])"), COLUMNS["bigint[]"](numbers)
    if connection.dialect.name == "sqlite":
        listed = dumps(numbers).decode()
        sql = _AT.format("IN (SELECT value FROM json_each(?))")
        return [_entry(row) for row in connection.exec_driver_sql(sql, (listed,)).all()]
    return [_entry(row) for row in connection.exec_driver_sql(sql, (wanted,)).all()]


def _entry(row: Sequence[Any]) -> StoredEntry:  # Any: a row's columns.
    number, stream, version, topic, state = row
    return StoredEntry(
        position=number - 1,
        stream=stream,
        version=version,
        topic=topic,
        raw=bytes(state),
    )


def _head(row: Sequence[Any]) -> StoredHead:  # Any: a file's cells may be anything.
    version, number, topic, state = row
    return StoredHead(
        version=version if isinstance(version, int) else -1,
        number=number,
        topic=topic if isinstance(topic, str) else "",
        state=state if isinstance(state, bytes) else b"",
    )
