"""A bank whose log is projected, and the documents that are written from it."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection

from ledger.database import open_engine
from projections.documents.acts import Archive
from projections.documents.forms import forms
from projections.documents.standpoint import Standpoint
from projections.documents.transcript import lots_shown
from projections.holders import find_holder
from projections.moments import Moment, Window
from projections.progress.ground import Ground as Cases
from projections.progress.queries import Wanted, progress
from projections.runner import Runner
from tests.bank import LEARNER, Bank, achievement
from tests.consortium_cases import agree, give, publish_ground
from tests.consortium_names import COMMITTEE, OTHER

Json = dict[str, Any]  # Any: plain JSON.
TODAY = "2026-09-01"
ALL = 1_000


@dataclass(frozen=True, kw_only=True)
class Office:
    """Writes documents of a learner of a bank, after all that was recorded."""

    bank: Bank
    runner: Runner

    @contextmanager
    def _connected(self) -> Iterator[tuple[Connection, int]]:
        position = self.runner.catch_up()
        with self.runner.engine.connect() as connection:
            yield connection, position

    def lots(self, standing: int | None = None, **asked: str | int) -> list[Json]:
        """Return the lots of the learner's transcript."""
        with self._connected() as (connection, position):
            moment = moment_at(position, **asked)
            standpoint = Standpoint(
                state=self.bank.store,
                connection=connection,
                moment=moment,
                standing=standing or moment.position,
            )
            window = Window(limit=ALL)
            placed = lots_shown(standpoint, learner_id=LEARNER, window=window)
            return [lot for _, lot in placed]

    def forms(self, exchange_id: str, *, workdays: int = 5, **asked: int) -> Json:
        """Return the forms of a case."""
        with self._connected() as (connection, position):
            moment = moment_at(position, **asked)
            standpoint = Standpoint(
                state=self.bank.store,
                connection=connection,
                moment=moment,
                standing=moment.position,
            )
            return forms(
                standpoint, self.archive, exchange_id=exchange_id, workdays=workdays
            )

    def progress(
        self, *, today: str = TODAY, closed_days: int = 0, **asked: int
    ) -> list[Json]:
        """Return the learner's cases."""
        with self._connected() as (connection, position):
            moment = moment_at(position, **asked)
            ground = Cases(
                standpoint=Standpoint(
                    state=self.bank.store,
                    connection=connection,
                    moment=moment,
                    standing=moment.position,
                ),
                archive=self.archive,
                holder=find_holder(self.bank.store, LEARNER),
            )
            wanted = Wanted(today=today, closed_days=closed_days, limit=ALL)
            return [case for _, case in progress(ground, wanted)]

    @property
    def archive(self) -> Archive:
        """The log with its zone."""
        return Archive(log=self.bank.store, time_zone="Asia/Shanghai")


def sewing(town: Office, name: str = "one") -> str:
    """Award two credits of sewing at the other college; return the lot."""
    return give(town.bank, OTHER, reference=name, credits="2")


def moment_at(newest: int, **asked: str | int) -> Moment:
    """Return the present, or the past that is asked for."""
    if not asked:
        return Moment(position=newest, is_present=True, today=TODAY)
    return Moment(**{"position": newest, **asked})  # type: ignore[arg-type]  # as named


class CopiedBank(Bank):
    """A bank that goes on where another, which is closed, had come to."""

    def __init__(self, url: str, source: Bank) -> None:
        """Open the copy of its database under the same keys."""
        super().__init__(url)
        self.sequencer.close()
        self.keys, self.ledger = dict(source.keys), source.ledger
        self.service, self.checkpoint = source.service, source.checkpoint
        self._numbers = itertools.count(10_000)
        self.sequencer = self.open_sequencer()

    def __enter__(self) -> Self:
        """Found nothing: all of it is there."""
        return self


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Two colleges that agreed on rules, with one learner enrolled: founded once."""

    folder: Path
    bank: Bank

    @contextmanager
    def office(self, folder: Path) -> Iterator[Office]:
        """Open a copy of it."""
        for name in ("ledger.db", "read.db"):
            shutil.copyfile(self.folder / name, folder / name)
        with CopiedBank(f"sqlite:///{folder / 'ledger.db'}", self.bank) as bank:
            runner = Runner(bank.store, open_engine(f"sqlite:///{folder / 'read.db'}"))
            yield Office(bank=bank, runner=runner)
            runner.close()


def lay_ground(folder: Path) -> Ground:
    """Found it in a folder, and close it."""
    with Bank(f"sqlite:///{folder / 'ledger.db'}") as bank:
        for member, kind in ((OTHER, "school"), (COMMITTEE, "committee")):
            bank.admit(member, kind=kind)
        bank.post(OTHER, "achievement.published.v1", body=achievement(code="SEW-1"))
        publish_ground(bank)
        agree(bank)
        runner = Runner(bank.store, open_engine(f"sqlite:///{folder / 'read.db'}"))
        runner.catch_up()
        runner.close()
    for name in ("ledger.db", "read.db"):
        # Nothing may be left beside a file that is to be copied.
        assert not (folder / f"{name}-wal").exists()
    return Ground(folder=folder, bank=bank)
