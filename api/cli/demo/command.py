"""The command itself: founds, plays a source, asks, proves, audits, tells."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn, Protocol

import orjson
import typer
from rich.console import Console

from api.cli.demo.catalogue import read_plan
from api.cli.demo.consortium import Consortium
from api.cli.demo.counting import count_types
from api.cli.demo.embedded import Embedded, embedded_bank
from api.cli.demo.oulad import Oulad
from api.cli.demo.oulad_files import DataFolderError
from api.cli.demo.sample import Sample
from api.cli.demo.story import Story
from api.cli.demo.telling import Told, tell
from api.cli.terminal import (
    FAULT,
    USAGE,
    WRONG_INPUT,
    answering,
    say,
    show,
)
from api.founding import Founder
from api.settings import SERVICE_KEY_FILE, Settings
from client.bank import Bank
from client.keyfolder import read_key
from ledger.audit.database import DatabaseSource
from ledger.audit.findings import AuditReport
from ledger.audit.verify import verify
from ledger.database import open_for_reading
from ledger.domain.types import credits_text
from ledger.publishing.folder import LogFolder
from ledger.publishing.rebuilding import rebuild_log
from ledger.sequencer import Clock
from ledger.store.reader import LogReader
from projections.overview.queries import awards_by_member


class SourceOfDemo(Protocol):
    """Where the demo's consortium and results come from, and by which clock."""

    @property
    def clock(self) -> Clock:
        """Where the time comes from."""
        ...

    def play(self, consortium: Consortium) -> Story:
        """Admit members and post everything; return what to tell."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What ``--json`` prints."""

    report: AuditReport
    by_member: Counter[str]
    said: Counter[str]
    """How often each type of statement stands in the log."""

    def as_object(self) -> dict[str, object]:
        """Return one object of figures."""
        report = self.report
        return {
            "ledger": report.ledger,
            "members": report.members,
            "learners": report.learners,
            "awards": report.awards,
            "awards_by_member": dict(sorted(self.by_member.items())),
            "credits": credits_text(report.awarded_milli),
            "exchanges": self.said["exchange.accepted.v1"],
            "redemptions": self.said["credit.redeemed.v1"],
            "entries": report.entries,
            "trial_balance": {
                member: credits_text(amount)
                for member, amount in report.trial_balance.items()
            },
            "audit": "pass" if report.passed else "fault",
        }


def demo(
    *,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Post real results: a folder with the Open University's of 2013 "
            "(docs/guide/demo.md says which files).",
        ),
    ] = None,
    assessments: Annotated[
        bool, typer.Option(help="With --data: every passed assessment as well.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the bank in this new or empty folder.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one object of figures.")
    ] = False,
) -> None:
    """Run a whole consortium on a bank of its own: post, ask, prove, audit.

    Exit codes: 0 the audit passes · 1 it does not · 2 usage · 3 no such data.
    """
    if assessments and data is None:
        _stop("--assessments needs --data DIR", USAGE)
    if keep is not None and keep.exists() and not _is_empty_folder(keep):
        _stop(f"{keep} is not an empty folder: name a new folder", USAGE)
    source = _open_source(data, assessments=assessments)
    with answering(as_json=as_json), _folder(keep) as folder:
        figures = _run(source, folder, quiet=as_json, kept=keep is not None)
    if as_json:
        show(orjson.dumps(figures.as_object()).decode())
    if not figures.report.passed:
        raise typer.Exit(FAULT)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Make the bank's folder: the one to keep, or one that goes away again."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(
        prefix="skillbank-demo-", ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _stop(text: str, code: int) -> NoReturn:
    say(f"error: {text}")
    raise typer.Exit(code)


def _open_source(data: Path | None, *, assessments: bool) -> SourceOfDemo:
    if data is None:
        return Sample()
    try:
        return Oulad(data, assessments=assessments)
    except DataFolderError as error:
        _stop(f"{data} does not hold the data set: {error}", WRONG_INPUT)


def _run(source: SourceOfDemo, folder: Path, *, quiet: bool, kept: bool) -> Figures:
    operator = read_plan()["operator"]
    founder = Founder(
        origin="skillbank.example/demo",
        operator=operator["member_id"],
        name=operator["name"],
        name_en=operator["name_en"],
    )
    started = time.monotonic()
    with embedded_bank(folder, founder, clock=source.clock) as embedded:
        told = _play(source, embedded, quiet=quiet)
    posted = time.monotonic()
    if kept:
        _write_log(embedded.settings)
    ledger = embedded.founded.ledger
    audited = DatabaseSource(embedded.settings.database_url)
    report = verify(audited, ledger=ledger)
    audited.close()
    figures = Figures(
        report=report,
        by_member=told.by_member,
        said=count_types(embedded.settings.database_url),
    )
    if not quiet:
        tell(
            told,
            report,
            folder=folder if kept else None,
            seconds=(posted - started, time.monotonic() - posted),
        )
    return figures


def _write_log(settings: Settings) -> None:
    """Leave the log as files that an auditor can do with alone."""
    engine = open_for_reading(settings.database_url)
    log = LogReader(engine)
    head = log.read_head()
    if head is not None:
        rebuild_log(LogFolder(settings.log), log, head=head, with_entries=True)
    engine.dispose()


def _play(source: SourceOfDemo, embedded: Embedded, *, quiet: bool) -> Told:
    ledger = embedded.founded.ledger
    with Bank(embedded.url, ledger=ledger) as bank:
        consortium = Consortium(
            bank,
            operator=embedded.founded.operator_key,
            service=read_key(embedded.settings.keys / SERVICE_KEY_FILE),
            clock=source.clock,
        )
        progress = Console(stderr=True, quiet=quiet)
        with progress.status("A bank is founded and a consortium goes to work …"):
            story = source.play(consortium)
            balance = bank.balance(story.learner)
            proven = bank.proof(bank.award(story.award).position)
            by_member = awards_by_member(embedded.settings.projections_url)
        return Told(
            story=story,
            consortium=consortium,
            balance=balance,
            awards=tuple(bank.awards(story.learner)),
            trail=tuple(bank.trail(story.learner)),
            proven=proven,
            by_member=by_member,
        )
