"""Opening entries stand in no index of streams: state and log tell where they are."""

from dataclasses import replace

import pytest
from sqlalchemy import inspect

from ledger.database import close_engine, open_engine
from ledger.domain.state import AccountRecord, Record
from ledger.domain.statements.accounts import AccountMode
from ledger.store.application import LedgerStore, NewEntry, VersionConflictError
from ledger.store.schema import stored_events
from tests.conformance.store_groups import (
    Group,
    OnDatabase,
    count_rows,
    group_of,
    new_entry,
    next_group,
    streams_of,
)

OPENED = "account.opened.v1"
EARLIER = (
    "CREATE TABLE stored_events (originator_id TEXT NOT NULL,"
    " originator_version BIGINT NOT NULL, topic TEXT NOT NULL, state {bytes} NOT NULL,"
    " notification_id {number} NOT NULL, PRIMARY KEY (notification_id),"
    " UNIQUE (originator_id, originator_version))"
)


def opening(position: int, *, version: int = 1) -> NewEntry:
    """Return an entry that opens account 1."""
    made = new_entry(position, stream="account:1", version=version)
    return made._replace(topic=OPENED)


def account(name: str, *, position: int) -> Record:
    """Return an account that was opened at a position."""
    return AccountRecord(
        learner_id=name,
        home="north",
        mode=AccountMode.SELF,
        claimed=True,
        closed=False,
        merged_into=None,
        opened_position=position,
    )


def opened_group() -> Group:
    """Return a group that opens account 1 at position 1, and knows of it."""
    group = group_of(None, [new_entry(0), opening(1)])
    return replace(group, changes=(account("1", position=1),))


class OpeningContract(OnDatabase):
    """What streams promise of their first entries."""

    def test_what_follows_an_opening_entry_is_its_streams_second(
        self, store: LedgerStore
    ) -> None:
        """The state tells where it is, and the log that it is there."""
        opened_group().append_to(store)
        streams = ["account:1", "account:2", "award:0", "claim:7"]
        with store.snapshot() as view:
            assert view.stream_versions(streams) == {"account:1": 1, "award:0": 1}
            assert view.stream_versions([]) == {}

        for version in (2, 3):
            follows = new_entry(version, stream="account:1", version=version)
            group_of(store.read_head(), [follows]).append_to(store)

        assert streams_of(store)[1:] == [
            (number, "account:1", number) for number in (1, 2, 3)
        ]
        with store.snapshot() as view:
            assert view.stream_versions(["account:1"]) == {"account:1": 3}

    @pytest.mark.parametrize("position", [0, 7], ids=["another", "none"])
    def test_no_stream_is_opened_by_another_ones_entry(
        self, store: LedgerStore, position: int
    ) -> None:
        """What an exchange made is told by the state, and has no entry of its own."""
        group = next_group(store, count=1)
        replace(group, changes=(account("1", position=position),)).append_to(store)
        before = count_rows(store)

        with store.snapshot() as view:
            assert view.stream_versions(["account:1"]) == {}
        follows = new_entry(1, stream="account:1", version=2)
        with pytest.raises(VersionConflictError):
            group_of(store.read_head(), [follows]).append_to(store)

        assert count_rows(store) == before

    @pytest.mark.parametrize("versions", [(2,), (1, 1), (1, 2)])
    def test_an_opening_entry_is_the_first_of_its_stream(
        self, store: LedgerStore, versions: tuple[int, ...]
    ) -> None:
        """No index would notice that it is there twice."""
        entries = [opening(n, version=version) for n, version in enumerate(versions)]

        with pytest.raises(VersionConflictError):
            group_of(None, entries).append_to(store)

        assert not any(count_rows(store).values())

    def test_a_log_whose_streams_are_all_unique_is_gone_on_with(self, url: str) -> None:
        """An earlier release made it so: its table is left as it is."""
        engine = open_engine(url)
        types = {"bytes": "BLOB", "number": "INTEGER"}
        if engine.dialect.name == "postgresql":
            types = {"bytes": "BYTEA", "number": "BIGINT"}
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS stored_events")
            connection.exec_driver_sql(EARLIER.format(**types))
        store = LedgerStore(engine)
        assert inspect(engine).get_unique_constraints(stored_events.name)

        opened_group().append_to(store)
        follows = new_entry(2, stream="account:1", version=2)
        group_of(store.read_head(), [follows]).append_to(store)

        assert streams_of(store)[1:] == [(1, "account:1", 1), (2, "account:1", 2)]
        heads = [one.version for one in store.log.read_heads()]
        assert heads == [1, 2]
        with store.snapshot() as view:
            assert view.stream_versions(["account:1"]) == {"account:1": 2}
            assert view.head_version() == 2
        close_engine(engine)
