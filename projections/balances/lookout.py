"""Asks the question of a glance from within an event loop, which goes on meanwhile.

To hand a question to another thread costs several times what a database needs to answer
it: both want the interpreter, and whoever waits for a database lets go of it. A SQLite
file is asked in the loop's own thread, since nobody is waited for there: where somebody
keeps the file locked, nothing is found out. PostgreSQL is waited for by the loop.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Engine

from projections.balances.glance import POSTGRESQL, SQLITE, Row, named

CONNECTIONS: Final = 4
"""To a server: so many questions at once, and the others wait for their turn."""
ANSWER_SECONDS_MAX: Final = 10


class Lookout(ABC):
    """Belongs to one event loop."""

    @abstractmethod
    async def ask(self, learner_id: str) -> Row | None:
        """Return what the database says of a learner.

        None where it does not say it at once: whoever can wait may ask in another way.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the database."""


def lookout(engine: Engine) -> Lookout:
    """Return one for a database; it is opened when the first question comes."""
    return FileLookout(engine) if engine.dialect.name == "sqlite" else _OfServer(engine)


class FileLookout(Lookout):
    """One question is one statement, which sees one moment."""

    def __init__(self, engine: Engine) -> None:
        """Stand by at a SQLite file."""
        self._path = quote(str(Path(engine.url.database or "").resolve()))
        self._connection: sqlite3.Connection | None = None

    async def ask(self, learner_id: str) -> Row | None:
        """Return what the database says of a learner; nobody is waited for."""
        return self.look(learner_id)

    def look(self, learner_id: str) -> Row | None:
        """Return the same at once."""
        try:
            (row,) = self._open().execute(SQLITE, named(learner_id)).fetchall()
        except sqlite3.Error:
            return None
        found: Row = row
        return found

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
    """Connections of its own: the driver waits for them in the loop."""

    def __init__(self, engine: Engine) -> None:
        # By address; the toolkit's own options are none of the driver's.
        _, options = engine.dialect.create_connect_args(engine.url)
        self._options = {**options, "autocommit": True, "prepare_threshold": 0}
        self._driver: Any = engine.dialect.loaded_dbapi  # Any: the driver's own.
        self._idle: list[Any] = []  # Any: the same.
        # In the order they came: a queue lets whoever comes now take what was given
        # back for somebody who waits.
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, learner_id: str) -> Row | None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX), self._turns:
                return await self._ask(learner_id)
        except (self._driver.Error, TimeoutError):
            return None

    def close(self) -> None:
        for connection in self._idle:
            connection.pgconn.finish()
        self._idle.clear()

    async def _ask(self, learner_id: str) -> Row:
        if self._idle:
            connection = self._idle.pop()
        else:
            connect = self._driver.AsyncConnection.connect
            connection = await connect(**self._options)
        is_sound = False
        try:
            cursor = await connection.execute(POSTGRESQL, named(learner_id))
            (row,) = await cursor.fetchall()
            is_sound = True
        finally:
            if is_sound:
                self._idle.append(connection)
            else:
                # Nobody knows what it would say next.
                connection.pgconn.finish()
        found: Row = row
        return found
