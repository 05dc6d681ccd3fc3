"""``skillbank audit replay``: rebuild, then compare or explain.

The order makes the answer sound. What is compared is opened first, so that the log is
at least as long; the log is verified; it is read a second time and replayed; and the
root of that second reading must be the one that was verified.
"""

from contextlib import ExitStack
from typing import Annotated, Final

import typer

from api.cli.groups import grouped
from api.cli.options import JsonOption
from api.cli.replaying.asked import Against, Past
from api.cli.replaying.databases import Shown, compare_databases, opened, urls_of
from api.cli.replaying.reasons import explaining
from api.cli.replaying.rebuilding import Rebuilding, verified
from api.cli.replaying.served import Compared, Served
from api.cli.replaying.story import Told, print_story, story_object
from api.cli.replaying.telling import (
    Comparison,
    Header,
    finish,
    print_summary,
    show_figures,
    show_whole,
)
from api.cli.replaying.workplace import Reached, RebuiltBank, workplace
from api.cli.sources import open_source
from api.cli.terminal import FAULT, NOT_CHECKED, USAGE, WRONG_INPUT, stop
from ledger.audit.explain.proofs import Leaves
from ledger.audit.explain.story import Story, Subject
from ledger.audit.figures.balances import accounts_of, survivors
from ledger.audit.figures.summary import Replayed
from ledger.audit.rebuild import Rebuilt, Until
from ledger.domain.state import LotRecord

_LEARNER: Final = "learner_"

SourceArgument = Annotated[
    str,
    typer.Argument(help="A bank's folder, SQLite file, database URL or http address."),
]
ExplainOption = Annotated[
    str | None,
    typer.Option(
        metavar="AWARD|LEARNER",
        help="Tell the story of an award, or of all that a learner has (逐笔说明).",
    ),
]
LedgerNameOption = Annotated[
    str, typer.Option(help="The ledger's name, as you learned it from elsewhere.")
]
TrustOption = Annotated[
    bool,
    typer.Option("--skip-verify", help="Do not verify first, and say so."),
]


@grouped
def replay(
    source: SourceArgument,
    past: Past,
    against: Against,
    ledger: LedgerNameOption,
    explain: ExplainOption = None,
    skip_verify: TrustOption = False,
    as_json: JsonOption = False,
) -> None:
    """Rebuild every number from the log alone, compare it, or tell its story (重算).

    Exit codes: 0 all is well · 1 a proven fault, or a difference · 3 not a ledger ·
    4 not checked.
    """
    until = past.until()
    _check_combination(past, against, explain=explain, as_json=as_json)
    with explaining(source, as_json=as_json), ExitStack() as closing:
        shown = None
        if against.is_database:
            urls = urls_of(str(against.against), against.projections)
            shown = closing.enter_context(opened(urls))
        rebuilding = verified(
            open_source(source),
            ledger=ledger,
            is_trusted=skip_verify,
            as_json=as_json,
        )
        if explain is not None:
            _explain(rebuilding, explain, until=until, past=past)
        elif shown is not None:
            _against_databases(rebuilding, shown)
        elif against.is_served:
            _against_bank(rebuilding, against, until=until)
        else:
            _tell(rebuilding, until, past=past)


def _check_combination(
    past: Past, against: Against, *, explain: str | None, as_json: bool
) -> None:
    if against.against is None:
        return
    text = ""
    if explain is not None:
        text = "--explain tells what the log says: compare without it"
    elif past.effective_on is not None:
        text = "a bank is compared as recorded: leave out --effective-on"
    elif against.is_database and past.as_of is not None:
        text = "a database shows the present only: leave out --as-of"
    if text:
        stop("usage", text, exit_code=USAGE, as_json=as_json)


def _tell(rebuilding: Rebuilding, until: Until, *, past: Past) -> None:
    replayed = rebuilding.replayed(until, effective_on=past.effective_on)
    header = Header.of(rebuilding, replayed)
    if rebuilding.as_json:
        show_whole(header, replayed)
    else:
        print_summary(header, replayed)


