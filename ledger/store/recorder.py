"""Our recorder for the eventsourcing library, once, for SQLite and PostgreSQL.

Raw statements on SQLAlchemy connections: one for the head, one for all events of the
group. ``docs/adr/0002`` has the figures and says why not the library's own.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Subscription,
)
from sqlalchemy import Connection, Engine, exc
from typing_extensions import override

from ledger.database import IMMEDIATE, KEEPS_PAGES
from ledger.store.arrays import Binaries, Integers, Texts, Values
from ledger.store.gaps import Openings, VersionGapError, check_gaps

HEAD_STREAM: Final = "log-head"
_WRITING: Final = {IMMEDIATE: True, KEEPS_PAGES: True}

_COLUMNS: Final = "originator_id, originator_version, topic, state, notification_id"
_ROW: Final[tuple[type[Values], ...]] = (Texts, Integers, Texts, Binaries, Integers)

_ENDS: Final = (
    "SELECT (SELECT MIN(notification_id) FROM stored_events),"
    " (SELECT MAX(notification_id) FROM stored_events)"
)

Also = Callable[[Connection], None]
"""What else is written in the transaction, after the events."""


class CommitError(OperationalError):
    """COMMIT failed: whether it took effect is unknown."""


class LedgerRecorder(ApplicationRecorder):
    """Writes one log head and the events it covers, in one transaction."""

    def __init__(self, engine: Engine, openings: Openings | None = None) -> None:
        """Use the engine's connections.

        Without ``openings`` no stream is taken to have been opened before.
        """
        self._engine = engine
        self._openings = openings
        self._sqlite = engine.dialect.name == "sqlite"

    @override
    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # the library's signature
    ) -> Sequence[int] | None:
        """Write the head's event, the entries' events, and what ``also`` writes.

        The first event must be the head's: it collides first when two writers meet.

        Raises:
            ProgrammingError: there is no head.
            IntegrityError: another writer was there first, or a version is missing.
            CommitError: the outcome of the commit is unknown.
            OperationalError: anything else that kept the database from writing.
        """
        also: Also | None = kwargs.get("also")
        connection = self._connect()
        try:
            ids = self._write(
                connection, stored_events, first_id=kwargs.get("first_id")
            )
            if also is not None:
                also(connection)
        except exc.IntegrityError as error:
            raise IntegrityError(str(error.orig)) from error
        except exc.DBAPIError as error:
            raise OperationalError(str(error.orig)) from error
        else:
            self._commit(connection)
            return ids
        finally:
            connection.close()

    def _connect(self) -> Connection:
        try:
            connection = self._engine.connect()
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise OperationalError(str(error)) from error
        try:
            connection.execution_options(**_WRITING).begin()
        except exc.DBAPIError as error:
            connection.close()
            raise OperationalError(str(error)) from error
        return connection

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except exc.DBAPIError as error:
            # SQLite keeps the transaction open, and with it the lock: such a connection
            # must not go back to the pool. Closing it rolls back.
            connection.invalidate(error)
            raise CommitError(str(error.orig)) from error

    def _write(
        self,
        connection: Connection,
        events: Sequence[StoredEvent],
        *,
        first_id: int | None,
    ) -> list[int]:
        ids = self._assign(connection, events, first_id=first_id)
        check_gaps(
            connection,
            [one for one in events if one.originator_id != HEAD_STREAM],
            openings=self._openings,
        )
        rows = [
            (one.originator_id, one.originator_version, one.topic, one.state, number)
            for one, number in zip(events, ids, strict=True)
        ]
        self._insert(connection, rows[:1])
        if rows[1:]:
            self._insert(connection, rows[1:])
        return ids

    def _assign(
        self,
        connection: Connection,
        events: Sequence[StoredEvent],
        *,
        first_id: int | None,
    ) -> list[int]:
        """Number the head below zero, and the entries on from ``first_id``.

        An id in use would violate the key; one too far on would leave a hole, which
        only we can see.
        """
        if first_id is None or not events or events[0].originator_id != HEAD_STREAM:
            msg = "nothing is recorded without a log head"
            raise ProgrammingError(msg)
        version = events[0].originator_version
        newest_head, newest = self._ends(connection)
        if version > newest_head + 1 or first_id > newest + 1:
            raise VersionGapError(HEAD_STREAM, version)
        return [-version, *range(first_id, first_id + len(events) - 1)]

    def _insert(
        self, connection: Connection, rows: Sequence[tuple[object, ...]]
    ) -> None:
        if self._sqlite:
            connection.exec_driver_sql(
                f"INSERT INTO stored_events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608  # constants
                list(rows),
            )
            return
        connection.exec_driver_sql(
            f"INSERT INTO stored_events ({_COLUMNS}) SELECT * FROM unnest("  # noqa: S608  # constants
            "%b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::bigint[])",
            tuple(
                kind(column)
                for kind, column in zip(_ROW, zip(*rows, strict=True), strict=True)
            ),
        )

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return events of one stream in version order.

        Only the library's own parts ask so, and the bank never does: since what opens a
        stream is in no index, the whole log is gone through.
        """
        conditions: list[tuple[str, object]] = [("originator_id =", str(originator_id))]
        if gt is not None:
            conditions.append(("originator_version >", gt))
        if lte is not None:
            conditions.append(("originator_version <=", lte))
        order = f"originator_version {'DESC' if desc else 'ASC'}"
        rows = self._select(conditions, order=order, limit=limit)
        return [StoredEvent(row[0], row[1], row[2], bytes(row[3])) for row in rows]

    @override
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return entries' events in order of their ids; heads are none of them."""
        conditions: list[tuple[str, object]] = [("notification_id >", 0)]
        if start is not None:
            sign = ">=" if inclusive_of_start else ">"
            conditions.append((f"notification_id {sign}", start))
        if stop is not None:
            conditions.append(("notification_id <=", stop))
        rows = self._select(
            conditions, order="notification_id", limit=limit, topics=topics
        )
        return [
            Notification(row[0], row[1], row[2], bytes(row[3]), row[4]) for row in rows
        ]

    def max_notification_id(self) -> int | None:
        """Return the newest entry's id, None while there is none."""
        with self._engine.connect() as connection:
            return self._max_id(connection) or None

    def _max_id(self, connection: Connection) -> int:
        """Return the newest entry's id, 0 while there is none."""
        return self._ends(connection)[1]

    def _ends(self, connection: Connection) -> tuple[int, int]:
        """Return the newest head's version and the newest entry's id, 0 for none."""
        # Each asked for alone: SQLite walks the table for a least and a greatest.
        least, greatest = connection.exec_driver_sql(_ENDS).one()
        return max(0, -(least or 0)), max(0, greatest or 0)

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Refuse: followers read in batches (``projections.runner``).

        Raises:
            NotSupportedError: always.
        """
        del gt, topics
        msg = "follow the log in batches"
        raise NotSupportedError(msg)

    def _select(
        self,
        conditions: Sequence[tuple[str, object]],
        *,
        order: str,
        limit: int | None,
        topics: Sequence[str] = (),
    ) -> list[Any]:  # Any: rows of the driver.
        mark = "?" if self._sqlite else "%s"
        where = " AND ".join(f"{left} {mark}" for left, _ in conditions)
        parameters = [value for _, value in conditions]
        if topics:
            where += f" AND topic IN ({', '.join(mark for _ in topics)})"
            parameters += topics
        sql = f"SELECT {_COLUMNS} FROM stored_events WHERE {where} ORDER BY {order}"  # noqa: S608  # own words
        if limit is not None:
            sql += f" LIMIT {mark}"
            parameters.append(limit)
        with self._engine.connect() as connection:
            return list(connection.exec_driver_sql(sql, tuple(parameters)))
