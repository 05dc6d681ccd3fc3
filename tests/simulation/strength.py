"""Breaks the write path on purpose: the proof that the simulator looks at all.

``python -m tests.simulation.strength`` does each harm to every seed in turn, and prints
after how many seeds it was found, and as what.
"""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, Table

from ledger.domain.state import LotRecord, StatementRecord
from ledger.publishing import publisher
from ledger.publishing.folder import LogFolder
from ledger.sequencer.clock import WriterClock
from ledger.sequencer.commit import Committer
from ledger.sequencer.group import Group
from ledger.sequencer.refusals import RefusalMemory
from ledger.sequencer.register import Register
from ledger.sequencer.waiting import Waiting
from ledger.store.application import AmbiguousCommitError, LedgerStore
from ledger.store.asking import StoreUnavailableError
from ledger.store.heads import Head
from ledger.store.recorder import LedgerRecorder
from ledger.vault.vault import VaultUnavailableError
from projections import runner
from projections.trail import projection
from projections.trail.tables import trail_about
from tests.simulation.following import projected_ground
from tests.simulation.ground import ground
from tests.simulation.machine import VaultOfProcess
from tests.simulation.seeds import run_seed

SEEDS_MAX: Final = 500
Harm = Callable[[], AbstractContextManager[None]]
# Any: what stands in for a method takes whatever the method takes.
Call = Callable[..., Any]
Row = tuple[object, ...]


@contextmanager
def replaced(owner: object, name: str, *, by: Callable[[Call], Call]) -> Iterator[None]:
    """Put something else in the place of a method or function, for a while."""
    before = getattr(owner, name)
    setattr(owner, name, by(before))
    try:
        yield
    finally:
        setattr(owner, name, before)


def ignoring(*errors: type[Exception]) -> Callable[[Call], Call]:
    """Return what goes on as if a call had not failed."""

    def by(call: Call) -> Call:
        def go_on(*given: object, **named: object) -> object:
            with suppress(*errors):
                return call(*given, **named)
            return None

        return go_on

    return by


def returning(answer: object) -> Callable[[Call], Call]:
    """Return what answers always the same."""
    return lambda _: lambda *_given, **_named: answer


def without(kind: type) -> Callable[[Call], Call]:
    """Return what forgets the records of one kind."""

    def by(call: Call) -> Call:
        return lambda *given: [one for one in call(*given) if type(one) is not kind]

    return by


def overwriting(_: Call) -> Call:
    """Insert rows over those that another writer has written."""

    def insert(_self: object, connection: Connection, *rows: list[Row]) -> None:
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO stored_events (originator_id, originator_version,"
            " topic, state, notification_id) VALUES (?, ?, ?, ?, ?)",
            rows[0],
        )

    return insert


def going_back(_: Call) -> Call:
    """Record the wall clock's instant, whatever the log says."""
    return lambda self, **_named: self.now()


def checkpoint_first(call: Call) -> Call:
    """Show a checkpoint before what it covers."""

    def write(folder: LogFolder, head: Head, **named: object) -> None:
        folder.put_checkpoint(head.note)
        call(folder, head, **named)

    return write


def any_bytes(_: Call) -> Call:
    """Answer other bytes under a refused id with that refusal."""

    def find(self: RefusalMemory, one: Waiting, *, now: str) -> object:
        iss, identity, _expires = one.name()
        return self.look_up(iss, identity, now=now)

    return find


def one_short(call: Call) -> Call:
    """Write the rows that find statements but for every last one."""

    def insert(connection: Connection, table: Table, *, rows: list[object]) -> None:
        call(connection, table, rows=rows[:-1] if table is trail_about else rows)

    return insert


HARMS: Final[Mapping[str, Harm]] = MappingProxyType(
    {
        "acknowledges what the store refused": lambda: replaced(
            LedgerStore, "append", by=ignoring(StoreUnavailableError)
        ),
        "takes a commit of unknown outcome for done": lambda: replaced(
            LedgerStore, "append", by=ignoring(AmbiguousCommitError)
        ),
        "does not look whether it was said before": lambda: replaced(
            Group, "find_repeated", by=returning(None)
        ),
        "writes over what another writer wrote": lambda: replaced(
            LedgerRecorder, "_insert", by=overwriting
        ),
        "keeps its register when it forgets its head": lambda: replaced(
            Register, "forget", by=returning(None)
        ),
        "forgets the changed lots": lambda: replaced(
            Group, "changes", by=without(LotRecord)
        ),
        "forgets the used ids": lambda: replaced(
            Group, "changes", by=without(StatementRecord)
        ),
        "commits although the vault is away": lambda: replaced(
            VaultOfProcess, "put", by=ignoring(VaultUnavailableError)
        ),
        "records what the wall clock says": lambda: replaced(
            WriterClock, "instant", by=going_back
        ),
        "shows a checkpoint before what it covers": lambda: replaced(
            publisher, "write_log", by=checkpoint_first
        ),
        "refuses other bytes from memory": lambda: replaced(
            RefusalMemory, "find", by=any_bytes
        ),
        "projects a page and forgets that it did": lambda: replaced(
            runner, "_move", by=returning(None)
        ),
        "finds no longer all that a statement is about": lambda: replaced(
            projection, "insert_tuples", by=one_short
        ),
        "stands on its old head after another wrote": lambda: replaced(
            Committer, "_forget_head", by=returning(None)
        ),
    }
)
"""What is done to the writer, by its name."""


def found_after(name: str, *, seeds_max: int = SEEDS_MAX) -> tuple[int, str] | None:
    """Return after how many seeds a harm is found, and the promise that it broke."""
    # All seeds of this process begin there: they are written unharmed.
    ground()
    projected_ground()
    with HARMS[name]():
        for seed in range(seeds_max):
            broken = run_seed(seed).broken
            if broken is not None:
                return seed + 1, broken
    return None


def main() -> int:
    """Do every harm."""
    logging.disable(logging.CRITICAL)
    unfound = 0
    for name in HARMS:
        found = found_after(name)
        unfound += found is None
        seeds, promise = found or (0, "not found")
        sys.stdout.write(f"{name:45} {seeds:4}  {promise[:90]}\n")
        sys.stdout.flush()
    return int(unfound > 0)


if __name__ == "__main__":
    sys.exit(main())
