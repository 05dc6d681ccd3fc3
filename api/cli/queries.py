"""``skillbank balance`` and ``awards``: what a learner asks."""

from typing import Annotated

import typer

from api.cli.breakdown import show_balance
from api.cli.groups import grouped
from api.cli.inputs import Learners
from api.cli.options import BankAt, JsonOption, Past
from api.cli.oversight.words import Telling
from api.cli.terminal import (
    answering,
    harmless,
    say,
    show,
    show_json,
)
from client.answers import Award
from client.exchange import preferred_language

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
        speech = Telling(preferred_language())
        for one in found:
            _show_award(one, speech)
        if not found:
            say(speech.say("没有学习成果。", "No awards."))


def _show_award(one: Award, speech: Telling) -> None:
    """Print two lines: an id that is never folded, and what it stands for."""
    state = (
        speech.say("存疑", "in doubt") if one.contested else speech.state(one.status)
    )
    if one.flags:
        by = min(flag.decide_by for flag in one.flags)
        state += speech.say(f"，须于 {by} 前复核", f", to be reviewed by {by}")
    of = "" if one.available == one.awarded else one.awarded
    show(
        harmless(f"{one.award_id}  {_amount(one.available, of, speech=speech)}{state}")
    )
    on = one.assessed_on or one.learned_to
    outcome = speech.word(one.outcome) if one.outcome else ""
    made = f"{outcome} → {one.requirement or ''}".strip(" →")
    about = (
        one.achievement or made,
        one.title or "",
        speech.say(f"{on}", f"on {on}") if on else "",
    )
    where = speech.say(
        f"序号 {one.position}，入账于 {one.recorded_at}",
        f"entry {one.position}, recorded {one.recorded_at}",
    )
    text = " ".join(filter(None, about))
    show(harmless(speech.say(f"  {text}；{where}", f"  {text}; {where}")))


def _amount(available: str, of: str, *, speech: Telling) -> str:
    if of:
        return speech.say(
            f"{of} 学分中可用 {available}，", f"{available} of {of} credits, "
        )
    return speech.say(f"{available} 学分，", f"{available} credits, ")
