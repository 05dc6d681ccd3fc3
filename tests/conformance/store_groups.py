"""Stores on a fresh database, and groups for them: right in form, about nothing."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from ledger.database import open_engine
from ledger.domain.state import CertificateRecord, Record
from ledger.integrity.entries import BankLine, seal_entry
from ledger.integrity.merkle import EMPTY, leaf_hash
from ledger.store.application import LedgerStore, NewEntry, Tile
from ledger.store.heads import Head

RECORDED_AT = "2026-09-01T08:00:00.000Z"
PATIENCE_SECONDS = 30
TOPIC = "credit.amended.v1"


class OnDatabase(ABC):
    """Opens a store, or two, on a fresh database that a subclass names."""

    @pytest.fixture
    @abstractmethod
    def url(self) -> str:
        """Name a fresh database."""

    @pytest.fixture
    def store(self, url: str) -> Iterator[LedgerStore]:
        """Open a store on it."""
        opened = LedgerStore(open_engine(url))
        yield opened
        opened.close()

    @pytest.fixture
    def other(self, store: LedgerStore, url: str) -> Iterator[LedgerStore]:
        """Open the same database as another process would."""
        del store
        opened = LedgerStore(open_engine(url))
        yield opened
        opened.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All that is stored in one transaction."""

    head: Head
    entries: tuple[NewEntry, ...]
    changes: tuple[Record, ...]
    tiles: tuple[Tile, ...]

    def append_to(self, store: LedgerStore) -> None:
        """Store it."""
        store.append(self.head, self.entries, changes=self.changes, tiles=self.tiles)


def new_entry(
    position: int, *, stream: str = "", version: int = 1, said: bytes = b"said"
) -> NewEntry:
    """Return an entry, in a stream of its own unless one is named."""
    line = BankLine(position=position, recorded_at=RECORDED_AT)
    return NewEntry(
        position=position,
        stream=stream or f"award:{position}",
        version=version,
        topic=TOPIC,
        raw=seal_entry(line, said),
    )


def head_after(before: Head | None, entries: Iterable[NewEntry]) -> Head:
    """Return the head that covers these entries too."""
    frontier = EMPTY if before is None else before.frontier
    grown = frontier.extend(leaf_hash(one.raw) for one in entries)
    return Head(
        version=1 if before is None else before.version + 1,
        size=grown.size,
        root=grown.root(),
        note=f"note over {grown.size}",
        frontier=grown,
        recorded_at=RECORDED_AT,
        first_position=frontier.size,
    )


def group_of(before: Head | None, entries: Sequence[NewEntry]) -> Group:
    """Return a group of these entries, with a row of state and a tile."""
    head = head_after(before, entries)
    change = CertificateRecord(tag=f"tag {head.size}", award_id="award")
    tile = (0, head.version, head.version.to_bytes(8192))
    return Group(head=head, entries=tuple(entries), changes=(change,), tiles=(tile,))


def next_group(store: LedgerStore, *, count: int = 3, said: bytes = b"said") -> Group:
    """Return a group that fits the store as it is now."""
    before = store.read_head()
    first = 0 if before is None else before.size
    entries = [new_entry(first + place, said=said) for place in range(count)]
    return group_of(before, entries)


def streams_of(store: LedgerStore) -> list[tuple[int, str, int]]:
    """Return position, stream and version of everything stored."""
    found = store.read_entries(after=-1, limit=100_000)
    return [(one.position, one.stream, one.version) for one in found]


def count_rows(store: LedgerStore) -> dict[str, int]:
    """Return how many rows each table has that a group writes to."""
    tables = ("stored_events", "log_groups", "log_tiles", "state_certificates")
    with store.engine.connect() as connection:
        return {
            name: connection.exec_driver_sql(
                f"SELECT COUNT(*) FROM {name}"  # noqa: S608  # our own names
            ).scalar_one()
            for name in tables
        }
