"""What the bank says of a draft, for people and for programs."""

from collections.abc import Sequence

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
from client.recognition_answers import RuleCheck, TrialView
from ledger.domain.types import credits_milli, credits_text


def tell_check(found: RuleCheck, *, as_json: bool) -> None:
    """Print what would be refused, and what is odd."""
    if as_json:
        show_json(found.model_dump(exclude_none=True))
        return
    speech = Speech(preferred_language())
    for one in found.faults:
        text = one.detail or one.code
        show(harmless(f"{speech.say('错误', 'error')}  {one.pointer}  {text}"))
    for one in found.remarks:
        other = f"  {one.rule}" if one.rule else ""
        text = one.detail or speech.word(one.code)
        show(harmless(f"{speech.say('提示', 'remark')}  {one.pointer}  {text}{other}"))
    if not found.faults and not found.remarks:
        say(speech.say("没有发现问题。", "Nothing was found."))


def tell_trials(found: Sequence[TrialView], *, as_json: bool) -> None:
    """Print what a draft would have made of every learner's lots."""
    if as_json:
        show_json({"trials": [one.model_dump(exclude_none=True) for one in found]})
        return
    speech = Speech(preferred_language())
    heads = speech.say("账户 提供成果 可得学分 结果", "learner results credits outcome")
    table = new_table(*heads.split())
    for one in found:
        gained = sum(credits_milli(gain.credits) for gain in one.gains)
        outcome = speech.say("可认定", "would be accepted")
        if one.refusal is not None:
            outcome = one.refusal.detail or one.refusal.code
        cells = (one.learner_id, str(len(one.lots)), credits_text(gained), outcome)
        table.add_row(*map(harmless, cells))
    if found:
        stdout_console().print(table)
    else:
        say(speech.say("没有涉及任何成果。", "It touches no award that is there."))
