"""``skillbank import``: a whole file of results, resumable."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

from api.cli.awarding import Opening, read_pairs, today
from api.cli.groups import grouped
from api.cli.inputs import read_mandate
from api.cli.options import BankAt, JsonOption, Signer
from api.cli.terminal import (
    WRONG_INPUT,
    answering,
    errors,
    faults_as_object,
    list_faults,
    say,
    show_json,
)
from client.imports.columns import Wording
from client.imports.order import Order, Step, Summary
from client.imports.order import Progress as Report
from client.imports.run import Import


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Opening):
    """How the file is to be understood, and accounts opened."""

    names: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=NAME",
            help="Your file's own name of a column; repeatable (列名对应).",
        ),
    ] = None
    defaults: Annotated[
        list[str] | None,
        typer.Option(
            "--default",
            metavar="COLUMN=VALUE",
            help="A value for every row, if the file lacks the column; repeatable.",
        ),
    ] = None
    encoding: Annotated[
        str | None,
        typer.Option(help="utf-8 or gb18030; found out if not given (编码)."),
    ] = None
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Check everything, send nothing (试运行)."),
    ] = False

    def wording(self) -> Wording:
        """Return what the options say about columns."""
        return Wording(
            names=read_pairs(self.names or [], option="--map"),
            defaults=read_pairs(self.defaults or [], option="--default"),
        )

    def checked_encoding(self) -> str | None:
        """Return the encoding, if it is one that is read here.

        Raises:
            typer.BadParameter: another one.
        """
        known = {"utf-8": "utf-8-sig", "gb18030": "gb18030", "gbk": "gb18030"}
        if self.encoding is None:
            return None
        found = known.get(self.encoding.casefold())
        if found is None:
            hint = f"{self.encoding!r}: utf-8 or gb18030"
            raise typer.BadParameter(hint, param_hint="--encoding")
        return found


@grouped
def import_file(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.")
    ],
    *,
    reading: Reading,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Import a CSV file of results (批量导入).

    Nothing is sent unless the whole file is right. If it is interrupted, run the same
    command again: it goes on where it stopped, and nothing counts twice. Keep the
    folder FILE.csv.import until all is in. Columns: docs/spec/csv-import.md.

    Exit codes: 0 all rows are in · 3 rows are faulty or refused · 4 the bank did not
    answer.
    """
    wording, encoding = reading.wording(), reading.checked_encoding()
    with answering(as_json=as_json), at.open() as bank, signer.learners() as book:
        order = Order(
            path=file,
            today=today(),
            wording=wording,
            encoding=encoding,
            mode=reading.mode.value,
            mandate=read_mandate(reading.mandate),
        )
        with _progress() as report:
            job = Import(
                order=order, secret=signer.secret(), book=book, progress=report
            )
            if reading.dry_run:
                summary = job.check(bank=bank)
            else:
                summary = job.run(bank, signer.factory(at.ledger))
    _show(summary, dry_run=reading.dry_run, as_json=as_json)
    if summary.refused.count:
        raise typer.Exit(WRONG_INPUT)


@contextmanager
def _progress() -> Iterator[Report]:
    """Show a bar on a terminal; elsewhere nothing."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Elapsed(),
    )
    hidden = not errors.is_terminal
    with Progress(*columns, console=errors, transient=True, disable=hidden) as bar:
        tasks = {}

        def report(step: Step) -> None:
            if step.stage not in tasks:
                tasks[step.stage] = bar.add_task(step.stage, total=None)
            task, total = tasks[step.stage], step.total or None
            bar.update(task, completed=step.done, total=total)

        yield report


def _show(summary: Summary, *, dry_run: bool, as_json: bool) -> None:
    if summary.ignored_columns:
        say(f"Columns that mean nothing here: {', '.join(summary.ignored_columns)}")
    list_faults(summary.refused)
    if as_json:
        show_json(
            {
                "dry_run": dry_run,
                "rows": summary.rows,
                "posted": summary.posted,
                "known": summary.known,
                "accounts_opened": summary.accounts_opened,
                "batches": summary.batches,
                "replayed_batches": summary.replayed,
                "refused": summary.refused.count,
                "errors": faults_as_object(summary.refused),
                "ignored_columns": list(summary.ignored_columns),
                "encoding": summary.encoding,
            }
        )
        return
    if dry_run:
        typer.echo(f"{summary.rows} rows are right; nothing was sent (dry run).")
        return
    typer.echo(
        f"{summary.rows} rows: {summary.posted} posted, {summary.known} there before, "
        f"{summary.refused.count} refused; {summary.accounts_opened} accounts opened."
    )
