"""Every step of the write path fails, before it took effect and after it did."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event

from ledger.sequencer import RefusedError, UncertainError
from ledger.store.application import LedgerStore
from ledger.store.asking import StoreUnavailableError
from ledger.store.heads import Head
from tests.bank import Bank
from tests.unit.sequencer.faults import lost

pytestmark = pytest.mark.traced

STEPS = (
    "INSERT INTO stored_events",
    "INSERT INTO log_groups",
    "INSERT INTO state_lots",
    "INSERT INTO state_statements",
)


@contextmanager
def failing_at(bank: Bank, step: str, *, times: int = 1) -> Iterator[None]:
    """Let statements that begin so fail, before they reach the database."""
    left = [times]

    def fail(*event: object) -> None:
        if str(event[2]).startswith(step) and left[0]:
            left[0] -= 1
            raise lost()

    engine = bank.store.engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


@contextmanager
def failing_commit(
    bank: Bank, *, persisted: bool, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Let the next commit fail, having taken effect or not."""
    commit, left = Connection.commit, [1]

    def fail(connection: Connection) -> None:
        if not left[0] or connection.engine is not bank.store.engine:
            commit(connection)
            return
        left[0] -= 1
        if persisted:
            commit(connection)
        else:
            connection.rollback()
        raise lost()

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "commit", fail)
        yield


@pytest.mark.parametrize("step", STEPS)
def test_a_failing_step_leaves_nothing_and_the_client_asks_again(
    database_url: str, step: str
) -> None:
    """The answer is never an acceptance, and the same bytes are accepted later."""
    with Bank(database_url) as bank:
        draft = bank.receive(bank.sign(bank.award("1")))

        with failing_at(bank, step), pytest.raises(UncertainError):
            bank.submit(draft).result()

        assert bank.check_log().entries == 4
        assert not bank.submit(draft).result().replayed
        assert bank.check_log().awards == 1


def test_a_commit_that_took_effect_unseen_is_acknowledged(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head tells: our own root is there."""
    with Bank(database_url) as bank:
        draft = bank.receive(bank.sign(bank.award("1")))

        with failing_commit(bank, persisted=True, monkeypatch=monkeypatch):
            accepted = bank.submit(draft).result()

        assert not accepted.replayed
        again = bank.submit(draft).result()
        assert again.replayed
        assert again.receipt == accepted.receipt
        assert bank.check_log().awards == 1


def test_a_commit_that_did_not_take_effect_is_decided_anew(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client never learns of it."""
    with Bank(database_url) as bank:
        draft = bank.receive(bank.sign(bank.award("1")))

        with failing_commit(bank, persisted=False, monkeypatch=monkeypatch):
            accepted = bank.submit(draft).result()

        assert not accepted.replayed
        assert bank.check_log().awards == 1


def test_a_commit_whose_outcome_cannot_be_read_is_not_acknowledged(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be there; the same bytes find out."""
    with Bank(database_url) as bank:
        draft = bank.receive(bank.sign(bank.award("1")))
        bank.submit(bank.receive(bank.sign(bank.award("0")))).result()

        def unreadable(_store: LedgerStore) -> None:
            raise StoreUnavailableError

        with (
            failing_commit(bank, persisted=True, monkeypatch=monkeypatch),
            monkeypatch.context() as patch,
        ):
            patch.setattr(LedgerStore, "read_head", unreadable)
            future = bank.submit(draft)
            assert isinstance(future.exception(), UncertainError)

        assert bank.submit(draft).result().replayed
        assert bank.check_log().awards == 2


def test_a_store_that_fails_while_deciding_refuses_nobody(sqlite_url: str) -> None:
    """A read that fails is not a rule that refuses."""
    with Bank(sqlite_url) as bank:
        draft = bank.receive(bank.sign(bank.award("1")))

        with failing_at(bank, "SELECT", times=50), pytest.raises(UncertainError):
            bank.submit(draft).result()

        assert not isinstance(bank.submit(draft).exception(), RefusedError)
        assert bank.check_log().awards == 1


def test_a_commit_that_failed_while_another_writer_wrote_is_decided_anew(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head of our version is there, and it is not ours."""
    with Bank(database_url) as bank:
        ours, theirs = (bank.receive(bank.sign(bank.award(n))) for n in ("1", "2"))
        other, resolve = bank.open_sequencer(), LedgerStore.read_head

        def overtaken(store: LedgerStore) -> Head | None:
            patch.undo()
            other.submit(theirs).result()
            return resolve(store)

        with (
            failing_commit(bank, persisted=False, monkeypatch=monkeypatch),
            monkeypatch.context() as patch,
        ):
            patch.setattr(LedgerStore, "read_head", overtaken)
            accepted = bank.submit(ours).result()

        other.close()
        assert not accepted.replayed
        assert bank.submit(theirs).result().receipt.checkpoint
        assert bank.check_log().awards == 2
