"""``skillbank trail``: who did what, when, about whom, under which key."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.groups import grouped
from api.cli.inputs import Learners
from api.cli.options import KEYS, BankAt, KeysOption
from api.cli.oversight.exporting import check_export, export
from api.cli.oversight.telling import trail_table
from api.cli.oversight.words import Telling
from api.cli.terminal import answering, say, show_json, stdout_console
from client.answers import TrailEvent, When
from client.bank import Bank
from client.exchange import preferred_language
from client.oversight import TrailFilter

_ABOUT: Final = "What is looked for"
_PAST: Final = "Which past"

LearnerArgument = Annotated[
    str | None,
    typer.Argument(help="learner_… or your own student number (学号)."),
]


def _filter(name: str, metavar: str, *, help_: str) -> object:
    return typer.Option(name, metavar=metavar, help=help_, rich_help_panel=_ABOUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What entries are looked for; all that is named must hold."""

    member: Annotated[
        str | None,
        _filter("--member", "MEMBER", help_="By a member, or about it (成员单位)."),
    ] = None
    rule: Annotated[
        str | None,
        _filter("--rule", "RULE", help_="About a rule version, or under it (规则)."),
    ] = None
    type_: Annotated[
        str | None,
        _filter("--type", "TYPE", help_="Of a type: exchange, credit.awarded.v1."),
    ] = None
    since: Annotated[
        str | None,
        _filter("--from", "DATE", help_="From a date or instant on, inclusive."),
    ] = None
    until: Annotated[
        str | None,
        _filter("--to", "DATE", help_="Up to a date or instant, inclusive."),
    ] = None

    as_of_position: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="As recorded up to a position (序号), inclusive.",
            rich_help_panel=_PAST,
        ),
    ] = None
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="As recorded at an instant: 2026-11-22T08:00:00.000Z.",
            rich_help_panel=_PAST,
        ),
    ] = None

    @property
    def is_empty(self) -> bool:
        """Tell whether it names nothing but a past."""
        named = (self.member, self.rule, self.type_, self.since, self.until)
        return all(one is None for one in named)

    def when(self) -> When:
        """Return the past as the client asks."""
        return When(as_of_position=self.as_of_position, as_of=self.as_of)

    def of(self, learner_id: str | None) -> TrailFilter:
        """Return them as the client asks."""
        return TrailFilter(
            learner=learner_id,
            member=self.member,
            rule=self.rule,
            type=self.type_,
            since=self.since,
            until=self.until,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Where student numbers are looked up."""

    keys: KeysOption = KEYS
    book: Annotated[
        str | None,
        typer.Option(
            envvar="SKILLBANK_MEMBER",
            metavar="MEMBER",
            help="Whose list of learners, if the folder has several (学号名册).",
        ),
    ] = None

    def find(self, given: str) -> str:
        """Return the pseudonym that is given, or that of a student number.

        Raises:
            ClientError: the list of learners cannot be read, or does not have it.
        """
        return Learners(keys=self.keys, member=self.book).find(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where what is found goes."""

    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write all to a new FILE.csv or FILE.ndjson (导出)."
        ),
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = (
        False
    )

    def check(self) -> None:
        """Refuse a file that cannot be written, before anything is asked."""
        if self.export is not None:
            check_export(self.export)

    def tell(self, events: Iterator[TrailEvent], learner_id: str | None) -> None:
        """Write, or print, what was found."""
        speech = Telling(preferred_language())
        if self.export is not None:
            count, path = export(self.export, events, speech=speech), self.export
            say(speech.say(f"已导出 {count} 条：{path}", f"{count} entries in {path}"))
            if self.as_json:
                show_json({"file": str(path), "count": count})
        elif self.as_json:
            shown = [event.model_dump(exclude_none=True) for event in events]
            about = {} if learner_id is None else {"learner_id": learner_id}
            show_json({**about, "events": shown})
        else:
            stdout_console().print(trail_table(events, speech))


@grouped
def trail(
    learner: LearnerArgument = None,
    *,
    sought: Sought,
    at: BankAt,
    book: Book,
    output: Output,
) -> None:
    """Show who did what, when and about whom (学分流水、业务轨迹)."""
    output.check()
    if learner is None and sought.is_empty and output.export is None:
        hint = "name a learner, a member, a rule, a type or a period, or --export FILE"
        raise typer.BadParameter(hint)
    with answering(as_json=output.as_json), at.open() as bank:
        learner_id = None if learner is None else book.find(learner)
        bank.pinned()
        output.tell(_events(bank, learner_id, sought=sought), learner_id)


def _events(
    bank: Bank, learner_id: str | None, *, sought: Sought
) -> Iterator[TrailEvent]:
    # A learner's own trail is asked for where a learner may read it.
    if learner_id is not None and sought.is_empty:
        return bank.trail(learner_id, when=sought.when())
    return bank.whole_trail(sought.of(learner_id), when=sought.when())
