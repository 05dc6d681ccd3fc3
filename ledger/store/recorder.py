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
    InterfaceError,
    Notification,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
    Subscription,
)
from sqlalchemy import Connection, Engine, exc
from typing_extensions import override

from ledger.database import IMMEDIATE

HEAD_STREAM: Final = "log-head"

_COLUMNS: Final = "originator_id, originator_version, topic, state, notification_id"

Also = Callable[[Connection], None]
"""What else is written in the transaction, after the events."""


class CommitError(OperationalError):
    """COMMIT failed: whether it took effect is unknown."""


class VersionGapError(IntegrityError):
    """An event would leave a hole in its stream."""


class LedgerRecorder(ApplicationRecorder):
    """Writes one log head and the events it covers, in one transaction."""

    def __init__(self, engine: Engine) -> None:
        """Use the engine's connections."""
        self._engine = engine
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
            connection = connection.execution_options(**{IMMEDIATE: True})
            connection.begin()
        except exc.InterfaceError as error:
            raise InterfaceError(str(error)) from error
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise OperationalError(str(error)) from error
        return connection

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except exc.DBAPIError as error:
            raise CommitError(str(error.orig)) from error

    def _write(
        self,
        connection: Connection,
        events: Sequence[StoredEvent],
        *,
        first_id: int | None,
    ) -> list[int]:
        ids = self._assign(connection, events, first_id=first_id)
        self._check_gaps(connection, events)
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
        """Number the head below zero, and the entries on from ``first_id``."""
        del connection
        if first_id is None or not events or events[0].originator_id != HEAD_STREAM:
            msg = "nothing is recorded without a log head"
            raise ProgrammingError(msg)
        head = -events[0].originator_version
        return [head, *range(first_id, first_id + len(events) - 1)]

    def _check_gaps(
        self, connection: Connection, events: Sequence[StoredEvent]
    ) -> None:
        next_versions: dict[UUID | str, int] = {}
        earlier: list[tuple[UUID | str, int]] = []
        for one in events:
            expected = next_versions.get(one.originator_id)
            if expected is None and one.originator_version > 1:
                earlier.append((one.originator_id, one.originator_version - 1))
            elif expected is not None and one.originator_version > expected:
                raise VersionGapError(one.originator_id, one.originator_version)
            next_versions[one.originator_id] = one.originator_version + 1
        for stream, version in earlier:
            mark = "?" if self._sqlite else "%s"
            found = connection.exec_driver_sql(
                "SELECT 1 FROM stored_events"  # noqa: S608  # the mark alone varies
                f" WHERE originator_id = {mark} AND originator_version = {mark}",
                (str(stream), version),
            ).first()
            if found is None:
                raise VersionGapError(stream, version + 1)

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
            tuple(list(column) for column in zip(*rows, strict=True)),
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
        """Return events of one stream in version order."""
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
            sql = "SELECT MAX(notification_id) FROM stored_events"
            found: int | None = connection.exec_driver_sql(
                f"{sql} WHERE notification_id > 0"
            ).scalar()
        return found

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
