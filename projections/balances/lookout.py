"""Asks the question of a glance from within an event loop, which goes on meanwhile.

To hand a question to another thread costs several times what a database needs to answer
it: both want the interpreter, and whoever waits for a database lets go of it. A SQLite
file is asked in the loop's own thread, since nobody is waited for there: where somebody
keeps the file locked, nothing is found out. PostgreSQL is waited for by the loop.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Engine

from ledger.store.short_ids import short_id
from projections.balances.glance import POSTGRESQL, SQLITE, Row

CONNECTIONS: Final = 2
"""To a server: so many questions at once, and the others wait for their turn."""
LEARNERS_MAX: Final = 32
"""About so many is asked in one question to a server."""
ANSWER_SECONDS_MAX: Final = 10
_PLANNED_ONCE: Final = "SET plan_cache_mode = force_generic_plan"
"""Else a server thinks anew each time, as how many are asked about may make another way
the best one, and longer than it takes to answer.
"""

Take = Callable[[Row | None], None]
"""Takes what the database says of a learner; it raises nothing.

None where it is not said at once: whoever can wait may ask in another way.
"""


class Lookout(ABC):
    """Belongs to one event loop."""

    @abstractmethod
    def look(self, learner_id: str, take: Take) -> None:
        """Have taken what the database says of a learner."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the database."""


def lookout(engine: Engine) -> Lookout:
    """Return one for a database; it is opened when the first question comes."""
    return _OfFile(engine) if engine.dialect.name == "sqlite" else _OfServer(engine)


class _OfFile(Lookout):
    """One question is one statement, which sees one moment."""

    def __init__(self, engine: Engine) -> None:
        """Stand by at a SQLite file."""
        self._path = quote(str(Path(engine.url.database or "").resolve()))
        self._connection: sqlite3.Connection | None = None

    def look(self, learner_id: str, take: Take) -> None:
        """Have taken what the file says; nobody is waited for."""
        found: Row | None = None
        about = {"learner": short_id(learner_id)}
        with suppress(sqlite3.Error):
            (found,) = self._open().execute(SQLITE, about).fetchall()
        take(found)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # Whoever waits here keeps the whole loop waiting.
            self._connection = sqlite3.connect(
                f"file:{self._path}?mode=rw", timeout=0, isolation_level=None, uri=True
            )
        return self._connection


class _OfServer(Lookout):
    """Connections of its own: the driver waits for them in the loop.

    A question costs driver and server more than what is asked about one learner more:
    whoever comes while all connections are busy is asked about together with others.
    """

    def __init__(self, engine: Engine) -> None:
        # By address; the toolkit's own options are none of the driver's.
        _, options = engine.dialect.create_connect_args(engine.url)
        self._options = {**options, "autocommit": True, "prepare_threshold": 0}
        self._driver: Any = engine.dialect.loaded_dbapi  # Any: the driver's own.
        self._idle: list[Any] = []  # Any: the same.
        self._waiting: deque[tuple[str, Take]] = deque()
        # Those under way, and whether the newest of them has begun.
        self._tasks: set[asyncio.Task[None] | None] = set()
        self._is_begun = True

    def look(self, learner_id: str, take: Take) -> None:
        self._waiting.append((short_id(learner_id), take))
        if self._is_begun and len(self._tasks) < CONNECTIONS:
            # It begins when the loop has read what else came with this.
            self._is_begun = False
            loop = asyncio.get_running_loop()
            self._tasks.add(loop.create_task(self._go_on()))

    def close(self) -> None:
        for connection in self._idle:
            connection.pgconn.finish()
        self._idle.clear()

    async def _go_on(self) -> None:
        self._is_begun = True
        try:
            while self._waiting:
                await self._ask_some()
        finally:
            # At once: whoever comes next must not wait for one that has ended.
            self._tasks.discard(asyncio.current_task())

    async def _ask_some(self) -> None:
        count = min(len(self._waiting), LEARNERS_MAX)
        asked = [self._waiting.popleft() for _ in range(count)]
        rows: dict[str, Row]
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                rows = await self._ask(list({name for name, _ in asked}))
        except TimeoutError:
            # Nor would whoever waits be told.
            asked += self._waiting
            self._waiting.clear()
            rows = {}
        except Exception:  # noqa: BLE001  # whoever asks in another way is told
            rows = {}
        # The server is asked about the next before these are answered.
        loop = asyncio.get_running_loop()
        for name, take in asked:
            loop.call_soon(take, rows.get(name))

    async def _ask(self, names: Sequence[str]) -> dict[str, Row]:
        connect, is_new = self._driver.AsyncConnection.connect, not self._idle
        connection = await connect(**self._options) if is_new else self._idle.pop()
        is_sound = False
        try:
            if is_new:
                await connection.execute(_PLANNED_ONCE)
            cursor = await connection.execute(POSTGRESQL, {"learners": names})
            rows = await cursor.fetchall()
            is_sound = True
        finally:
            if is_sound:
                self._idle.append(connection)
            else:
                # Nobody knows what it would say next.
                connection.pgconn.finish()
        return {row[0]: row[1:] for row in rows}
