"""``skillbank audit replay``: rebuild, then compare or explain.

The order makes the answer sound. What is compared is opened first, so that the log is
at least as long; the log is verified; it is read a second time and replayed; and the
root of that second reading must be the one that was verified.
"""

import importlib
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

import typer

from api.cli.explaining import explaining_source
from api.cli.groups import grouped
from api.cli.options import JsonOption
from api.cli.replaying.asked import Against, Past
from api.cli.replaying.effort import ProcessesOption, explaining_machine
from api.cli.replaying.rebuilding import Rebuilding, Run, verified
from api.cli.replaying.story import Told, print_story, story_object
from api.cli.replaying.telling import Header, print_summary, show_figures, show_whole
from api.cli.sources import closing as closing_source
from api.cli.sources import open_source
from api.cli.terminal import FAULT, USAGE, WRONG_INPUT, stop
from ledger.audit.explain.proofs import Leaves
from ledger.audit.explain.story import Story, Subject
from ledger.audit.figures.balances import merges, survivor_of
from ledger.audit.figures.recognised import Recognised
from ledger.audit.figures.summary import Replayed
from ledger.audit.processes import cores
from ledger.audit.rebuild import Until
from ledger.audit.workers import Workers
from ledger.domain.state import AccountRecord, LotRecord

_COMPARING: Final = "api.cli.replaying.comparing"
_LEARNER: Final = "learner_"

SourceArgument = Annotated[
    str,
    typer.Argument(help="A bank's folder, SQLite file, database URL or http address."),
]
LedgerNameOption = Annotated[
    str, typer.Option(help="The ledger's name, as you learned it from elsewhere.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is made of the figures, and whether they rest on a verified log."""

    explain: Annotated[
        str | None,
        typer.Option(
            metavar="AWARD|LEARNER",
            help="Tell the story of an award, or of all a learner has (逐笔说明).",
        ),
    ] = None
    skip_verify: Annotated[
        bool,
        typer.Option("--skip-verify", help="Do not verify first, and say so."),
    ] = False
    processes: ProcessesOption = None
    as_json: JsonOption = False


@grouped
def replay(
    source: SourceArgument,
    past: Past,
    *,
    against: Against,
    wanted: Wanted,
    ledger: LedgerNameOption,
) -> None:
    """Rebuild every number from the log alone, compare it, or tell its story (重算).

    Exit codes: 0 all is well · 1 a proven fault, or a difference · 3 not a ledger ·
    4 not checked.
    """
    until, as_json = past.until(), wanted.as_json
    _check_combination(past, against, wanted=wanted)
    workers = Workers(processes=wanted.processes or cores())
    with (
        explaining_source(source, as_json=as_json),
        explaining_machine(as_json=as_json),
        ExitStack() as opened,
    ):
        run = Run(
            ledger=ledger,
            is_trusted=wanted.skip_verify,
            as_json=as_json,
            workers=workers,
        )
        read = partial(_read, source, run, opened=opened)
        if against.against is not None:
            _compare(against, read, until=until)
        elif wanted.explain is not None:
            _explain(read(), wanted.explain, until=until, past=past)
        else:
            _tell(read(), until, past=past)


def _read(source: str, run: Run, *, opened: ExitStack) -> Rebuilding:
    found = opened.enter_context(closing_source(open_source(source)))
    return verified(found, run, opened=opened)


def _compare(against: Against, read: Callable[[], Rebuilding], *, until: Until) -> None:
    # The parts of a bank are loaded only here: who verifies must not wait for them.
    compare: Callable[..., None] = importlib.import_module(_COMPARING).compare
    compare(against, read, until=until)


def _check_combination(past: Past, against: Against, *, wanted: Wanted) -> None:
    if against.against is None:
        return
    text = ""
    if wanted.explain is not None:
        text = "--explain tells what the log says: compare without it"
    elif past.effective_on is not None:
        text = "a bank is compared as recorded: leave out --effective-on"
    elif against.is_database and past.as_of is not None:
        text = "a database shows the present only: leave out --as-of"
    if text:
        stop("usage", text, exit_code=USAGE, as_json=wanted.as_json)


def _tell(rebuilding: Rebuilding, until: Until, *, past: Past) -> None:
    replayed = rebuilding.replayed(until, effective_on=past.effective_on)
    header = Header.of(rebuilding, replayed)
    if rebuilding.as_json:
        show_whole(header, replayed)
    else:
        print_summary(header, replayed)


def _explain(rebuilding: Rebuilding, subject: str, *, until: Until, past: Past) -> None:
    about = _subject(subject, rebuilding, until=until)
    if about is None:
        text = f"{subject} is neither an award nor a learner of this ledger, as of then"
        as_json = rebuilding.as_json
        stop("no-such-subject", text, exit_code=WRONG_INPUT, as_json=as_json)
    story, leaves = Story(about, effective_on=past.effective_on), Leaves()
    rebuilding.opened.callback(leaves.close)
    replayed = Replayed(
        rebuilt=rebuilding.rebuilt(until, observers=[story], leaves=leaves),
        recognised=Recognised(),
        effective_on=past.effective_on,
    )
    told = Told(
        subject=subject,
        replayed=replayed,
        story=story,
        leaves=leaves,
        checkpoint=rebuilding.note(replayed.rebuilt.entries),
    )
    if rebuilding.as_json:
        show_figures(Header.of(rebuilding, replayed), story_object(told))
    else:
        print_story(told)
    if past.effective_on is None and any(story.disagreements()):
        raise typer.Exit(FAULT)


def _subject(name: str, rebuilding: Rebuilding, *, until: Until) -> Subject | None:
    # Of two states in memory one would be too many: this one is gone again.
    with closing(rebuilding.rebuilt(until)) as rebuilt:
        if not name.startswith(_LEARNER):
            lot = rebuilt.state.find(LotRecord, name)
            return None if lot is None else Subject(lots=frozenset({name}))
        if rebuilt.state.find(AccountRecord, name) is None:
            return None
        merged = merges(rebuilt.state)
    one = survivor_of(name, merged)
    others = (own for own in merged if survivor_of(own, merged) == one)
    return Subject(learners=frozenset({one, *others}))
