"""The event store behind our own small port.

The eventsourcing library is seen in this package only: an ``Application`` with our
mapper and our recorder, which writes a log head, the entries it covers and the state
they changed, all or nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Final, NamedTuple

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, IntegrityError, Mapper
from eventsourcing.persistence import PersistenceError as LibraryError
from sqlalchemy import Connection, Engine, insert

from ledger.database import close_engine
from ledger.domain.state import Key, Record
from ledger.integrity.proofs import ReadNode
from ledger.integrity.tiles import whole_root
from ledger.store.asking import StoreUnavailableError, asking
from ledger.store.heads import HEAD_TOPIC, Head, head_state
from ledger.store.mapper import LedgerMapper, RecordedEvent
from ledger.store.openings import opened
from ledger.store.reader import LogReader, StoredEntry
from ledger.store.recorder import HEAD_STREAM, Also, CommitError, LedgerRecorder
from ledger.store.restores import Restored
from ledger.store.schema import log_groups, log_tiles, prepare_schema
from ledger.store.snapshot import Snapshot, open_snapshot
from ledger.store.state_lists import NewRows
from ledger.store.state_tables import StateTables, state_tables

Tile = tuple[int, int, bytes]
"""A complete hash tile: level, index, 8,192 bytes."""

# Made once: to put a statement together costs as much as to carry it out.
_NEW_GROUP: Final = insert(log_groups)
_NEW_TILES: Final = insert(log_tiles)


class VersionConflictError(Exception):
    """Another writer was faster; read the head again and decide anew."""


class AmbiguousCommitError(Exception):
    """The commit failed in a way that does not tell whether it took effect."""


class NewEntry(NamedTuple):
    """An entry to be stored. ``version`` counts its stream's events from 1."""

    position: int
    stream: str
    version: int
    topic: str
    raw: bytes


class LedgerApplication(Application[str]):
    """The library's application over one ledger."""

    name = "skillbank"

    def __init__(self, engine: Engine, tables: StateTables | None = None) -> None:
        """Record through our own recorder on this engine."""
        self._engine = engine
        self._tables = tables or state_tables()
        super().__init__(env={})

    def construct_mapper(self) -> Mapper[str]:
        """Return our mapper."""
        return LedgerMapper()

    def construct_recorder(self) -> ApplicationRecorder:
        """Return our recorder."""

        def openings(
            connection: Connection, streams: Collection[str]
        ) -> frozenset[str]:
            return opened(connection, self._tables, streams=streams)

        return LedgerRecorder(self._engine, openings)

    def record(
        self, events: Iterable[RecordedEvent], *, also: Also, first_id: int
    ) -> None:
        """Map and record events, in one transaction with what ``also`` writes.

        ``save`` would first ask of each event whether it is an aggregate, and make a
        notification of it for followers; ours read the log in batches.
        """
        stored = [self.mapper.to_stored_event(event) for event in events]
        self.recorder.insert_events(stored, also=also, first_id=first_id)


