"""``skillbank reconciliation``: show a period, close one, compare one's own records."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption, Signer
from api.cli.reconciliation.telling import (
    tell_comparison,
    tell_head,
    tell_lines,
    write_sheet,
)
from api.cli.rules.words import Speech
from api.cli.terminal import FAULT, answering, show, show_json
from client.comparing import compare
from client.exchange import preferred_language
from client.own_records import read_own
from client.reconciliation import Wanted
from client.results import Content

app = typer.Typer(name="reconciliation", no_args_is_help=True)

PeriodOption = Annotated[
    str, typer.Option(help="The period's code; open is the one not closed yet (账期).")
]


@app.callback()
def reconciliation() -> None:
    """See who recognised whose credits, close a period, compare records (互认对账)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a period is shown."""

    lines: Annotated[
        bool, typer.Option("--lines", help="Every line with its statement (明细).")
    ] = False
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FILE", help="Write the lines to a new file (导出明细)."
        ),
    ] = None
    as_json: JsonOption = False


@app.command("show")
@grouped
def show_period(
    *,
    period: PeriodOption = "open",
    member: Annotated[
        str | None, typer.Option(help="Only what one member has part in (成员单位).")
    ] = None,
    counterpart: Annotated[
        str | None, typer.Option(help="Only between that member and this (对方).")
    ] = None,
    form: Form,
    at: BankAt,
) -> None:
    """Show what was recognised between members, and the net per pair (对账单)."""
    with answering(as_json=form.as_json), at.open() as bank:
        bank.pinned()
        wanted = Wanted(period=period, member=member, counterpart=counterpart)
        head = bank.reconciliation(wanted)
        speech = Speech(preferred_language())
        if form.sheet is not None:
            count = write_sheet(
                form.sheet, bank.reconciliation_lines(wanted), speech=speech
            )
            show(speech.say(f"已导出 {count} 行。", f"{count} lines written."))
            return
        lines = list(bank.reconciliation_lines(wanted)) if form.lines else []
        if form.as_json:
            shown = head.model_dump()
            if form.lines:
                shown["lines"] = [line.model_dump() for line in lines]
            show_json(shown)
            return
        tell_head(head, speech)
        if form.lines:
            tell_lines(lines, speech)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The ends of a period, both included."""

    first_day: Annotated[
        str, typer.Option(metavar="DATE", help="Its first day (起始日).")
    ]
    last_day: Annotated[
        str,
        typer.Option(metavar="DATE", help="Its last day, which must be over (截止日)."),
    ]


@app.command("close")
@grouped
def close_period(
    code: Annotated[str, typer.Argument(help="The period's code, such as 2026-09.")],
    *,
    days: Days,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Close a period, signed by the operator (关账)."""
    with answering(as_json=as_json), at.open() as bank:
        body = {"code": code, "first_day": days.first_day, "last_day": days.last_day}
        content = Content(type="period.closed.v1", body=body)
        posted = bank.post(signer.factory(at.ledger).sign(content))
        position = posted.receipt.position
        if as_json:
            show_json({**body, "position": position})
        else:
            span = f"{days.first_day}..{days.last_day}"
            show(f"{code}  {span}  entry {position}")


@app.command("compare")
@grouped
def compare_records(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV: exchange_id, root, credits, and category if you like.",
        ),
    ],
    *,
    period: PeriodOption,
    member: Annotated[str, typer.Option(help="Whose records they are (本单位).")],
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Hold a member's own records against the bank's, difference by difference (核对).

    Exit codes: 0 they agree · 1 they differ · 3 the file cannot be read, or there is no
    such period · 4 the bank did not answer.
    """
    with answering(as_json=as_json), at.open() as bank:
        bank.pinned()
        found = compare(
            read_own(file),
            bank.reconciliation_lines(Wanted(period=period, member=member)),
            elsewhere=lambda exchange: bank.reconciliation_lines(
                Wanted(member=member, exchange_id=exchange)
            ),
        )
    tell_comparison(found, as_json=as_json)
    if found.differences:
        raise typer.Exit(FAULT)
