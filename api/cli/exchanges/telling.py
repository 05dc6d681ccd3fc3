"""Cases and quotes as people read them."""

from collections.abc import Iterable, Mapping

from rich.table import Table

from api.cli.rules.words import Speech
from api.cli.terminal import harmless, new_table, show
from client.exchange import preferred_language
from client.recognition_answers import ExchangeView


def cases_table(found: Iterable[ExchangeView]) -> Table:
    """Return one line for each case."""
    speech = Speech(preferred_language())
    heads = speech.say("业务号 规则 申请日 状态 当前经办", "case rule on state desk")
    table = new_table(*heads.split())
    for one in found:
        cells = (
            one.exchange_id,
            one.rule,
            one.requested_on or "",
            state_of(one, speech),
            _desk(one, speech),
        )
        table.add_row(*map(harmless, cells))
    return table


def state_of(one: ExchangeView, speech: Speech) -> str:
    """Return where a case stands."""
    if one.status == "requested":
        return speech.say("审核中", "under review")
    return speech.word(one.status)


def _desk(one: ExchangeView, speech: Speech) -> str:
    if one.desk is None:
        return ""
    desk = one.desk
    if desk.role is None:
        return speech.say(f"{desk.member}，待补正", f"{desk.member}, to complete it")
    return speech.say(
        f"{desk.member}（{desk.role}），截至 {desk.due_on}",
        f"{desk.member} as {desk.role}, by {desk.due_on}",
    )


def show_case(one: ExchangeView) -> None:
    """Print all about a case."""
    speech = Speech(preferred_language())
    lines = (
        (speech.say("业务号", "case"), one.exchange_id),
        (speech.say("账户", "learner"), one.learner_id),
        (speech.say("学籍", "enrolment"), one.enrolment_id),
        (speech.say("规则", "rule"), one.rule),
        (speech.say("状态", "state"), state_of(one, speech)),
        (speech.say("当前经办", "desk"), _desk(one, speech)),
    )
    for name, value in lines:
        if value:
            show(harmless(f"{name}{speech.say('：', ': ')}{value}"))
    for lot in one.lots:
        text = speech.say(
            f"  提供 {lot.award_id}：{lot.credits} 学分",
            f"  offers {lot.award_id}: {lot.credits} credits",
        )
        show(harmless(text))


def show_quote(body: Mapping[str, object]) -> None:
    """Print what accepting a case uses and gives."""
    speech = Speech(preferred_language())
    show(speech.say("效力：", "effect: ") + speech.word(str(body.get("effect"))))
    for name, chinese, english in (
        ("used", "用到", "uses"),
        ("superseded", "替换", "replaces"),
    ):
        for one in _objects(body, name):
            words = speech.say(chinese, english)
            show(harmless(f"  {words} {one.get('award_id')}  {one.get('credits')}"))
    for one in _objects(body, "created"):
        aim = one.get("requirement") or one.get("achievement") or ""
        if isinstance(aim, dict):
            aim = f"{aim.get('programme')} {aim.get('code')}"
        given = f"{speech.word(str(one.get('outcome')))} {one.get('credits')} → {aim}"
        show(harmless(f"  {speech.say('认定', 'gives')} {given}  {one.get('lot_id')}"))


def _objects(body: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = body.get(name)
    if not isinstance(found, list):
        return []
    return [one for one in found if isinstance(one, dict)]
