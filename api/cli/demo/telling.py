"""Says what happened so that a stranger understands it, in two screens."""

import shlex
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from api.cli.demo.consortium import Consortium
from api.cli.demo.story import Story
from api.cli.reporting import print_report
from api.cli.terminal import PipeConsole
from client.answers import Award, TrailEvent
from client.balances import Balance
from client.proven import ProvenEntry
from ledger.audit.findings import AuditReport
from ledger.domain.types import credits_text

AWARDS_SHOWN: Final = 6
TRAIL_SHOWN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was asked of the bank before it closed."""

    story: Story
    consortium: Consortium
    balance: Balance
    awards: tuple[Award, ...]
    trail: tuple[TrailEvent, ...]
    proven: ProvenEntry
    by_member: Counter[str]


def tell(
    told: Told,
    report: AuditReport,
    *,
    folder: Path | None,
    seconds: tuple[float, float],
) -> None:
    """Print the story, the audit, and where to look further."""
    console = PipeConsole(highlight=False)
    _members(console, told, report=report, seconds=seconds[0])
    _learner(console, told)
    _deals(console, told)
    _services(console, told)
    _events(console, told)
    _proof(console, told)
    console.rule("What an auditor finds (审计)", align="left")
    console.print(
        "The auditor was given the ledger's name and the database, and trusted "
        f"nothing else. It took {seconds[1]:.1f} s."
    )
    print_report(report, console)
    _further(console, told, folder=folder, ledger=report.ledger)


def _members(
    console: Console, told: Told, *, report: AuditReport, seconds: float
) -> None:
    console.rule(told.story.title, align="left")
    console.print(f"Source: {told.story.source}.")
    console.print(
        f"An operator founded a ledger and admitted {report.members - 1} members, "
        "each with a key that only it holds. They opened "
        f"{report.learners} learners' accounts (开户) and posted {report.awards} "
        f"awards (学习成果) of {credits_text(report.awarded_milli)} credits: "
        f"{report.entries} signed entries in {seconds:.1f} s. Every receipt was "
        "checked by whoever posted."
    )
    table = Table(box=None, pad_edge=False)
    for name, justify in (
        ("member", "left"),
        ("成员单位", "left"),
        ("awards", "right"),
    ):
        table.add_column(name, justify="right" if justify == "right" else "left")
    for member_id, count in sorted(told.by_member.items()):
        member = told.consortium.names[member_id]
        table.add_row(f"{member.name_en}", member.name, f"{count}")
    console.print(table)


def _learner(console: Console, told: Told) -> None:
    balance = told.balance
    console.rule("What one learner has (学分账户)", align="left")
    console.print(
        f"{balance.learner_id}, {told.story.learner_about}, has earned "
        f"{balance.earned} credits:"
    )
    table = Table(box=None, pad_edge=False)
    for name in ("at", "achievement", "成果", "learned to", "credits", "state"):
        table.add_column(name, justify="right" if name == "credits" else "left")
    for award in told.awards[:AWARDS_SHOWN]:
        table.add_row(
            award.issuer,
            (award.achievement or f"/→ {award.requirement}").partition("/")[2],
            award.title or "",
            award.learned_to or award.assessed_on or "",
            award.available,
            "in doubt" if award.contested else award.status.replace("_", " "),
        )
    console.print(table)
    more = len(told.awards) - AWARDS_SHOWN
    if more > 0:
        console.print(f"… and {more} more")
    console.print("Everything that happened to the account is kept (学分流水):")
    for event in told.trail[:TRAIL_SHOWN]:
        what = event.achievement or ""
        when = event.recorded_at[:19].replace("T", " ")
        console.print(
            f"  entry {event.position}  {when}  {event.type}  {event.issuer}  {what}"
        )
    more = len(told.trail) - TRAIL_SHOWN
    if more > 0:
        console.print(f"  … and {more} more")


def _events(console: Console, told: Told) -> None:
    if not told.story.events:
        return
    console.rule("What went wrong, and stays visible (更正与事故)", align="left")
    for event in told.story.events:
        console.print(f"• {event}.")


def _deals(console: Console, told: Told) -> None:
    if not told.story.deals:
        return
    console.rule("What was agreed on, and exchanged (规则与转换)", align="left")
    for deal in told.story.deals:
        console.print(f"• {deal}.")


def _services(console: Console, told: Told) -> None:
    if not told.story.services:
        return
    console.rule("What learners asked for (学习者服务)", align="left")
    for service in told.story.services:
        console.print(f"• {service}.")


def _proof(console: Console, told: Told) -> None:
    console.rule("What one award proves (存证)", align="left")
    size = told.proven.checkpoint.split("\n")[1]
    console.print(
        f"The award {told.story.award} is entry {told.proven.position} of {size}: its "
        f"bytes, {len(told.proven.path)} hashes and the signed checkpoint prove it to "
        "anyone who knows the ledger's name, without asking this bank."
    )


def _further(console: Console, told: Told, *, folder: Path | None, ledger: str) -> None:
    console.rule("How to look around (自己看看)", align="left")
    command = _command()
    if folder is None:
        console.print(
            "This bank was temporary and is gone. Keep the next one, and it tells how "
            "to ask it yourself:"
        )
        console.print(f"  {command} demo --keep mybank", soft_wrap=True)
        return
    learner, award = told.story.learner, told.story.award
    at = shlex.quote(str(folder))
    console.print("Start the bank. It runs until Ctrl-C:")
    _lines(console, f"{command} serve --data {at}")
    console.print("Ask it from a second terminal, in the same folder:")
    _lines(
        console,
        f"export SKILLBANK_LEDGER='{ledger}'",
        f"{command} balance {learner}",
        f"{command} awards {learner}",
        f"{command} trail {learner}",
        f"{command} prove {award} --out proof.json",
    )
    console.print("Check it without the bank, which may be stopped:")
    _lines(
        console,
        f'{command} audit proof proof.json --ledger "$SKILLBANK_LEDGER"',
        f'{command} audit verify {at} --ledger "$SKILLBANK_LEDGER"',
    )
    console.print("In a browser, while it runs: http://127.0.0.1:8000/docs")


def _lines(console: Console, *lines: str) -> None:
    """Print lines to be copied: as long as they are, on one line each."""
    for line in lines:
        console.print(f"  {line}", soft_wrap=True, markup=False)


def _command() -> str:
    """Return what to type for this command in this shell."""
    if shutil.which("skillbank"):
        return "skillbank"
    path = Path(sys.argv[0])
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return shlex.quote(str(shown))
