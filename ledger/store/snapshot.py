"""One view of log and state for all that a group asks.

A refusal is final and never meets the head again, so it must not rest on records read
before and after another writer's commit.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, exc

from ledger.domain.state import Key, Record
from ledger.store.asking import StoreUnavailableError, asking
from ledger.store.openings import opened
from ledger.store.reader import StoredEntry, entries_at
from ledger.store.restores import Restored, awaiting_comparison
from ledger.store.schema import IN_STREAMS
from ledger.store.state_lists import count
from ledger.store.state_tables import Bounds, StateTables


class Snapshot:
    """Reads within one transaction."""

    def __init__(self, connection: Connection, tables: StateTables) -> None:
        """Read through an open transaction."""
        self._connection = connection
        self._tables = tables
        self._sqlite = connection.dialect.name == "sqlite"

    def head_version(self) -> int:
        """Return the version of the newest head, 0 while the log is empty."""
        # Heads count down from zero: the newest is the first of all there is.
        found: int | None = asking(
            lambda: self._connection.exec_driver_sql(
                "SELECT MIN(notification_id) FROM stored_events"
            ).scalar()
        )
        return max(0, -(found or 0))

    def size(self) -> int:
        """Return how many entries the log has."""
        found = asking(
            lambda: self._connection.exec_driver_sql(
                "SELECT MAX(notification_id) FROM stored_events"
            ).scalar()
        )
        return max(0, found or 0)

    def awaiting_comparison(self) -> Restored | None:
        """Return the restore that must be compared before anything is signed."""
        return asking(lambda: awaiting_comparison(self._connection))

    def scan(self, kind: str, **where: str | int) -> Iterator[Record]:
        """Return the state records of one kind with these values, in key order."""
        return asking(lambda: self._tables[kind].scan(self._connection, where))

    def scan_within(
        self, kind: str, bounds: Bounds, **where: str | int
    ) -> Iterator[Record]:
        """Return those of ``scan`` that lie within bounds, too."""
        return asking(
            lambda: self._tables[kind].scan(self._connection, where, bounds=bounds)
        )

    def columns(
        self, kind: str, names: Sequence[str], **where: str | int
    ) -> list[tuple[Any, ...]]:  # Any: a column's value, whatever its type.
        """Return some columns of the state records of one kind with these values."""
        return asking(
            lambda: self._tables[kind].columns(self._connection, names, where=where)
        )

    def load(self, kind: str, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the state records of one kind under these keys, with one query."""
        wanted = list(keys)
        return asking(lambda: self._tables[kind].load(self._connection, wanted))

    def count(
        self,
        kind: str,
        wanted: tuple[str, Iterable[str]],
        *,
        where: Mapping[str, str | bool | None],
    ) -> int:
        """Count the records of one kind as ``state_lists`` does, with one query."""
        table = self._tables[kind]
        return asking(
            lambda: count(self._connection, table, wanted=wanted, where=where)
        )

    def read_at(self, positions: Collection[int]) -> list[StoredEntry]:
        """Return the entries at these positions, oldest first."""
        return asking(lambda: entries_at(self._connection, positions))

    def stream_versions(self, streams: Iterable[str]) -> Mapping[str, int]:
        """Return the newest version of each stream that has one."""
        wanted = sorted(streams)
        if not wanted:
            return {}
        chosen = (
            "IN (SELECT value FROM json_each(?))"
            if self._sqlite
            else "= ANY(%b::text[])"
        )
        parameter = orjson.dumps(wanted).decode() if self._sqlite else wanted
        sql = (
            "SELECT originator_id, MAX(originator_version) FROM stored_events "  # noqa: S608  # constants
            f"WHERE originator_id {chosen} AND {IN_STREAMS} GROUP BY originator_id"
        )

        def ask() -> Mapping[str, int]:
            rows = self._connection.exec_driver_sql(sql, (parameter,)).all()
            found = {row[0]: row[1] for row in rows}
            rest = [one for one in wanted if one not in found]
            begun = opened(self._connection, self._tables, streams=rest)
            return {**found, **dict.fromkeys(begun, 1)}

        return asking(ask)


@contextmanager
def open_snapshot(engine: Engine, tables: StateTables) -> Iterator[Snapshot]:
    """Open a view of one moment.

    Raises:
        StoreUnavailableError: the database did not answer, now or while it was open.
    """
    options = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with engine.connect() as connection:
            yield Snapshot(connection.execution_options(**options), tables)
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise StoreUnavailableError(str(error)) from error
