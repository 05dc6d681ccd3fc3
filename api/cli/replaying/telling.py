"""What a replay prints: figures on a page, everything as JSON, or what differs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import orjson
import typer
from rich.console import Console
from rich.text import Text

from api.cli.oversight.words import Telling
from api.cli.replaying.rebuilding import Rebuilding
from api.cli.terminal import FAULT, harmless, new_table, show, show_json, stdout_console
from client.exchange import preferred_language
from ledger.audit.compare.difference import Difference
from ledger.audit.figures.summary import Replayed, sections, summary
from ledger.audit.findings import FINDINGS_MAX
from ledger.integrity.encoding import b64encode

DIFFERENCES_SHOWN: Final = 20

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What was replayed, and whether it was verified before."""

    ledger: str
    is_verified: bool
    replayed: Replayed

    @classmethod
    def of(cls, rebuilding: Rebuilding, replayed: Replayed) -> Self:
        """Return the header of one run."""
        verified = rebuilding.report is not None
        return cls(ledger=rebuilding.ledger, is_verified=verified, replayed=replayed)

    def as_object(self) -> Json:
        """Return it as ``--json`` prints it."""
        rebuilt = self.replayed.rebuilt
        return {
            "ledger": self.ledger,
            "verified": self.is_verified,
            "position": rebuilt.position,
            "recorded_at": rebuilt.recorded_at,
            "date": rebuilt.date,
            "effective_on": self.replayed.effective_on,
            "entries": rebuilt.entries,
            "root": b64encode(rebuilt.root),
        }


@dataclass(slots=True, kw_only=True)
class Comparison:
    """Every difference counted, and the first of them kept."""

    count: int = 0
    kept: list[Difference] = field(default_factory=list)
    of_what: Mapping[str, object] = field(default_factory=dict)

    def take(self, differences: Iterable[Difference]) -> None:
        """Count them."""
        for difference in differences:
            self.note(difference)

    def note(self, difference: Difference) -> None:
        """Count one."""
        self.count += 1
        if len(self.kept) < FINDINGS_MAX:
            self.kept.append(difference)

    def as_object(self) -> Json:
        """Return it as ``--json`` prints it."""
        return {
            "verdict": "fault" if self.count else "pass",
            "compared": dict(self.of_what),
            "differences": self.count,
            "listed": [
                {
                    "table": one.table,
                    "key": one.key,
                    "column": one.column,
                    "shown": one.shown,
                    "recomputed": one.recomputed,
                }
                for one in self.kept
            ],
        }


def show_figures(header: Header, more: Json) -> None:
    """Print one object."""
    show_json({**header.as_object(), **more})


def show_whole(header: Header, replayed: Replayed) -> None:
    """Print every figure as one object, a row at a time: it may be as long as a log."""
    head = {**header.as_object(), "summary": summary(replayed)}
    show(orjson.dumps(head).decode()[:-1] + ",")
    parts = sections(replayed)
    for number, (name, rows) in enumerate(parts.items(), start=1):
        show(f'"{name}": [')
        before: str | None = None
        for row in rows():
            if before is not None:
                show(f"{before},")
            before = orjson.dumps(row).decode()
        if before is not None:
            show(before)
        show("]," if number < len(parts) else "]}")


def print_summary(header: Header, replayed: Replayed) -> None:
    """Print what fits on a page."""
    console, speech = stdout_console(), Telling(preferred_language())
    _print_head(header, console)
    figures = summary(replayed)
    del figures["trial_balance"]
    balance = replayed.trial_balance()
    table = new_table("", "")
    table.show_header = False
    wrong = [f"{member} {sum_}" for member, sum_ in balance.items() if sum_ != "0"]
    say = speech.say
    zero = say(f"{len(balance)} 个成员均为零", f"zero for all {len(balance)} members")
    table.add_row(say("试算平衡", "trial balance"), ", ".join(wrong) or zero)
    for name, value in figures.items():
        table.add_row(say(_CHINESE[name], name), _line(value, speech))
    console.print(table)
    totals = list(replayed.recognised.totals(replayed.rebuilt.state))
    if totals:
        names = list(totals[0])
        lines = new_table(*names, title=say("互认对账", "reconciliation"))
        for row in totals:
            lines.add_row(*(_line(row[name], speech) for name in names))
        console.print(lines)


_CHINESE: Final[Mapping[str, str]] = {
    "members": "成员单位",
    "learners": "学分账户",
    "lots": "学分批次",
    "rules": "认定/转换规则",
    "enrolments": "学籍",
    "exchanges": "学分转换",
    "claims": "成果申报",
    "appeals": "申诉",
    "periods": "对账期",
}


def _line(value: object, speech: Telling) -> str:
    """Return figures as one line: words with their numbers."""
    match value:
        case dict():
            pairs = (f"{speech.state(k)} {_line(v, speech)}" for k, v in value.items())
            return ", ".join(pairs) or "0"
        case list():
            return ", ".join(map(str, value)) or "0"
        case bool():
            return speech.say("是", "yes") if value else speech.say("否", "no")
        case _:
            return str(value)


def _print_head(header: Header, console: Console) -> None:
    rebuilt = header.replayed.rebuilt
    console.print(f"ledger    {header.ledger}", soft_wrap=True)
    state = "verified" if header.is_verified else "NOT VERIFIED"
    console.print(f"log       {rebuilt.entries} entries, {state}")
    when = f"position {rebuilt.position}, recorded at {rebuilt.recorded_at}"
    if header.replayed.effective_on is not None:
        when += f", effective on {header.replayed.effective_on}"
    console.print(f"replayed  up to {when}")


def finish(header: Header, comparison: Comparison, *, as_json: bool) -> None:
    """Print what was compared and what differs.

    Raises:
        typer.Exit: something does.
    """
    if as_json:
        show_figures(header, comparison.as_object())
    else:
        _print_comparison(header, comparison)
    if comparison.count:
        raise typer.Exit(FAULT)


def _print_comparison(header: Header, comparison: Comparison) -> None:
    console = stdout_console()
    _print_head(header, console)
    what = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in comparison.of_what.items()
    )
    console.print(f"compared  {what}")
    for difference in comparison.kept[:DIFFERENCES_SHOWN]:
        console.print(harmless(str(difference)), soft_wrap=True)
    more = comparison.count - DIFFERENCES_SHOWN
    if more > 0:
        console.print(f"… and {more} more (--json lists up to {FINDINGS_MAX})")
    if comparison.count:
        verdict = Text("FAULT", "bold red")
        rest = f" {comparison.count} values differ from what the log gives"
    else:
        verdict = Text("PASS", "bold green")
        rest = " every value is what the log gives"
    console.print(verdict.append(rest, "not bold default"))
