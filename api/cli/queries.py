"""``skillbank balance``, ``awards`` and ``trail``: what a learner asks."""

from typing import Annotated

import typer

from api.cli.breakdown import show_balance
from api.cli.groups import grouped
from api.cli.inputs import Learners
from api.cli.options import BankAt, JsonOption, Past
from api.cli.terminal import (
    answering,
    harmless,
    new_table,
    say,
    show,
    show_json,
    stdout_console,
)
from client.answers import Award, TrailEvent

LearnerArgument = Annotated[
    str, typer.Argument(help="learner_… or your own student number (学号).")
]


@grouped
def balance(
    learner: LearnerArgument,
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """Show a learner's credits: earned, recognised, and usable (学分余额)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = bank.balance(learner_id, when=past.when())
        if as_json:
            show_json(found.model_dump(exclude_none=True))
        else:
            show_balance(found)


@grouped
def trail(
    learner: LearnerArgument,
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """Show everything that happened to a learner's account (学分流水)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        events = list(bank.trail(learner_id, when=past.when()))
        if as_json:
            shown = [event.model_dump(exclude_none=True) for event in events]
            show_json({"learner_id": learner_id, "events": shown})
        else:
            _show_trail(events)


@grouped
def awards(
    learner: LearnerArgument,
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """List a learner's awards, with id and origin (学习成果)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = list(bank.awards(learner_id, when=past.when()))
        if as_json:
            shown = [one.model_dump(exclude_none=True) for one in found]
            show_json({"learner_id": learner_id, "awards": shown})
            return
        for one in found:
            _show_award(one)
        if not found:
            say("No awards.")


def _show_award(one: Award) -> None:
    """Print two lines: an id that is never folded, and what it stands for."""
    state = "in doubt" if one.contested else one.status.replace("_", " ")
    if one.flags:
        state += f", to be reviewed by {min(flag.decide_by for flag in one.flags)}"
    of = "" if one.available == one.awarded else f" of {one.awarded}"
    show(harmless(f"{one.award_id}  {one.available}{of} credits, {state}"))
    on = one.assessed_on or one.learned_to
    made = f"{one.outcome or ''} → {one.requirement or ''}".strip(" →")
    about = (one.achievement or made, one.title or "", f"on {on}" if on else "")
    where = f"entry {one.position}, recorded {one.recorded_at}"
    show(harmless(f"  {' '.join(filter(None, about))}; {where}"))


def _show_trail(events: list[TrailEvent]) -> None:
    table = new_table("position", "recorded", "what", "by", "about", "credits")
    for event in events:
        cells = (
            str(event.position),
            event.recorded_at,
            event.type,
            event.issuer,
            event.achievement or event.award_id or "",
            event.credits or "",
        )
        table.add_row(*map(harmless, cells))
    stdout_console().print(table)
