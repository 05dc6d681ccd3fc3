"""What was stored comes back as it was, and nothing else is let in."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from eventsourcing.persistence import MapperDeserialisationError
from sqlalchemy import inspect, select, update

from ledger.database import close_engine, open_engine
from ledger.store.application import LedgerApplication, LedgerStore
from ledger.store.recorder import LedgerRecorder
from ledger.store.schema import (
    SCHEMA_VERSION,
    SchemaVersionError,
    schema_version,
    stored_events,
)
from tests.conformance.store_groups import (
    PATIENCE_SECONDS,
    TOPIC,
    OnDatabase,
    count_rows,
    group_of,
    new_entry,
    next_group,
)


class RowContract(OnDatabase):
    """What rows promise."""

    def test_a_view_stands_still_while_others_write(
        self, store: LedgerStore, other: LedgerStore
    ) -> None:
        """Log and state are read as of one moment."""
        next_group(store).append_to(store)

        with store.snapshot() as view:
            assert view.head_version() == 1
            next_group(other).append_to(other)

            assert view.head_version() == 1
            assert view.size() == 3
            assert view.load("certificates", ["tag 6"]) == {}
            assert view.stream_versions(["award:2", "award:3"]) == {"award:2": 1}

        with store.snapshot() as view:
            assert (view.head_version(), view.size()) == (2, 6)

    def test_bytes_come_back_as_they_were_given(self, store: LedgerStore) -> None:
        """Whatever they are, zeros and newlines among them, by every way of reading."""
        said = bytes(range(256)) * 2
        group = group_of(None, [new_entry(0, said=said), new_entry(1, said=b"")])
        group.append_to(store)

        raws = [one.raw for one in group.entries]
        assert [one.raw for one in store.read_entries(after=-1, limit=2)] == raws
        assert [store.read_raw(0), store.read_raw(1)] == raws
        recorder = LedgerRecorder(store.engine)
        notified = recorder.select_notifications(1, 2)
        assert [one.state for one in notified] == raws
        assert recorder.select_events("award:0")[0].state == raws[0]
        assert store.read_head() == group.head

    def test_a_row_of_an_unknown_topic_is_refused_on_reading(
        self, store: LedgerStore
    ) -> None:
        """Whoever can write a row does not choose what is done with it."""
        next_group(store).append_to(store)
        application = LedgerApplication(store.engine)
        assert len(list(application.events.get("award:0"))) == 1

        with store.engine.begin() as connection:
            renamed = update(stored_events).values(topic="os:system")
            connection.execute(renamed.where(stored_events.c.notification_id == 1))

        with pytest.raises(MapperDeserialisationError):
            list(application.events.get("award:0"))

    @pytest.mark.parametrize(
        ("topic", "raw"),
        [("credit.awarded.v9", None), (TOPIC, b"{}\n"), (TOPIC, b"")],
        ids=["topic", "line", "empty"],
    )
    def test_a_row_of_wrong_form_is_refused_on_writing(
        self, store: LedgerStore, topic: str, raw: bytes | None
    ) -> None:
        """It would be found by every auditor, for ever."""
        group = next_group(store)
        right = group.entries[1]
        wrong = right._replace(topic=topic, raw=right.raw if raw is None else raw)

        with pytest.raises(MapperDeserialisationError):
            replace(group, entries=(group.entries[0], wrong)).append_to(store)

        assert not any(count_rows(store).values())

    def test_a_schema_of_a_later_release_is_refused_and_left_alone(
        self, store: LedgerStore, url: str
    ) -> None:
        """An older release would write what the newer one cannot read."""
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE log_tiles")
            connection.execute(
                update(schema_version).values(version=SCHEMA_VERSION + 1)
            )

        engine = open_engine(url)
        with pytest.raises(SchemaVersionError) as refusal:
            LedgerStore(engine)

        assert refusal.value.found == SCHEMA_VERSION + 1
        assert not inspect(engine).has_table("log_tiles")
        close_engine(engine)

    def test_a_new_database_may_be_opened_by_several_at_once(self, url: str) -> None:
        """Its tables are made once, and its version is written once."""
        start = threading.Barrier(4)

        def open_store(_: int) -> LedgerStore:
            engine = open_engine(url)
            start.wait(PATIENCE_SECONDS)
            return LedgerStore(engine)

        with ThreadPoolExecutor(4) as pool:
            stores = list(pool.map(open_store, range(4)))

        with stores[0].engine.connect() as connection:
            assert connection.scalars(select(schema_version.c.version)).all() == [1]
        for store in stores:
            store.close()
