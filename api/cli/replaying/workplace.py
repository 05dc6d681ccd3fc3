"""A bank made anew from a replayed history, in a folder that is gone afterwards.

Its tables are made by the product's own projections, and its answers by the product's
own routes: what a bank shows is held against what the same code shows of the log.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Table, event

from api.bank import Bank
from ledger.audit.compare.tables import TableWriter
from ledger.audit.rebuild import Step, Until
from ledger.audit.replay import AnyAct
from ledger.database import open_engine
from ledger.domain.state import Key, Record, Slice
from ledger.sequencer.clock import SystemClock
from ledger.store.application import LedgerStore
from ledger.store.reader import StoredEntry
from projections.options.index import RuleIndex
from projections.runner import Runner
from projections.tables import metadata

_PREFIX: Final = "skillbank-replay-"
_NOON: Final = time(12)


class Workplace:
    """Two databases of our own; nothing in them outlives the command."""

    def __init__(self, folder: Path) -> None:
        """Make the first of them, still empty."""
        self._folder = folder
        self.ledger = _open_careless(folder / "ledger.db")
        self.writer = TableWriter(self.ledger)
        self._store: LedgerStore | None = None
        self._runner: Runner | None = None

    @property
    def store(self) -> LedgerStore:
        """Return the log and its state, once the writer has finished."""
        if self._store is None:
            self._store = LedgerStore(self.ledger)
        return self._store

    def project(self, *, position: int) -> Runner:
        """Return projections of everything up to a position."""
        if self._runner is None:
            engine = _open_careless(self._folder / "projections.db")
            self._runner = Runner(_UpTo(self.store, position), engine)
            self._runner.catch_up()
        return self._runner

    def close(self) -> None:
        """Close what was opened."""
        self.writer.close()
        if self._runner is not None:
            self._runner.close()
        if self._store is not None:
            self._store.close()
        self.ledger.dispose()


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Make a place to rebuild a bank in."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        place = Workplace(Path(folder))
        try:
            yield place
        finally:
            place.close()


def projected_tables() -> Sequence[Table]:
    """Return every table that the projections write: the runner has loaded them all."""
    return metadata.sorted_tables


def _open_careless(file: Path) -> Engine:
    """Open a database that need not survive a crash: it is made anew each time."""
    engine = open_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _hurry)
    return engine


def _hurry(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    connection.execute("PRAGMA synchronous=OFF")


class _UpTo:
    """The log, as it was at a position."""

    def __init__(self, store: LedgerStore, position: int) -> None:
        self._store = store
        self._position = position

    def read_entries(self, *, after: int, limit: int) -> list[StoredEntry]:
        """Return up to ``limit`` entries from position ``after + 1`` on."""
        left = min(limit, self._position - after)
        return self._store.read_entries(after=after, limit=left) if left > 0 else []

    def read_raw(self, position: int) -> bytes:
        """Return the bytes of the entry at a position."""
        return self._store.read_raw(position)

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return state records."""
        return self._store.load(kind, keys)


class StoppedClock:
    """A clock that stands at noon of a day."""

    def __init__(self, time_zone: str) -> None:
        """Show the machine's time, until it is told a day."""
        self._zone = ZoneInfo(time_zone)
        self._shown = SystemClock().now()

    def show(self, day: object) -> None:
        """Stand at noon of a day; what is no day changes nothing."""
        with suppress(TypeError, ValueError):
            noon = datetime.combine(date.fromisoformat(day), _NOON)  # type: ignore[arg-type]  # what is no text raises
            self._shown = noon.replace(tzinfo=self._zone)

    def now(self) -> datetime:
        """Return what it shows."""
        return self._shown

    def elapsed_seconds(self) -> float:
        """Return nothing: it stands still."""
        return 0.0


class RebuiltBank(Bank):
    """A bank that can only be asked: it has no keys, no vault and no writer."""

    def __init__(self, place: Workplace, *, position: int) -> None:
        """Answer from a workplace whose state is that of ``position``."""
        self.store = place.store
        self.runner = place.project(position=position)
        self.rule_index = RuleIndex()
        self.clock = self.stopped = StoppedClock(self.ledger_record().time_zone)


class Reached:
    """Notes the last position within a past. Observes a replay."""

    def __init__(self, until: Until) -> None:
        """Look out for the end of a past."""
        self._until = until
        self.position = -1

    def before(self, act: AnyAct, state: Slice) -> None:
        """Nothing: an act that fails is not reached."""

    def after(self, step: Step, state: Slice) -> None:
        """Note it."""
        self.pass_by(step, state)

    def pass_by(self, step: Step, _state: Slice) -> None:
        """Note where it stands: that is enough."""
        if self._until.holds(step.position, step.recorded_at):
            self.position = step.position
