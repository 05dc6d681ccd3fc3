"""``skillbank plan``: what to apply for, and in which order."""

from typing import Annotated

import typer

from api.cli.groups import grouped
from api.cli.inputs import Learners
from api.cli.options import BankAt, JsonOption
from api.cli.rules.words import Speech
from api.cli.terminal import answering, harmless, show, show_json
from client.exchange import preferred_language
from client.plan_answers import PlanStepView, PlanView


@grouped
def plan(
    learner: Annotated[
        str, typer.Argument(help="learner_… or your own student number (学号).")
    ],
    *,
    enrolment: Annotated[str, typer.Option(help="For which enrolment (学籍号).")],
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """Plan what to apply for, to cover most of an enrolment (转换方案)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = bank.plan(learner_id, enrolment=enrolment)
        if as_json:
            show_json(found.model_dump(mode="json", exclude_none=True))
        else:
            _show(found)


def _show(found: PlanView) -> None:
    """Print the steps in order, what they come to, and what is nearest."""
    speech = Speech(preferred_language())
    for step in found.steps:
        _show_step(step)
    if not found.steps:
        show(speech.say("目前没有可办的步骤。", "There is nothing to do now."))
    head = f"计入 {found.covers} 学分，用掉 {found.uses_up} 学分。"
    total = f"Counts {found.covers} credits, and uses up {found.uses_up}."
    show(speech.say(head, total))
    for one in found.requirements:
        show(harmless(f"- {one.sentence}"))
        for near in one.nearest:
            show(harmless(f"    {near.sentence}"))
    for sentence in found.sentences:
        show(harmless(sentence))


def _show_step(step: PlanStepView) -> None:
    first, *more = step.sentences or (step.type,)
    show(harmless(f"{step.number}. {first}"))
    for sentence in more:
        show(harmless(f"   {sentence}"))
