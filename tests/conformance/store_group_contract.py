"""Groups are stored whole, in order and once, whoever else is writing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from eventsourcing.persistence import ProgrammingError, StoredEvent
from sqlalchemy import event

from ledger.store.application import LedgerStore, VersionConflictError
from ledger.store.recorder import HEAD_STREAM, LedgerRecorder
from tests.conformance.store_groups import (
    PATIENCE_SECONDS,
    TOPIC,
    OnDatabase,
    count_rows,
    group_of,
    new_entry,
    next_group,
    streams_of,
)

ROUNDS = 50


class GroupContract(OnDatabase):
    """What the log promises."""

    def test_a_group_is_numbered_from_its_head(self, store: LedgerStore) -> None:
        """Entries follow each other without gaps; heads are none of them."""
        next_group(store, count=3).append_to(store)
        next_group(store, count=2).append_to(store)

        recorder = LedgerRecorder(store.engine)
        notified = recorder.select_notifications(None, 10)
        assert [one.id for one in notified] == [1, 2, 3, 4, 5]
        assert recorder.max_notification_id() == 5
        heads = [(one.version, one.number) for one in store.log.read_heads()]
        assert heads == [(1, -1), (2, -2)]

    @pytest.mark.parametrize(
        ("streams", "first_id"),
        [((), 1), (("award:1",), 1), ((HEAD_STREAM, "award:1"), None)],
        ids=["nothing", "no-head", "no-number"],
    )
    def test_a_save_without_a_head_is_refused(
        self, store: LedgerStore, streams: tuple[str, ...], first_id: int | None
    ) -> None:
        """Nothing could prove an entry that no checkpoint covers."""
        events = [StoredEvent(stream, 1, TOPIC, b"") for stream in streams]

        with pytest.raises(ProgrammingError):
            LedgerRecorder(store.engine).insert_events(events, first_id=first_id)

        assert count_rows(store)["stored_events"] == 0

    @pytest.mark.parametrize(
        "versions", [(2,), (1, 3), (1, 2, 2)], ids=["first", "inside", "twice"]
    )
    def test_a_streams_versions_are_gapless_within_a_group(
        self, store: LedgerStore, versions: tuple[int, ...]
    ) -> None:
        """A hole, or two events in one place, would be a history nobody can fold."""
        entries = [
            new_entry(position, stream="account:1", version=version)
            for position, version in enumerate(versions)
        ]

        with pytest.raises(VersionConflictError):
            group_of(None, entries).append_to(store)

        assert not any(count_rows(store).values())

    @pytest.mark.parametrize("version", [1, 3], ids=["again", "too-far"])
    def test_a_streams_versions_are_gapless_over_groups(
        self, store: LedgerStore, version: int
    ) -> None:
        """The next version alone is right."""
        streams = ["account:1", "account:2"]
        group_of(None, [new_entry(n, stream=streams[n]) for n in (0, 1)]).append_to(
            store
        )
        before, head = count_rows(store), store.read_head()
        follows = new_entry(2, stream="account:1", version=2)
        wrong = new_entry(3, stream="account:2", version=version)

        with pytest.raises(VersionConflictError):
            group_of(head, [follows, wrong]).append_to(store)

        assert count_rows(store) == before
        group_of(head, [follows, wrong._replace(version=2)]).append_to(store)
        assert streams_of(store)[2:] == [(2, "account:1", 2), (3, "account:2", 2)]

    def test_a_head_that_skips_a_version_is_refused(self, store: LedgerStore) -> None:
        """Some group would be missing."""
        group = next_group(store)

        with pytest.raises(VersionConflictError):
            replace(group, head=replace(group.head, version=2)).append_to(store)

        assert not any(count_rows(store).values())

    @pytest.mark.parametrize("shift", [-1, 1], ids=["overlap", "hole"])
    def test_a_group_that_does_not_begin_where_the_log_ends_is_refused(
        self, store: LedgerStore, shift: int
    ) -> None:
        """Positions are leaves of a tree: none is missing and none taken twice."""
        next_group(store).append_to(store)
        before, group = count_rows(store), next_group(store)
        first = group.head.first_position + shift

        with pytest.raises(VersionConflictError):
            replace(group, head=replace(group.head, first_position=first)).append_to(
                store
            )

        assert count_rows(store) == before

    def test_the_slower_of_two_writers_meets_the_head(
        self, store: LedgerStore, other: LedgerStore
    ) -> None:
        """It waits for the faster one's commit, and nothing of its group is stored."""
        faster, slower = (
            next_group(store, said=b"fast"),
            next_group(other, said=b"slow"),
        )
        holding, arriving = threading.Event(), threading.Event()
        spoken: list[str] = []

        def hold(_connection: object) -> None:
            holding.set()
            assert arriving.wait(PATIENCE_SECONDS)

        def arrive(*sent: object) -> None:
            spoken.append(str(sent[2]))
            if spoken[-1].startswith(("BEGIN IMMEDIATE", "INSERT")):
                arriving.set()

        event.listen(store.engine, "commit", hold)
        event.listen(other.engine, "before_cursor_execute", arrive)
        with ThreadPoolExecutor(1) as pool:
            written = pool.submit(faster.append_to, store)
            assert holding.wait(PATIENCE_SECONDS)
            with pytest.raises(VersionConflictError):
                slower.append_to(other)
            written.result()

        # The head's row is all that the slower one ever tried to insert.
        assert sum(one.startswith("INSERT") for one in spoken) <= 1
        raws = [one.raw for one in store.read_entries(after=-1, limit=10)]
        assert raws == [one.raw for one in faster.entries]
        assert count_rows(store)["log_tiles"] == 1

    def test_writers_that_race_lose_no_group(
        self, store: LedgerStore, other: LedgerStore
    ) -> None:
        """Fifty times two start from the same head; both come through."""
        start = threading.Barrier(2)

        def write(mine: LedgerStore, name: str) -> None:
            for number in range(ROUNDS):
                start.wait(PATIENCE_SECONDS)
                append_until_stored(mine, f"{name} {number}".encode())

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, (store, other), ("a", "b")))

        entries = store.read_entries(after=-1, limit=1_000)
        assert [one.position for one in entries] == list(range(4 * ROUNDS))
        said = [one.raw.partition(b"\n")[2] for one in entries]
        assert said[::2] == said[1::2]
        names = {f"{name} {n}".encode() for name in "ab" for n in range(ROUNDS)}
        assert set(said) == names
        heads = [one.version for one in store.log.read_heads()]
        assert heads == list(range(1, 2 * ROUNDS + 1))


def append_until_stored(store: LedgerStore, said: bytes) -> None:
    """Append a group, reading the head again as often as another is faster."""
    while True:
        try:
            next_group(store, count=2, said=said).append_to(store)
        except VersionConflictError:
            continue
        return
