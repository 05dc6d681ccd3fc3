"""``skillbank audit``: trusts nobody, and nothing but the ledger's name."""

from typing import Annotated, Final, NoReturn

import orjson
import typer
from rich.console import Console
from rich.table import Table

from api.cli.sources import SourceUnreachableError, open_source
from ledger.audit.database import NotALedgerError, UnreadableSourceError
from ledger.audit.findings import AuditReport
from ledger.audit.verify import Source, WrongLedgerError, read_name, verify
from ledger.domain.types import credits_text
from ledger.integrity.encoding import b64encode

FAULT: Final = 1
NOT_A_LEDGER: Final = 3
NOT_CHECKED: Final = 4

FINDINGS_SHOWN: Final = 20

app = typer.Typer(name="audit", no_args_is_help=True)

_errors = Console(stderr=True, highlight=False)
_console = Console(highlight=False)


@app.callback()
def audit() -> None:
    """Verify a ledger with nothing in hand but its name (审计)."""


@app.command("verify")
def verify_command(
    source: Annotated[
        str,
        typer.Argument(
            help="A bank's folder, SQLite file, database URL or http address."
        ),
    ],
    *,
    ledger: Annotated[
        str | None,
        typer.Option(help="The ledger's name, as you learned it from elsewhere."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Check every signature, leaf, root, checkpoint, right and balance.

    Exit codes: 0 all is well · 1 a proven fault · 3 not a ledger · 4 not checked.
    """
    try:
        opened = open_source(source)
        if ledger is None:
            _ask_for_name(opened)
        report = verify(opened, ledger=ledger)
    except NotALedgerError:
        _stop(f"{source} is not a ledger.", NOT_A_LEDGER)
    except SourceUnreachableError as error:
        _stop(f"{source} could not be read: {error}", NOT_CHECKED)
    except WrongLedgerError as error:
        found = error.found or "none that can be read"
        _stop(f"Not the pinned ledger. Pinned {error.pinned}, found {found}.", FAULT)
    except UnreadableSourceError as error:
        _stop(f"Unreadable from position {error.position} on.", FAULT)
    if as_json:
        typer.echo(orjson.dumps(as_object(report)).decode())
    else:
        print_report(report)
    if not report.passed:
        raise typer.Exit(FAULT)


def _ask_for_name(source: Source) -> NoReturn:
    name = read_name(source)
    if name is None:
        raise NotALedgerError
    typer.echo(name)
    _stop(
        "This is the name it gives itself. Compare it with the one you were given, "
        "and say it with --ledger: without it nothing is proven.",
        NOT_CHECKED,
    )


def _stop(text: str, code: int) -> NoReturn:
    _errors.print(text, soft_wrap=True, markup=False)
    raise typer.Exit(code)


def as_object(report: AuditReport) -> dict[str, object]:
    """Return the report as ``--json`` prints it."""
    return {
        "ledger": report.ledger,
        "verdict": "pass" if report.passed else "fault",
        "entries": report.entries,
        "checkpoint_size": report.checkpoint_size,
        "root": b64encode(report.root),
        "signatures": report.signatures,
        "members": report.members,
        "learners": report.learners,
        "awards": report.awards,
        "credits": credits_text(report.awarded_milli),
        "trial_balance": {
            member: credits_text(amount)
            for member, amount in report.trial_balance.items()
        },
        "recovery_positions": list(report.recovery_positions),
        "findings": [
            {
                "position": finding.position,
                "last": finding.last,
                "code": finding.code,
                "detail": finding.detail,
            }
            for finding in report.findings
        ],
    }


def print_report(report: AuditReport) -> None:
    """Say what was checked and what was found."""
    table = Table(show_header=False, box=None, pad_edge=False)
    unbalanced = [name for name, amount in report.trial_balance.items() if amount]
    for name, value in (
        ("ledger", report.ledger),
        ("entries", f"{report.entries}, all under the checkpoint of the last"),
        ("signatures", f"{report.signatures} verified under keys held at the time"),
        ("members, learners", f"{report.members}, {report.learners}"),
        (
            "awards",
            f"{report.awards} of {credits_text(report.awarded_milli)} credits",
        ),
        (
            "trial balance",
            f"not zero for {', '.join(unbalanced)}"
            if unbalanced
            else f"zero for all {len(report.trial_balance)} members",
        ),
        ("recovery keys", f"{len(report.recovery_positions)} entries signed with one"),
    ):
        table.add_row(name, value)
    _console.print(table)
    if report.passed:
        _console.print("[bold green]PASS[/] nothing was found")
        return
    for finding in report.findings[:FINDINGS_SHOWN]:
        _console.print(str(finding), markup=False)
    more = len(report.findings) - FINDINGS_SHOWN
    if more > 0:
        _console.print(f"… and {more} more (--json lists them)")
    first = report.findings[0].position
    _console.print(f"[bold red]FAULT[/] first bad position: {first}")
