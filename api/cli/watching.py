"""``skillbank audit watch``: follows a log, and tells members what concerns them."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer

from api.cli.explaining import explaining_source
from api.cli.groups import grouped
from api.cli.options import JsonOption, LedgerOption
from api.cli.sources import BankSource, closing, open_source
from api.cli.terminal import (
    FAULT,
    NOT_CHECKED,
    WRONG_INPUT,
    harmless,
    say,
    show,
    stop,
)
from client.errors import InputError
from client.files import write_whole
from client.pinning import split_name
from client.statement_ids import read_statement_ids
from ledger.audit.bundles.making import NothingToExportError, newest_checkpoint
from ledger.audit.errors import SourceUnreachableError
from ledger.audit.ports import Source
from ledger.watching.memory import Memory, MemoryFileError
from ledger.watching.reports import Kind, Report
from ledger.watching.watcher import AnotherLogError, ForkError, Watcher

WAIT_SECONDS_MAX: Final = 300.0
_STATE_BYTES_MAX: Final = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Whose interests are watched, and how often."""

    member: Annotated[
        str | None, typer.Option(help="Report only what concerns this member.")
    ] = None
    records: Annotated[
        Path | None,
        typer.Option(
            help="The member's own records: a folder of receipts, or a CSV file "
            "with a column statement_id (业务流水号)."
        ),
    ] = None
    once: Annotated[bool, typer.Option(help="Look once, and end.")] = False
    interval: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Seconds between two looks.")
    ] = 10.0


@dataclass
class Patience:
    """Waits between looks: longer each time that the bank does not answer."""

    interval_seconds: float
    wait: Callable[[float], None] = time.sleep
    failures: int = field(default=0, init=False)

    def rest(self, *, failed: bool) -> None:
        """Wait for the next look."""
        self.failures = self.failures + 1 if failed else 0
        longer = self.interval_seconds * 2.0 ** min(self.failures, 10)
        self.wait(min(longer, max(WAIT_SECONDS_MAX, self.interval_seconds)))


@grouped
def watch(
    source: Annotated[str, typer.Argument(help="A bank's address (or its folder).")],
    *,
    watched: Watched,
    ledger: LedgerOption,
    state: Annotated[
        Path, typer.Option(help="Where to keep how far was reported (监测进度).")
    ],
    as_json: JsonOption = False,
) -> None:
    """Follow a log, verify it as it grows, and report what concerns members (监测).

    Exit codes: 0 looked once, no fault · 1 a fault, a fork, or a log that shrank ·
    3 not a ledger · 4 no answer (with --once).
    """
    if watched.records is not None and watched.member is None:
        text = "--records are those of one member: name it with --member"
        raise typer.BadParameter(text)
    with (
        _explaining(source, state, as_json=as_json),
        explaining_source(source, as_json=as_json),
    ):
        split_name(ledger)
        _Watch(source, ledger, state, watched, as_json).follow()


@contextmanager
def _explaining(source: str, state: Path, *, as_json: bool) -> Iterator[None]:
    """Say why a ledger cannot be watched.

    Raises:
        typer.Exit: it is so.
    """
    try:
        yield
    except InputError as error:
        stop(error.code, str(error), exit_code=WRONG_INPUT, as_json=as_json)
    except MemoryFileError:
        text = f"{state} is not the state of a watch of this ledger"
        stop("not-a-state", text, exit_code=WRONG_INPUT, as_json=as_json)
    except NothingToExportError:
        text = f"{source} has no checkpoint yet, so there is nothing to watch"
        stop("not-a-ledger", text, exit_code=WRONG_INPUT, as_json=as_json)
    except AnotherLogError:
        text = f"{source} is not the ledger that you named"
        stop("another-ledger", text, exit_code=FAULT, as_json=as_json)
    except OSError as error:
        text = f"{error.filename or 'file'}: {error.strerror or error}"
        stop("file", text, exit_code=WRONG_INPUT, as_json=as_json)


