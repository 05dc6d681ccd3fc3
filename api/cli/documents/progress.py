"""``skillbank progress``: on whose desk is each case, and until when."""

from typing import Annotated

import typer

from api.cli.documents.printing import Printing
from api.cli.groups import grouped
from api.cli.inputs import Learners
from api.cli.options import BankAt, JsonOption
from api.cli.queries import LearnerArgument
from api.cli.terminal import answering, harmless, say, show, show_json
from client.document_answers import ProgressCase
from client.exchange import preferred_language

ClosedOption = Annotated[
    int,
    typer.Option(
        "--closed-days",
        min=0,
        max=366,
        help="Also those closed in so many days (已办结).",
    ),
]


@grouped
def progress(
    learner: LearnerArgument,
    *,
    at: BankAt,
    learners: Learners,
    closed_days: ClosedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Show on whose desk each open case is, and until when (办理进度)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = list(bank.progress(learner_id, closed_days=closed_days))
        if as_json:
            shown = [one.model_dump(mode="json", exclude_none=True) for one in found]
            show_json({"learner_id": learner_id, "cases": shown})
            return
        printing = Printing({}, {}, language=preferred_language())
        for one in found:
            _show(one, printing)
        if not found:
            say(printing.say("没有在办业务。", "No open cases."))


def _show(one: ProgressCase, printing: Printing) -> None:
    title = one.case_id
    named = one.rule or one.achievement
    if named is not None:
        title = f"{title}  {printing.title(named.title, named.title_en)}"
    show(harmless(title))
    show(harmless(f"  {one.text}"))
    for action in one.can_do:
        show(harmless(f"  → {action.text}"))
    for event in one.history:
        show(harmless(f"    {event.text}"))
