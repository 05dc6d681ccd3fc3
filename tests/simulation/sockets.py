"""Where processes find their database: what SQLAlchemy compiled outlives each of them.

A process that starts has nothing of an earlier one: no connection, no record, no step.
Only queries are not compiled anew, and tables that no fault drops not looked for again:
that would be most of what a seed costs.
"""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Engine
from typing_extensions import override

from ledger.database import open_engine
from ledger.store.application import LedgerStore
from ledger.store.reader import LogReader
from tests.simulation.steps import Steps, watch


class Owned(sqlite3.Connection):
    """A connection of one process."""

    steps: Steps


@dataclass(kw_only=True)
class Socket:
    """An engine for one process at a time."""

    file: Path
    steps: Steps = field(default_factory=Steps)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        """Open it for the first process."""
        self.engine = open_engine(f"sqlite:///{self.file}")
        dialect: Any = self.engine.dialect  # Any: an attribute is replaced.
        dialect.connect = self._connect
        watch(self.engine, connecting=lambda: self.steps, of=lambda one: one.steps)

    def plug(self, file: Path) -> Steps:
        """Lead a new process to a file; return what counts its steps."""
        self.engine.dispose()
        self.file, self.steps = file, Steps()
        return self.steps

    # Any: what the engine says goes on to the driver.
    def _connect(self, _file: str, **named: Any) -> Owned:  # noqa: ANN401
        found: Owned = sqlite3.connect(self.file, factory=Owned, **named)
        # What an earlier process left open, and memory has not tidied yet, is its own.
        found.steps = self.steps
        return found


class LedgerSocket(Socket):
    """One of a ledger."""

    store: LedgerStore

    def __post_init__(self) -> None:
        """Open the store for the first process."""
        super().__post_init__()
        self.store = LedgerStore(self.engine)

    @override
    def plug(self, file: Path) -> Steps:
        """Lead a new process to a file; its store knows nothing of the log."""
        steps = super().plug(file)
        self.store.log = LogReader(self.engine)
        return steps


S = TypeVar("S", bound=Socket)
_FREE: Final[dict[type[Socket], list[Any]]] = {}  # Any: each of the key's own class.


def take_socket(kind: type[S], file: Path) -> S:
    """Return one that no process uses."""
    free: list[S] = _FREE.setdefault(kind, [])
    return free.pop() if free else kind(file=file)


def give_back(socket: Socket) -> None:
    """Close what the process had open, and let the next one have it."""
    socket.engine.dispose()
    _FREE[type(socket)].append(socket)