@dataclass(frozen=True)
class _Watch:
    """One run of the command."""

    source: str
    ledger: str
    state: Path
    watched: Watched
    as_json: bool

    def follow(self) -> None:
        """Look again and again, or once.

        Raises:
            typer.Exit: a fault was found, or no answer to the only look.
        """
        patience, watcher = Patience(self.watched.interval), self._open()
        while True:
            failed = False
            try:
                self._look_at(watcher)
            except SourceUnreachableError as error:
                failed = True
                text = f"{self.source} could not be read: {error}"
                if self.watched.once:
                    code = NOT_CHECKED
                    stop("unreachable", text, exit_code=code, as_json=self.as_json)
                say(text)
                # What was read in part may not be verified in full: begin again.
                watcher = self._open()
            if self.watched.once:
                return
            patience.rest(failed=failed)

    def _open(self) -> Watcher:
        """Return a watcher that remembers.

        Raises:
            MemoryFileError: the state is another file.
            StatementFileError: the records are none.
        """
        memory = None
        if self.state.exists():
            with self.state.open("rb") as file:
                memory = Memory.read(file.read(_STATE_BYTES_MAX))
            if memory.ledger != self.ledger:
                raise MemoryFileError
        records: dict[str, frozenset[str]] = {}
        member, path = self.watched.member, self.watched.records
        if path is not None and member is not None:
            records[member] = read_statement_ids(path)
        return Watcher(self.ledger, memory=memory, records=records)

    def _look_at(self, watcher: Watcher) -> None:
        # A watch looks for months: what one look opened ends with it.
        with closing(open_source(self.source)) as opened:
            self._look(watcher, opened)

    def _look(self, watcher: Watcher, opened: Source) -> None:
        """Report what is new, and only then remember it.

        Raises:
            SourceUnreachableError: the bank does not answer; nothing is remembered.
            typer.Exit: a fault was found.
        """
        note, size = newest_checkpoint(opened)
        fresh = _entries(opened, first=watcher.size, size=size)
        faults, member = 0, self.watched.member
        try:
            for report in watcher.read(fresh, note=note):
                faults += report.kind is Kind.FAULT
                if member in {None, report.member} or report.kind is Kind.FAULT:
                    _tell(report, as_json=self.as_json)
        except ForkError as error:
            _keep_evidence(self.state, error, as_json=self.as_json)
        if faults:
            text = f"{faults} faults; nothing is remembered, keep what the bank shows"
            stop("fault", text, exit_code=FAULT, as_json=self.as_json)
        # Killed before this line, the next watch reports again; after it, all is told.
        sys.stdout.flush()
        write_whole(self.state, watcher.remember(note).write())


def _entries(source: Source, *, first: int, size: int) -> Iterator[bytes]:
    if isinstance(source, BankSource):
        found = islice(source.entries(after=first - 1), max(size - first, 0))
    else:
        found = islice(source.entries(), first, max(size, first))
    return (entry.raw for entry in found)


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        line = {
            "position": report.position,
            "kind": report.kind.value,
            "member": report.member,
            "detail": report.detail,
        }
        show(orjson.dumps(line).decode())
        return
    whom = report.member or "everybody"
    show(harmless(f"{report.position} {report.kind.value} {whom}: {report.detail}"))


def _keep_evidence(state: Path, error: ForkError, *, as_json: bool) -> None:
    """Keep both notes beside the state, which stays as it was.

    Raises:
        typer.Exit: always.
    """
    path = state.with_name(f"{state.name}.evidence.json")
    kept = {"reason": error.reason, "seen": error.seen, "shown": error.shown}
    write_whole(path, orjson.dumps(kept, option=orjson.OPT_INDENT_2) + b"\n")
    text = f"{error.reason}: both checkpoints are in {path}, show them to others"
    stop("fork", text, exit_code=FAULT, as_json=as_json, evidence=str(path))
