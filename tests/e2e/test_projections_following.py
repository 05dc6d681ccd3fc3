"""Projections follow a log that grows, is not there yet, or does not answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import exc, func, select

from ledger.database import open_engine
from ledger.domain.state import Key, Record
from ledger.integrity.receipts import SingleReceipt
from ledger.store.reader import StoredEntry, StoreUnavailableError
from projections.runner import Runner
from projections.tables import awards
from tests.bank import Bank


def read_side(url: str) -> str:
    """Return where the projections of a ledger go."""
    return url.replace("ledger.db", "projections.db")


@dataclass
class Faltering:
    """A ledger that does not answer the first few times."""

    bank: Bank
    failures: list[Exception] = field(default_factory=list)

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Fail, or return entries."""
        if self.failures:
            raise self.failures.pop()
        return self.bank.store.read_entries(after=after, limit=limit)

    def read_raw(self, position: int) -> bytes:
        """Return one entry."""
        return self.bank.store.read_raw(position)

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return state records."""
        return self.bank.store.load(kind, keys)


def test_projections_follow_a_growing_log_whatever_fails(sqlite_url: str) -> None:
    """In a thread of their own; a database that does not answer is asked again."""
    with Bank(sqlite_url) as bank:
        locked = exc.OperationalError("", {}, Exception("locked"))
        faltering = Faltering(bank, [StoreUnavailableError(), locked])
        runner = Runner(faltering, open_engine(read_side(sqlite_url)))
        assert not runner.wait_for(3, timeout_seconds=0)
        runner.start()
        for number in range(5):
            raw = bank.sign(bank.award(f"growing-{number}"))
            placed = bank.submit(bank.receive(raw)).result()
            assert isinstance(placed.receipt, SingleReceipt)
            position = placed.receipt.position
            assert runner.wait_for(position, timeout_seconds=30)
            with runner.engine.connect() as connection:
                count = connection.execute(select(func.count()).select_from(awards))
                assert count.scalar() == number + 1
        runner.close()
        assert faltering.failures == []


def test_nothing_is_projected_before_the_ledger_is_founded(sqlite_url: str) -> None:
    """The zone of its dates is not known yet."""
    bank = Bank(sqlite_url)
    runner = Runner(bank.store, open_engine(read_side(sqlite_url)))

    assert runner.catch_up() == -1

    runner.close()
    bank.__exit__()