def _explain(rebuilding: Rebuilding, subject: str, *, until: Until, past: Past) -> None:
    replayed = rebuilding.replayed(until, effective_on=past.effective_on)
    about = _subject(subject, replayed.rebuilt)
    if about is None:
        text = f"{subject} is neither an award nor a learner of this ledger, as of then"
        as_json = rebuilding.as_json
        stop("no-such-subject", text, exit_code=WRONG_INPUT, as_json=as_json)
    story, leaves = Story(about, effective_on=past.effective_on), Leaves()
    again = rebuilding.rebuilt(until, observers=[story], leaves=leaves)
    told = Told(
        subject=subject,
        replayed=replayed,
        story=story,
        leaves=leaves,
        checkpoint=rebuilding.note(again.entries),
    )
    if rebuilding.as_json:
        show_figures(Header.of(rebuilding, replayed), story_object(told))
    else:
        print_story(told)
    if past.effective_on is None and any(story.disagreements()):
        raise typer.Exit(FAULT)


def _subject(name: str, rebuilt: Rebuilt) -> Subject | None:
    if not name.startswith(_LEARNER):
        lot = rebuilt.state.find(LotRecord, name)
        return None if lot is None else Subject(lots=frozenset({name}))
    answering = survivors(accounts_of(rebuilt.state))
    one = answering.get(name)
    if one is None:
        return None
    return Subject(learners=frozenset(n for n, own in answering.items() if own == one))


def _against_databases(rebuilding: Rebuilding, shown: Shown) -> None:
    with workplace() as place, ExitStack() as closing:
        until = Until(position=shown.size - 1)
        if rebuilding.report is not None and rebuilding.report.entries < shown.size:
            text = f"the source has fewer entries than the database, {shown.size}"
            as_json = rebuilding.as_json
            stop("source-behind", text, exit_code=NOT_CHECKED, as_json=as_json)
        replayed = rebuilding.replayed(until, observers=[place.writer])
        heads = list(rebuilding.source.heads())
        place.writer.finish(replayed.rebuilt, heads)
        projections = None
        if shown.projected is not None:
            runner = place.project(position=shown.projected)
            projections = closing.enter_context(runner.engine.connect())
        ledger = closing.enter_context(place.ledger.connect())
        comparison = Comparison()
        comparison.take(
            compare_databases(
                shown, ledger=ledger, projections=projections, heads=bool(heads)
            )
        )
        comparison.of_what = {
            "tables": len(shown.compared),
            "projected_position": shown.projected,
        }
        finish(Header.of(rebuilding, replayed), comparison, as_json=rebuilding.as_json)


def _against_bank(rebuilding: Rebuilding, against: Against, *, until: Until) -> None:
    with workplace() as place:
        reached = Reached(until)
        replayed = rebuilding.replayed(Until(), observers=[place.writer, reached])
        place.writer.finish(replayed.rebuilt, rebuilding.source.heads())
        newest = replayed.rebuilt.position
        if (until.position or 0) > newest or reached.position < 0:
            text = f"there is no such past: the log ends at {newest}"
            stop("no-such-past", text, exit_code=USAGE, as_json=rebuilding.as_json)
        served = Served(
            str(against.against),
            RebuiltBank(place, position=newest),
            done=Compared(position=reached.position, newest=newest),
        )
        done = served.compare(_learners(against, replayed))
        comparison = Comparison()
        comparison.take(done.differences)
        comparison.of_what = {
            "answers": done.answers,
            "learners": done.learners,
            "as_of_position": done.position,
            "moved": done.moved,
        }
        finish(Header.of(rebuilding, replayed), comparison, as_json=rebuilding.as_json)


def _learners(against: Against, replayed: Replayed) -> list[str]:
    return list(against.learner or sorted(accounts_of(replayed.rebuilt.state)))
