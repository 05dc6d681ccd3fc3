"""Replays a source: verified first, read again, and held to what was verified."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import NoReturn

from api.cli.auditing import showing_progress
from api.cli.terminal import FAULT, NOT_CHECKED, USAGE, say, stop
from client.pinning import split_name
from ledger.audit.explain.proofs import Leaves
from ledger.audit.figures.effective import Effective
from ledger.audit.figures.recognised import Recognised
from ledger.audit.figures.summary import Replayed
from ledger.audit.findings import AuditReport
from ledger.audit.ports import RangedSource, SizedSource, Source
from ledger.audit.rebuild import (
    Effort,
    Observer,
    Rebuilt,
    UnreadableHistoryError,
    Until,
    rebuild_all,
)
from ledger.audit.verify import Audit
from ledger.audit.workers import Workers
from ledger.domain.state import LedgerRecord
from ledger.store.heads import read_head_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """A source, and what is known of it. ``report`` is None if it was not verified.

    What is rebuilt is let go of when ``opened`` is closed.
    """

    source: Source
    ledger: str
    report: AuditReport | None
    as_json: bool
    workers: Workers
    opened: ExitStack

    def replayed(
        self,
        until: Until,
        *,
        effective_on: str | None = None,
        observers: Sequence[Observer] = (),
    ) -> Replayed:
        """Replay, and have the figures worked out.

        Raises:
            typer.Exit: a fault, or there is no such past.
        """
        effective = None if effective_on is None else Effective(effective_on)
        recognised = Recognised()
        looking: list[Observer] = [recognised, *observers]
        if effective is not None:
            looking.append(effective)
        self.opened.callback(recognised.close)
        if effective is not None:
            self.opened.callback(effective.close)
        return Replayed(
            rebuilt=self.rebuilt(until, observers=looking),
            recognised=recognised,
            effective=effective,
            effective_on=effective_on,
        )

    def rebuilt(
        self,
        until: Until,
        *,
        observers: Sequence[Observer] = (),
        leaves: Leaves | None = None,
    ) -> Rebuilt:
        """Read the log again, as far as it was verified, and replay it.

        Raises:
            typer.Exit: a fault, or there is no such past.
        """
        size = None if self.report is None else self.report.entries
        known = self.source.size() if isinstance(self.source, SizedSource) else None
        effort = Effort(
            workers=self.workers,
            size=known if size is None else size,
            verified=self.report is not None,
            ranged=self.source if isinstance(self.source, RangedSource) else None,
        )
        try:
            rebuilt = rebuild_all(
                islice(self.source.entries(), size),
                until=until,
                observers=observers,
                on_leaf=None if leaves is None else leaves.add,
                effort=effort,
            )
        except UnreadableHistoryError as error:
            text = f"the log cannot be replayed from position {error.position} on"
            self._stop("unreadable", text, exit_code=FAULT, position=error.position)
        self.opened.callback(rebuilt.close)
        if self.report is not None and rebuilt.root != self.report.root:
            text = "the source gave other entries when it was read again"
            self._stop("source-changed", text, exit_code=FAULT)
        self._check(rebuilt, until)
        return rebuilt

    def _check(self, rebuilt: Rebuilt, until: Until) -> None:
        record = rebuilt.state.find(LedgerRecord, 0)
        if record is None and until.instant is None:
            text = "the source has no entries"
            self._stop("no-entries", text, exit_code=NOT_CHECKED)
        if record is None or rebuilt.position < (until.position or 0):
            text = f"there is no such past: the log ends at {rebuilt.entries - 1}"
            self._stop("no-such-past", text, exit_code=USAGE)
        if record.name != self.ledger:
            text = f"not the ledger that you named: found {record.name}"
            self._stop("another-ledger", text, exit_code=FAULT)

    def _stop(
        self, code: str, text: str, *, exit_code: int, **more: object
    ) -> NoReturn:
        stop(code, text, exit_code=exit_code, as_json=self.as_json, **more)

    def note(self, size: int) -> str | None:
        """Return the checkpoint over exactly so many entries, if the source has it."""
        note = self.source.checkpoint()
        for stored in self.source.heads():
            head = read_head_state(stored.state, version=stored.version)
            note = head.note if head.size == size else note
        return note


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The name that a source is held to, and whether it is trusted without a check.

    ``workers`` are the processes that read it.
    """

    ledger: str
    is_trusted: bool
    as_json: bool
    workers: Workers


def verified(source: Source, run: Run, *, opened: ExitStack) -> Rebuilding:
    """Verify a source, unless it is trusted for now; stop at a fault.

    What is rebuilt of it is let go of when ``opened`` is closed.

    Raises:
        typer.Exit: the log fails verification.
        LedgerNameError: the name has not the form of one.
        WrongLedgerError: the source holds another ledger.
    """
    split_name(run.ledger)
    report = None
    if run.is_trusted:
        say("not verified: what follows is what the entries say, true or not")
    else:
        audit = Audit(source, ledger=run.ledger)
        with showing_progress(source, as_json=run.as_json) as on_entries:
            report = audit.run(on_entries, workers=run.workers)
        if not report.passed:
            first = report.findings[0]
            text = (
                f"the log fails verification, first at position {first.position} "
                f"({first.code}): see `skillbank audit verify`"
            )
            more = {"position": first.position, "finding": first.code}
            stop("not-verified", text, exit_code=FAULT, as_json=run.as_json, **more)
    return Rebuilding(
        source=source,
        ledger=run.ledger,
        report=report,
        as_json=run.as_json,
        workers=run.workers,
        opened=opened,
    )
