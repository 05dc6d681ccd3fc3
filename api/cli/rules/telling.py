"""What the bank says of a draft, for people and for programs."""

from api.cli.rules.words import Speech
from api.cli.terminal import (
    harmless,
    new_table,
    say,
    show,
    show_json,
    stdout_console,
)
from client.exchange import preferred_language
from client.recognition_answers import DryRun, RuleCheck
from ledger.domain.types import credits_milli, credits_text


def tell_check(found: RuleCheck, *, as_json: bool) -> None:
    """Print what would be refused, and what is odd."""
    if as_json:
        show_json(found.model_dump(exclude_none=True))
        return
    speech = Speech(preferred_language())
    for one in found.errors:
        show(harmless(f"{speech.say('错误', 'error')}  {one.pointer}  {one.code}"))
    for one in found.remarks:
        other = f"  {one.rule}" if one.rule else ""
        text = speech.word(one.code)
        show(harmless(f"{speech.say('提示', 'remark')}  {one.pointer}  {text}{other}"))
    if not found.errors and not found.remarks:
        say(speech.say("没有发现问题。", "Nothing was found."))


def tell_trials(found: DryRun, *, as_json: bool) -> None:
    """Print what a draft would have made of every learner's lots."""
    if as_json:
        show_json(found.model_dump(exclude_none=True))
        return
    speech = Speech(preferred_language())
    heads = speech.say("账户 成果 可得学分 结果", "learner results credits outcome")
    table = new_table(*heads.split())
    for one in found.trials:
        gained = sum(credits_milli(lot.credits or "0") for lot in one.created)
        outcome = one.refusal or speech.say("可认定", "would be accepted")
        table.add_row(
            *map(
                harmless,
                (one.learner_id, str(len(one.lots)), credits_text(gained), outcome),
            )
        )
    if found.trials:
        stdout_console().print(table)
    else:
        say(speech.say("没有涉及任何成果。", "It touches no award that is there."))
