"""The read side of a simulated bank: it follows the log, fails, dies, and follows on.

What it then shows must be what the replayed log gives, projected all at once, row by
row.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, exc

from ledger.audit.compare.difference import Difference
from ledger.audit.compare.rows import compare_table
from ledger.audit.replay import AnyAct, Replay, place_of
from ledger.database import open_engine
from ledger.domain.state import KINDS, Key, Record
from ledger.store.application import LedgerStore
from ledger.store.asking import StoreUnavailableError
from ledger.store.reader import StoredEntry
from projections.runner import Ledger, Runner
from projections.tables import metadata
from tests.simulation.ground import ground
from tests.simulation.sockets import Socket, give_back, take_socket
from tests.simulation.steps import KilledError, Mishap, Steps, failing

FILE: Final = "projections.db"
AT_ONCE: Final = "at-once.db"


@dataclass(kw_only=True)
class ReplayedLog:
    """A log of entries that were replayed, and the state that came of them."""

    replay: Replay
    entries: list[StoredEntry] = field(default_factory=list)

    def add(self, act: AnyAct, raw: bytes) -> None:
        """Add an entry; its version in its stream is nobody's business here."""
        stream, topic = place_of(act)
        position = len(self.entries)
        self.entries.append(
            StoredEntry(
                position=position, stream=stream, version=1, topic=topic, raw=raw
            )
        )

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Return up to ``limit`` entries from position ``after + 1`` on."""
        return self.entries[after + 1 : after + 1 + limit]

    def read_raw(self, position: int) -> bytes:
        """Return the bytes of the entry at a position."""
        return self.entries[position].raw

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return state records."""
        known = self.replay.state.known
        found = {key: known.get((KINDS[kind], key)) for key in keys}
        return {key: one for key, one in found.items() if one is not None}


@cache
def projected_ground() -> bytes:
    """Project the ground, once; return the database."""
    log = replayed_ground(ground().replay)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        runner = Runner(log, open_engine(f"sqlite:///{file}"))
        runner.catch_up()
        runner.close()
        return file.read_bytes()


def replayed_ground(replay: Replay) -> ReplayedLog:
    """Return the ground's log, with a replay that goes on from there."""
    log = ReplayedLog(replay=replay)
    for act, raw in zip(ground().acts, ground().entries, strict=True):
        log.add(act, raw)
    return log


def _rows(connection: Connection, table: Table) -> list[object]:
    order = ", ".join(column.name for column in table.primary_key)
    sql = f"SELECT * FROM {table.name} ORDER BY {order}"  # noqa: S608  # own names
    rows = connection.connection.cursor()
    rows.execute(sql)
    return list(rows.fetchall())


@dataclass(kw_only=True)
class Following:
    """The process that projects, and its database."""

    folder: Path
    steps: Steps = field(default_factory=Steps)
    _socket: Socket | None = None
    _runner: Runner | None = None
    _store: Ledger | None = None

    def install(self) -> None:
        """Put the ground's projections on the disk."""
        (self.folder / FILE).write_bytes(projected_ground())

    def follow(self, store: LedgerStore, mishap: Mishap | None) -> str:
        """Follow the log as far as it goes; tell what kept it from that."""
        runner = self._start(store)
        self.steps.expect(mishap)
        try:
            runner.catch_up()
        except (StoreUnavailableError, exc.DBAPIError, exc.TimeoutError):
            pass
        except KilledError:
            self.end()
        self.steps.expect_nothing()
        return self.steps.happened

    def fail(self, words: str) -> None:
        """Fail as the database would."""
        assert self._socket is not None
        failing(self._socket.engine)(words)

    def die(self, _words: str) -> None:
        """End the process at a step."""
        self.steps.dead = True
        raise KilledError

    def end(self) -> None:
        """End the process, if there is one."""
        if self._socket is not None:
            give_back(self._socket)
            self._socket = self._runner = None

    def differences(self, log: ReplayedLog) -> Iterator[Difference]:
        """Yield what is shown and not so, once all was followed."""
        assert self._socket is not None
        once = take_socket(Socket, self.folder / AT_ONCE)
        (self.folder / AT_ONCE).write_bytes(projected_ground())
        once.plug(self.folder / AT_ONCE)
        Runner(log, once.engine).catch_up()
        with (
            self._socket.engine.connect() as shown,
            once.engine.connect() as recomputed,
        ):
            for table in metadata.sorted_tables:
                # Nearly always all is the same: only where it is not, cell by cell.
                if _rows(shown, table) != _rows(recomputed, table):
                    yield from compare_table(table, shown=shown, recomputed=recomputed)
        give_back(once)

    def _start(self, store: Ledger) -> Runner:
        if self._store is not store:
            # Whoever wrote is gone, and this process with it.
            self.end()
        if self._socket is None:
            self._socket = take_socket(Socket, self.folder / FILE)
            self.steps = self._socket.plug(self.folder / FILE)
        if self._runner is None:
            self._runner = Runner(store, self._socket.engine)
            self._store = store
        return self._runner
