"""Follows the log: hundreds of entries per transaction, rows and cursor together."""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Final, Protocol

from sqlalchemy import Connection, Engine, exc, insert, inspect, select

from ledger.database import IMMEDIATE, close_engine, create_missing, open_connection
from ledger.domain.state import Key, LedgerRecord, Record
from ledger.store.reader import StoreUnavailableError
from projections.awards.projection import project_awards
from projections.cases.projection import project_cases
from projections.follower import Follower, Log
from projections.memory import Memory
from projections.overview.projection import project_overview
from projections.pages import open_page
from projections.reconciliation.projection import project_reconciliation
from projections.register.projection import project_register
from projections.tables import cursor, metadata
from projections.trail.projection import project_trail

PAGE: Final = 10_000
"""Entries of one transaction at most; fewer where they are not in lists."""
IDLE_SECONDS: Final = 0.2
"""The least rest between two rounds that nobody asks to end: pages have a cost of their
own, and what came in meanwhile shares it."""
REST_SECONDS_MAX: Final = 0.25
_POLL_SECONDS: Final = 0.01
_NAME: Final = "all-5"
"""Names the form of the tables: those of another are dropped, and made anew."""
_REACHED: Final = "SELECT position FROM projection_cursor"
_MOVE: Final = "UPDATE projection_cursor SET position = {0} WHERE position = {0}"
_LOG = logging.getLogger(__name__)

PROJECTIONS: Final = (
    project_register,
    # Before the awards: it numbers the names that they are written by.
    project_trail,
    project_awards,
    project_cases,
    # Last: it looks at awards and at the register.
    project_reconciliation,
    project_overview,
)


class Ledger(Log, Protocol):
    """The log, and what it says of itself."""

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return state records."""
        ...


class Waking(Protocol):
    """What can ask for a round of another process that keeps these projections."""

    def wake(self) -> None:
        """Ask for a round at once."""
        ...


class Elsewhere(Waking, Protocol):
    """Another process that keeps these projections, and belongs to this one."""

    def wait(self) -> None:
        """Wait until it has ended."""
        ...

    def close(self) -> None:
        """Tell it to stop."""
        ...


class Runner:
    """Keeps all projections at one position."""

    def __init__(self, ledger: Ledger, engine: Engine) -> None:
        """Open the read side, creating its tables if there are none."""
        self._ledger = ledger
        self.engine = engine
        self._follower: Follower | None = None
        self._memory = Memory()
        self._stop = threading.Event()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._elsewhere: Elsewhere | None = None
        self._waking: Waking | None = None
        with engine.begin() as connection:
            create_missing(connection, metadata)
        self._drop_others()

    def position(self) -> int:
        """Return the newest position projected, -1 at the start."""
        with open_connection(self.engine) as connection:
            found = connection.exec_driver_sql(_REACHED).scalar()
        return -1 if found is None else int(found)

    def catch_up(self) -> int:
        """Project what is new; return the position reached.

        Told to stop, it ends after a page, however far behind it is.
        """
        position = self.position()
        while True:
            reached = self._step(position)
            if reached == position or self._stop.is_set():
                return reached
            position = reached

    def rebuild(self) -> int:
        """Drop everything and project from position 0."""
        metadata.drop_all(self.engine)
        metadata.create_all(self.engine)
        return self.catch_up()

    def wait_for(self, position: int, *, timeout_seconds: float) -> bool:
        """Wait until a position is projected; tell whether it was in time."""
        deadline = time.monotonic() + timeout_seconds
        while self.position() < position:
            if time.monotonic() >= deadline:
                return False
            self.wake()
            time.sleep(_POLL_SECONDS)
        return True

    def start(self, elsewhere: Elsewhere | None = None) -> None:
        """Follow the log until ``close``: in a thread, or there where it is done now.

        If the other process is lost, the thread goes on from where that one was.
        """
        self._elsewhere = self._waking = elsewhere
        self._thread = threading.Thread(
            target=self._stand_by, args=(elsewhere,), name="projections", daemon=True
        )
        self._thread.start()
        self.wake()

    def rely_on(self, waking: Waking) -> None:
        """Only read what another process keeps, which a third one sees to."""
        self._waking = waking

    def wake(self) -> None:
        """End the rest between two rounds: somebody waits."""
        self._wanted.set()
        if self._waking is not None:
            self._waking.wake()

    def run(self) -> None:
        """Follow the log until ``close``.

        Rests twice as long as the last pages took, so that pages grow with the load and
        the writer is not held up; whoever waits for a position ends the rest.
        """
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self.catch_up()
            except (StoreUnavailableError, exc.DBAPIError, exc.TimeoutError) as error:
                # Rows and cursor were left as they were together: the next round
                # starts from there.
                _LOG.warning("a database did not answer", exc_info=error)
            took = 2 * (time.monotonic() - began)
            self._wanted.wait(min(max(IDLE_SECONDS, took), REST_SECONDS_MAX))
            self._wanted.clear()

    def stop(self) -> None:
        """Let ``run`` end after its page."""
        self._stop.set()
        self._wanted.set()

    def close(self) -> None:
        """Stop following and close the read side."""
        self.stop()
        if self._elsewhere is not None:
            self._elsewhere.close()
        if self._thread is not None:
            self._thread.join()
        close_engine(self.engine)

    def _stand_by(self, elsewhere: Elsewhere | None) -> None:
        if elsewhere is not None:
            elsewhere.wait()
            if self._stop.is_set():
                return
            _LOG.error("the process that kept the projections is lost: going on here")
            self._elsewhere = self._waking = None
        self.run()

    def _drop_others(self) -> None:
        with self.engine.connect() as connection:
            names = set(connection.scalars(select(cursor.c.name)))
            # Of tables that hold nothing yet, only their columns tell the form.
            is_other = names != {_NAME} if names else _has_others(connection)
        if is_other:
            _LOG.warning("the projections are of another form and are made anew")
            metadata.drop_all(self.engine)
            metadata.create_all(self.engine)

    def _step(self, position: int) -> int:
        follower = self._open_follower()
        if follower is None:
            return position
        last, items = follower.read_items(after=position, limit=PAGE)
        if last == position:
            return position
        # What a page that fails would have left must not outlive it.
        memory, self._memory = self._memory, Memory()
        if memory.position != position:
            memory = Memory()
        with self.engine.connect() as connection:
            writing = connection.execution_options(**{IMMEDIATE: True})
            with writing.begin():
                page = open_page(writing, items, memory=memory)
                for project in PROJECTIONS:
                    project(page, writing)
                _move(writing, position, last=last)
        memory.bound()
        memory.position, self._memory = last, memory
        return last

    def _open_follower(self) -> Follower | None:
        if self._follower is None:
            record = self._ledger.load("ledger", [0]).get(0)
            if isinstance(record, LedgerRecord):
                zone = record.time_zone
                self._follower = Follower(self._ledger, time_zone=zone)
        return self._follower


def _has_others(connection: Connection) -> bool:
    """Tell whether a table has other columns than are written."""
    there = inspect(connection)
    return any(
        {one["name"] for one in there.get_columns(name)} != set(table.columns.keys())
        for name, table in metadata.tables.items()
    )


def _move(connection: Connection, before: int, *, last: int) -> None:
    if before < 0:
        connection.execute(insert(cursor).values(name=_NAME, position=last))
        return
    move = _MOVE.format("?" if connection.dialect.name == "sqlite" else "%s")
    if connection.exec_driver_sql(move, (last, before)).rowcount != 1:
        raise StoreUnavailableError(before)
