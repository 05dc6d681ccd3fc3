"""Our recorder passes the eventsourcing library's own tests, on both databases.

The library numbers whatever it is given. Ours numbers nothing without a log head, so
the tests run on a subclass that takes a lock and numbers on from the newest id;
numbering is all that it replaces. None of the tests for aggregate and application
recorders is left out. Those for tracking and process recorders, transcoders and
factories are about parts that we do not have: projections keep their own cursor, and
the mapper stores bytes.
"""

import itertools
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pytest
from eventsourcing.persistence import NotSupportedError, StoredEvent
from eventsourcing.tests import persistence
from sqlalchemy import Connection, Engine, MetaData
from typing_extensions import override

from ledger.database import close_engine, open_engine
from ledger.store.recorder import LedgerRecorder
from ledger.store.schema import prepare_schema


class LockingRecorder(LedgerRecorder):
    """Numbers events without a head, as the library's recorders do."""

    @override
    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # the library's signature
    ) -> Sequence[int] | None:
        """Write events; the library expects that nothing is written for none."""
        if not stored_events:
            return None
        return super().insert_events(stored_events, **kwargs)

    @override
    def _assign(
        self,
        connection: Connection,
        events: Sequence[StoredEvent],
        *,
        first_id: int | None,
    ) -> list[int]:
        # SQLite's BEGIN IMMEDIATE is such a lock already.
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE stored_events IN EXCLUSIVE MODE")
        first = self._max_id(connection) + 1
        return list(range(first, first + len(events)))


class SilentRecorder(LockingRecorder):
    """Tells no ids, as the library expects of an aggregate recorder."""

    @override
    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # the library's signature
    ) -> None:
        """Write events."""
        super().insert_events(stored_events, **kwargs)


class OnDatabase(ABC):
    """Gives the library's tests a fresh database, and ids that are texts."""

    recorder_class: ClassVar[type[LockingRecorder]] = LockingRecorder
    engine: Engine

    @pytest.fixture
    @abstractmethod
    def url(self) -> str:
        """Name a fresh database."""

    @pytest.fixture(autouse=True)
    def _open_database(self, url: str) -> Iterator[None]:
        before = set(threading.enumerate())
        self.engine = open_engine(url)
        self.numbers = itertools.count(1)
        prepare_schema(self.engine, MetaData())
        yield
        # A test of the library tells its readers to stop, and does not wait for them.
        for reader in set(threading.enumerate()) - before:
            reader.join()
        close_engine(self.engine)

    def create_recorder(self) -> LockingRecorder:
        """Return a recorder on the database."""
        return self.recorder_class(self.engine)

    def new_originator_id(self) -> str:
        """Return a stream's name that is not in use."""
        return f"award:{next(self.numbers)}"


class OnSqlite(OnDatabase):
    """Runs on a SQLite file."""

    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        """Name a file that does not exist yet."""
        return sqlite_url


class OnPostgresql(OnDatabase):
    """Runs on a database of the private server."""

    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        """Name an empty database."""
        return postgres_url


class TestAggregateRecorderOnSqlite(OnSqlite, persistence.AggregateRecorderTestCase):
    """Streams, on SQLite."""

    recorder_class = SilentRecorder


class TestAggregateRecorderOnPostgresql(
    OnPostgresql, persistence.AggregateRecorderTestCase
):
    """Streams, on PostgreSQL."""

    recorder_class = SilentRecorder


class TestApplicationRecorderOnSqlite(
    OnSqlite, persistence.ApplicationRecorderTestCase[LockingRecorder]
):
    """Streams and the sequence over all of them, on SQLite."""


class TestApplicationRecorderOnPostgresql(
    OnPostgresql, persistence.ApplicationRecorderTestCase[LockingRecorder]
):
    """Streams and the sequence over all of them, on PostgreSQL."""


class TestNonInterleavingOnSqlite(
    OnSqlite, persistence.NonInterleavingNotificationIDsBaseCase
):
    """Two large saves at once do not mix, on SQLite."""


class TestNonInterleavingOnPostgresql(
    OnPostgresql, persistence.NonInterleavingNotificationIDsBaseCase
):
    """Two large saves at once do not mix, on PostgreSQL."""


def test_a_subscription_is_refused(sqlite_url: str) -> None:
    """The library leaves it optional, and without one nobody waits for nothing."""
    engine = open_engine(sqlite_url)

    with pytest.raises(NotSupportedError):
        LedgerRecorder(engine).subscribe(gt=None)

    close_engine(engine)
