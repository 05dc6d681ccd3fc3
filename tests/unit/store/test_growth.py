"""What is asked again and again costs the same however long the history is.

SQLite counts its own steps: a question that goes through the history takes more of them
the longer that is, on any machine.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from ledger.database import open_engine
from ledger.store.application import LedgerStore
from ledger.store.recorder import HEAD_STREAM
from ledger.store.snapshot import Snapshot
from ledger.store.state_tables import Bounds
from tests.bank import SCHOOL, Bank

LONG = 300
"""Enough that a question that goes through so many would be seen."""


class Steps:
    """Counts the steps of all connections of a store."""

    def __init__(self, url: str) -> None:
        """Open a store whose steps are counted."""
        engine = open_engine(url)
        event.listen(engine, "connect", self._watch)
        self._count = 0
        self.store = LedgerStore(engine)

    def of(self, ask: Callable[[Snapshot], object]) -> int:
        """Return how many steps a question takes."""
        with self.store.snapshot() as snapshot:
            ask(snapshot)
            before = self._count
            ask(snapshot)
            return self._count - before

    # Any: the driver's own connection.
    def _watch(self, connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.set_progress_handler(self._step, 1)

    def _step(self) -> int:
        self._count += 1
        return 0


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Name a file."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def test_the_newest_head_is_found_among_many_as_among_few(url: str) -> None:
    """The writer asks for it before every group, and each group leaves one."""
    with Bank(url):
        pass
    steps = Steps(url)
    few = steps.of(Snapshot.head_version)

    with steps.store.engine.begin() as connection:
        for version in range(100, 100 + LONG):
            connection.exec_driver_sql(
                "INSERT INTO stored_events VALUES (?, ?, 'head', x'', ?)",
                (HEAD_STREAM, version, -version),
            )

    assert steps.of(Snapshot.head_version) == few
    with steps.store.snapshot() as snapshot:
        assert snapshot.head_version() == 99 + LONG
    steps.store.close()


def test_lots_that_are_due_are_found_among_many_that_are_not(url: str) -> None:
    """The bank looks for them when it starts, and every hour."""
    bounds = Bounds(
        below={"expires_on": "2030-01-01"},
        above={"award_id": "", "available_milli": 0},
        limit=10,
    )

    def due(snapshot: Snapshot) -> list[object]:
        return list(snapshot.scan_within("lots", bounds))

    with Bank(url) as bank:
        bank.post(SCHOOL, "credit.awarded.v1", body=expiring(bank))
        steps = Steps(url)
        few = steps.of(due)
        lines = [bank.award(f"line-{number}") for number in range(LONG)]
        bank.submit(bank.receive_batch(bank.batch_bytes(SCHOOL, lines))).result()

    assert steps.of(due) == few
    with steps.store.snapshot() as snapshot:
        assert len(due(snapshot)) == 1
    steps.store.close()


def expiring(bank: Bank) -> dict[str, object]:
    """Return the body of an award that has an end."""
    body = bank.award("ends", valid_until="2029-06-30")["body"]
    assert isinstance(body, dict)
    return body
