"""``skillbank options``: what a learner's lots can become, and what is missing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from api.cli.groups import grouped
from api.cli.inputs import Learners
from api.cli.options import BankAt, JsonOption
from api.cli.rules.words import Speech
from api.cli.terminal import answering, harmless, say, show, show_json
from client.errors import StatementFileError
from client.exchange import preferred_language
from client.option_answers import ApplicationView, OptionsView, OptionView

LearnerArgument = Annotated[
    str, typer.Argument(help="learner_… or your own student number (学号).")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for, and whether a ready application is to be printed."""

    enrolment: Annotated[str, typer.Option(help="For which enrolment (学籍号).")]
    application: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="Print the ready application under this rule, a file for "
            "`exchange request --application` (预填申请).",
        ),
    ] = None


@grouped
def options(
    learner: LearnerArgument,
    *,
    wanted: Wanted,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """Show what a learner's lots can become, and what is missing (可转换项)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = bank.options(learner_id, wanted.enrolment)
        if wanted.application is not None:
            show_json(_ready(found, wanted.application).model_dump())
        elif as_json:
            show_json(found.model_dump(exclude_none=True))
        else:
            _show(found)


def _ready(found: OptionsView, rule: str) -> ApplicationView:
    for one in found.options:
        if one.rule == rule and one.application is not None:
            return one.application
    names = [one.rule for one in found.options if one.application is not None]
    hint = f"nothing to apply for under {rule}; there is: {', '.join(names) or '-'}"
    raise typer.BadParameter(hint, param_hint="--application")


def _show(found: OptionsView) -> None:
    speech = Speech(preferred_language())
    if not found.open:
        say(speech.say("学籍或账户已结束。", "The enrolment or account has ended."))
        return
    if not found.options:
        say(speech.say("没有适用的规则。", "No rule applies."))
        return
    ready = [one for one in found.options if one.application is not None]
    later = [one for one in found.options if one.application is None]
    for title, part in (
        (speech.say("现在可以申请", "Open now"), ready),
        (speech.say("还差一些条件", "Not yet: this is missing"), later),
    ):
        if part:
            show(title)
        for one in part:
            _show_one(one)
    if found.left_out:
        more = str(found.left_out)
        say(speech.say(f"另有{more}条规则未列出。", f"Rules not tried: {more}."))


def _show_one(option: OptionView) -> None:
    show(f"  {harmless(option.title)}  [{harmless(option.rule)}]")
    for sentence in option.sentences:
        show(f"    {harmless(sentence)}")


def read_application(path: Path) -> ApplicationView:
    """Read a file that ``options --application`` wrote.

    Raises:
        StatementFileError: it is none.
    """
    try:
        return ApplicationView.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise StatementFileError(
            wanted="an application", found=f"{error.error_count()} faults"
        ) from error