class LedgerStore:
    """Appends groups and reads what was appended. Reading is safe from any thread."""

    def __init__(
        self,
        engine: Engine,
        tables: StateTables | None = None,
        *,
        any_state: bool = False,
    ) -> None:
        """Open the store, creating its tables if there are none.

        ``any_state`` is for whoever makes the state anew: it may be of any form. An
        engine that cannot be used is closed.

        Raises:
            SchemaVersionError: the tables are of a later release.
            StateFormError: those of the state are of an earlier one.
        """
        self.engine = engine
        self._tables = tables or state_tables()
        with ExitStack() as opening:
            # Whoever closes it later closes the engine, too.
            opening.callback(close_engine, engine)
            prepare_schema(engine, self._tables.metadata, any_state=any_state)
            opening.pop_all()
        self._application = LedgerApplication(engine, self._tables)
        self.log = LogReader(engine)

    def append(
        self,
        head: Head,
        entries: Sequence[NewEntry],
        *,
        changes: Iterable[Record | NewRows],
        tiles: Iterable[Tile],
    ) -> None:
        """Write a group: its head first, then its entries, state and tiles.

        Raises:
            VersionConflictError: another writer has written this version of the head.
            AmbiguousCommitError: the outcome is unknown; read the head.
            StoreUnavailableError: the database refused; nothing was written.
        """

        def also(connection: Connection) -> None:
            self._write_group(connection, head, tiles=list(tiles))
            self._tables.put(connection, changes)

        events = [
            RecordedEvent(HEAD_STREAM, head.version, HEAD_TOPIC, head_state(head))
        ]
        events += [
            RecordedEvent(one.stream, one.version, one.topic, one.raw)
            for one in entries
        ]
        try:
            first_id = head.first_position + 1
            self._application.record(events, also=also, first_id=first_id)
        except IntegrityError as error:
            raise VersionConflictError(head.version) from error
        except CommitError as error:
            raise AmbiguousCommitError(head.version) from error
        except LibraryError as error:
            raise StoreUnavailableError(str(error)) from error

    def _write_group(
        self, connection: Connection, head: Head, *, tiles: Sequence[Tile]
    ) -> None:
        connection.execute(
            _NEW_GROUP,
            {
                "size": head.size,
                "first_position": head.first_position,
                "version": head.version,
                "recorded_at": head.recorded_at,
            },
        )
        if tiles:
            names = ("level", "tile_index", "hashes", "root")
            roots = [whole_root(hashes) for _, _, hashes in tiles]
            rows = [
                dict(zip(names, (*tile, root), strict=True))
                for tile, root in zip(tiles, roots, strict=True)
            ]
            connection.execute(_NEW_TILES, rows)

    def read_head(self) -> Head | None:
        """Return the newest head, None while the log is empty."""
        return asking(self.log.read_head)

    def read_head_version(self, version: int) -> Head | None:
        """Return the head of one group."""
        return asking(lambda: self.log.read_head_version(version))

    def awaiting_comparison(self) -> Restored | None:
        """Return the restore that must be compared before anything is signed."""
        with self.snapshot() as snapshot:
            return snapshot.awaiting_comparison()

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open one view of log and state for a whole group."""
        return open_snapshot(self.engine, self._tables)

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Return up to ``limit`` entries from position ``after + 1`` on."""
        return asking(lambda: self.log.read_entries(after=after, limit=limit))

    def load(self, kind: str, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the state records of one kind under these keys, with one query."""
        wanted = list(keys)

        def ask() -> dict[Key, Record]:
            with self.engine.connect() as connection:
                return self._tables[kind].load(connection, wanted)

        return asking(ask)

    def scan(self, kind: str, **where: str | int) -> Iterator[Record]:
        """Return the state records of one kind with these values, in key order."""
        with self.snapshot() as snapshot:
            yield from snapshot.scan(kind, **where)

    def read_at(self, positions: Collection[int]) -> list[StoredEntry]:
        """Return the entries at these positions, oldest first."""
        return asking(lambda: self.log.read_at(positions))

    def read_raw(self, position: int) -> bytes:
        """Return the bytes of the entry at a position.

        Raises:
            LookupError: the log is not that long.
        """
        return asking(lambda: self.log.read_raw(position))

    def closing(self, position: int) -> tuple[int, str]:
        """Return size and note of the checkpoint that closed an entry's group."""
        return asking(lambda: self.log.closing(position))

    def node_reader(self) -> ReadNode:
        """Return a reader of the tree's nodes."""
        return self.log.tree.node_reader()

    def rebuild_state(self, changes: Iterable[Iterable[Record]]) -> None:
        """Make the state tables anew and fill them again, in one transaction.

        An earlier release may have left them with other columns.
        """
        with self.engine.begin() as connection:
            self._tables.metadata.drop_all(connection)
            self._tables.metadata.create_all(connection)
            self._tables.fill(connection, changes)

    def close(self) -> None:
        """Close all connections."""
        self._application.close()
        close_engine(self.engine)
