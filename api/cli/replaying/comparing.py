"""Holds a rebuilt bank against one that is: its databases, or its answers."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack

from api.cli.replaying.asked import Against
from api.cli.replaying.databases import Shown, compare_databases, opened, urls_of
from api.cli.replaying.reasons import explaining_databases
from api.cli.replaying.rebuilding import Rebuilding
from api.cli.replaying.served import Compared, Served
from api.cli.replaying.telling import Comparison, Header, finish
from api.cli.replaying.workplace import Reached, RebuiltBank, workplace
from api.cli.terminal import NOT_CHECKED, USAGE, stop
from ledger.audit.figures.summary import Replayed
from ledger.audit.rebuild import Until
from ledger.domain.state import AccountRecord
from ledger.store.schema import StateFormError, check_form
from ledger.store.state_tables import state_tables


def compare(against: Against, read: Callable[[], Rebuilding], *, until: Until) -> None:
    """Compare, print what differs, and stop with 1 if anything does.

    ``read`` opens and verifies the source; what is compared is opened before.

    Raises:
        typer.Exit: something differs, or could not be compared.
        SourceUnreachableError: a database does not answer.
    """
    with explaining_databases():
        if against.is_served:
            _against_bank(read(), against, until=until)
            return
        with opened(urls_of(str(against.against), against.projections)) as shown:
            rebuilding = read()
            _check_form(shown, as_json=rebuilding.as_json)
            _against_databases(rebuilding, shown)


def _check_form(shown: Shown, *, as_json: bool) -> None:
    """Stop where a bank has not made its tables anew since it was upgraded."""
    try:
        check_form(shown.ledger, state_tables().metadata)
    except StateFormError as error:
        text = f"{error}: its bank makes them anew with"
        text += " `skillbank project --rebuild-state`, and nothing was compared"
        stop("state-of-another-form", text, exit_code=NOT_CHECKED, as_json=as_json)


def _against_databases(rebuilding: Rebuilding, shown: Shown) -> None:
    with workplace() as place, ExitStack() as closing:
        until = Until(position=shown.size - 1)
        if rebuilding.report is not None and rebuilding.report.entries < shown.size:
            text = f"the source has fewer entries than the database, {shown.size}"
            as_json = rebuilding.as_json
            stop("source-behind", text, exit_code=NOT_CHECKED, as_json=as_json)
        replayed = rebuilding.replayed(until, observers=[place.writer])
        place.writer.finish(replayed.rebuilt, rebuilding.source.heads())
        projections = None
        if shown.projected is not None:
            runner = place.project(position=shown.projected)
            projections = closing.enter_context(runner.engine.connect())
        ledger = closing.enter_context(place.ledger.connect())
        comparison, has_heads = Comparison(), any(rebuilding.source.heads())
        comparison.take(
            compare_databases(
                shown, ledger=ledger, projections=projections, heads=has_heads
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
        comparison = Comparison()
        served = Served(
            str(against.against),
            RebuiltBank(place, position=newest),
            done=Compared(position=reached.position, newest=newest),
            on_difference=comparison.note,
        )
        done = served.compare(_learners(against, replayed))
        comparison.of_what = {
            "answers": done.answers,
            "learners": done.learners,
            "as_of_position": done.position,
            "moved": done.moved,
        }
        finish(Header.of(rebuilding, replayed), comparison, as_json=rebuilding.as_json)


def _learners(against: Against, replayed: Replayed) -> Iterable[str]:
    if against.learner:
        return against.learner
    accounts = replayed.rebuilt.state.all_by_key(AccountRecord)
    return (account.learner_id for account in accounts)
