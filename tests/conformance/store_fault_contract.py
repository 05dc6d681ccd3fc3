"""What the event store promises when its database does not do its part."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from ledger.database import open_engine
from ledger.store.application import (
    AmbiguousCommitError,
    LedgerStore,
    VersionConflictError,
)
from ledger.store.asking import StoreUnavailableError
from tests.conformance.store_groups import (
    OnDatabase,
    count_rows,
    group_of,
    new_entry,
    next_group,
)

DEFERRED = "INTEGER REFERENCES elsewhere (number) DEFERRABLE INITIALLY DEFERRED"


@contextmanager
def renamed(engine: Engine, table: str) -> Iterator[None]:
    """Take a table out of the way for a while."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO away")
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE away RENAME TO {table}")


def checked_out(engine: Engine) -> int:
    """Return how many connections are in use."""
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()


class FaultContract(OnDatabase):
    """What failures leave behind: everything or nothing, and no connection taken."""

    @abstractmethod
    def impatient(self, engine: Engine) -> None:
        """Let the engine's connections wait 50 milliseconds for locks."""

    @abstractmethod
    def read_only(self, engine: Engine) -> None:
        """Let the engine's connections read only."""

    @abstractmethod
    def locked(self, engine: Engine) -> AbstractContextManager[None]:
        """Hold a lock against writers."""

    @abstractmethod
    def lost(self, url: str) -> AbstractContextManager[None]:
        """Make the database unreachable for a while."""

    @abstractmethod
    def failing_at_commit(self, engine: Engine) -> AbstractContextManager[None]:
        """Let every COMMIT of a group fail in the database itself."""

    @pytest.mark.parametrize("table", ["log_groups", "log_tiles", "state_certificates"])
    def test_a_failing_statement_takes_the_whole_group_back(
        self, store: LedgerStore, table: str
    ) -> None:
        """Head, entries, state and tiles go together."""
        next_group(store).append_to(store)
        before, group = count_rows(store), next_group(store)

        with renamed(store.engine, table), pytest.raises(StoreUnavailableError):
            group.append_to(store)

        assert count_rows(store) == before
        group.append_to(store)
        assert count_rows(store) != before

    def test_a_failing_entry_takes_its_head_back(self, store: LedgerStore) -> None:
        """The head was there first."""
        entries = [new_entry(0, stream="account:1"), new_entry(1, stream="account:1")]
        inserted: list[str] = []

        def note(*sent: object) -> None:
            inserted.append(str(sent[2]))

        event.listen(store.engine, "after_cursor_execute", note)
        with pytest.raises(VersionConflictError):
            group_of(None, entries).append_to(store)

        assert sum(one.startswith("INSERT") for one in inserted) == 1
        assert not any(count_rows(store).values())

    def test_what_else_goes_wrong_takes_the_group_back_too(
        self, store: LedgerStore
    ) -> None:
        """A programming error is passed on, and nothing is stored."""
        group = next_group(store)
        twice = [*group.tiles, group.tiles[0][:2]]

        with pytest.raises(ValueError, match="not enough values"):
            store.append(
                group.head,
                group.entries,
                changes=group.changes,
                tiles=twice,  # type: ignore[arg-type]  # the very mistake
            )

        assert not any(count_rows(store).values())

    def test_a_commit_that_failed_is_ambiguous_and_left_nothing(
        self, store: LedgerStore
    ) -> None:
        """The head tells: it is not there."""
        next_group(store).append_to(store)
        before, group = count_rows(store), next_group(store)

        with self.failing_at_commit(store.engine):
            with pytest.raises(AmbiguousCommitError):
                group.append_to(store)

            assert count_rows(store) == before
            assert store.read_head_version(group.head.version) is None

        group.append_to(store)
        assert store.read_head() == group.head

    def test_a_commit_that_took_effect_unseen_is_ambiguous_and_there(
        self, store: LedgerStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The head tells: it is our own."""
        group, dialect = next_group(store), store.engine.dialect
        commit, driver = dialect.do_commit, dialect.loaded_dbapi

        def commit_and_fail(connection: PoolProxiedConnection) -> None:
            commit(connection)
            raise driver.OperationalError

        with monkeypatch.context() as patch:
            patch.setattr(dialect, "do_commit", commit_and_fail)
            with pytest.raises(AmbiguousCommitError):
                group.append_to(store)

        assert store.read_head_version(1) == group.head
        with pytest.raises(VersionConflictError):
            group.append_to(store)

    def test_a_locked_database_is_unavailable(self, url: str) -> None:
        """Nothing is stored, and no connection is used up."""
        engine = open_engine(url, pool_size=1)
        self.impatient(engine)
        store = LedgerStore(engine)
        group = next_group(store)

        with self.locked(engine):
            before = checked_out(engine)
            with pytest.raises(StoreUnavailableError) as refusal:
                group.append_to(store)

            # The error is still held here, and with it all that its frames hold.
            assert checked_out(engine) == before, refusal

        group.append_to(store)
        assert store.read_head() == group.head
        store.close()

    def test_a_database_that_only_reads_is_unavailable(
        self, store: LedgerStore, url: str
    ) -> None:
        """So is a standby that a failover has not reached yet; reading goes on."""
        next_group(store).append_to(store)
        before = count_rows(store)
        engine = open_engine(url)
        reader = LedgerStore(engine)
        engine.dispose()
        self.read_only(engine)

        with pytest.raises(StoreUnavailableError):
            next_group(reader).append_to(reader)

        assert reader.read_head() == store.read_head()
        assert count_rows(store) == before
        reader.close()

    def test_a_database_that_is_gone_is_unavailable_for_all(
        self, store: LedgerStore, url: str
    ) -> None:
        """Writing and every way of reading say the same; it comes back as it was."""
        group = next_group(store)
        group.append_to(store)
        follows = next_group(store)

        with self.lost(url):
            store.engine.dispose()
            for ask in (
                lambda: follows.append_to(store),
                store.read_head,
                lambda: store.read_raw(0),
                lambda: store.load("certificates", ["tag 3"]),
                lambda: list(store.scan("certificates")),
                lambda: store.node_reader()(0, 0),
                lambda: store.log.size_at(group.head.recorded_at),
                lambda: store.snapshot().__enter__(),
            ):
                with pytest.raises(StoreUnavailableError):
                    ask()

        assert store.read_head() == group.head
        follows.append_to(store)

    def test_a_store_is_closed_although_its_database_is_gone(self, url: str) -> None:
        """Nothing is left to be done for it."""
        store = LedgerStore(open_engine(url))
        store.engine.dispose()

        with self.lost(url):
            store.close()

        LedgerStore(open_engine(url)).close()
