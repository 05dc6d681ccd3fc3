"""Several threads and processes at one vault."""

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Table, event, select

from ledger.database import open_engine
from ledger.vault import learners as learner_keys
from ledger.vault.keys import MasterKeyError, VaultKeys
from ledger.vault.learners import ErasedError
from ledger.vault.tables import check, insert_missing
from ledger.vault.vault import Vault
from tests.unit.vault.people import (
    LEARNER,
    MASTER,
    NAME,
    found,
    grading,
    open_vault,
    opening,
)

PUT_TEN = """
import sys
from tests.unit.vault.people import put_ten
put_ten(sys.argv[1], int(sys.argv[2]))
"""
NOW = "2026-10-01T08:00:00.000Z"
WAIT_SECONDS = 0.3


def test_two_processes_keep_all_they_are_given(database_url: str) -> None:
    """About the same new learners, at the same time: one key each, nothing lost."""
    processes = [
        subprocess.Popen([sys.executable, "-c", PUT_TEN, database_url, first])  # noqa: S603  # our own
        for first in ("0", "10")
    ]
    assert [process.wait(60) for process in processes] == [0, 0]

    vault = open_vault(database_url)
    kept = [vault.read(f"learner_{number:032d}") for number in range(5)]
    assert [len(one) for one in kept] == [4] * 5
    vault.close()


def test_many_threads_may_meet_at_one_new_learner(database_url: str) -> None:
    """Whoever comes second uses the key of whoever came first."""
    vaults = [open_vault(database_url) for _ in range(2)]

    with ThreadPoolExecutor(8) as pool:
        puts = [
            pool.submit(vaults[number % 2].put, [grading(f"{number:02d}")])
            for number in range(16)
        ]
        for one in puts:
            one.result()

    assert len(vaults[0].read(LEARNER)) == 16
    for vault in vaults:
        vault.close()


def test_a_vault_opened_by_many_at_once_is_made_once(database_url: str) -> None:
    """Whoever brings another key is refused, however close behind."""
    masters = [MASTER, MASTER[::-1]] * 4
    barrier = threading.Barrier(len(masters))

    def attempt(master: bytes) -> bool:
        barrier.wait()
        try:
            open_vault(database_url, master).close()
        except MasterKeyError:
            return False
        return True

    with ThreadPoolExecutor(len(masters)) as pool:
        opened = list(pool.map(attempt, masters))

    assert opened in ([True, False] * 4, [False, True] * 4)
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert len(connection.scalars(select(check.c.check_value)).all()) == 1
    engine.dispose()


def test_an_erasure_waits_for_what_is_being_written(vault: Vault) -> None:
    """And then finds it: nothing of an erased learner appears after the erasure."""
    vault.put([opening("before")])
    locked, go_on = threading.Event(), threading.Event()

    def pause(*seen: object) -> None:
        if str(seen[2]).startswith("INSERT INTO vault_sealed"):
            locked.set()
            go_on.wait(10)

    engine = vars(vault)["_engine"]
    event.listen(engine, "before_cursor_execute", pause)
    with ThreadPoolExecutor(2) as pool:
        put = pool.submit(vault.put, [opening("meanwhile")])
        assert locked.wait(10)
        erased: Future[None] = pool.submit(vault.erase, LEARNER, now=NOW)
        with pytest.raises(TimeoutError):
            erased.result(WAIT_SECONDS)
        go_on.set()
        put.result()
        erased.result()
    event.remove(engine, "before_cursor_execute", pause)

    assert found(vault, "name", value=NAME) == []
    with pytest.raises(ErasedError):
        vault.read(LEARNER)


def test_a_learner_erased_before_its_key_is_made_stays_erased(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tombstone came between looking for a key and making one."""
    vault = open_vault(postgres_url)
    make = insert_missing
    engine = open_engine(postgres_url)

    def erase_first(
        connection: Connection,
        table: Table,
        *,
        rows: Sequence[Mapping[str, object]],
    ) -> None:
        monkeypatch.undo()
        with engine.begin() as other:
            learner_keys.destroy_key(other, LEARNER, now=NOW)
        make(connection, table, rows=rows)

    monkeypatch.setattr(learner_keys, "insert_missing", erase_first)
    vault.put([opening()])

    assert found(vault, "name", value=NAME) == []
    with pytest.raises(ErasedError):
        vault.read(LEARNER)
    engine.dispose()
    vault.close()


def test_a_learners_keys_are_never_the_same() -> None:
    """A key that was destroyed does not come back."""
    keys = VaultKeys(MASTER)

    made = {keys.unwrap(LEARNER, keys.new_learner_key(LEARNER)) for _ in range(20)}

    assert len(made) == 20
