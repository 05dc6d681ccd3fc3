"""``skillbank overview``: the figures of the whole consortium."""

from collections.abc import Iterable

from rich.table import Table

from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption
from api.cli.oversight.words import Telling
from api.cli.terminal import (
    answering,
    harmless,
    new_table,
    show,
    show_json,
    stdout_console,
)
from client.exchange import preferred_language
from client.oversight_answers import CreditStates, Overview

_STATES = ("available", "held", "exchanged", "redeemed", "expired", "revoked")
_CASES = (
    *("requested", "returned", "accepted", "declined"),
    *("cancelled", "lapsed", "reversed"),
)


@grouped
def overview(*, at: BankAt, as_json: JsonOption = False) -> None:
    """Show the figures of the whole consortium (总览)."""
    with answering(as_json=as_json), at.open() as bank:
        bank.pinned()
        found = bank.overview()
        if as_json:
            show_json(found.model_dump())
        else:
            _show(found, Telling(preferred_language()))


def _show(found: Overview, speech: Telling) -> None:
    for line in _lines(found, speech):
        show(harmless(line))
    console = stdout_console()
    for table in _tables(found, speech):
        if table.row_count:
            console.print()
            console.print(table)


def _lines(found: Overview, speech: Telling) -> Iterable[str]:
    learners, awards = found.learners, found.awards
    members = sum(one.count for one in found.members)
    size = 0 if found.checkpoint is None else found.checkpoint.size
    yield speech.say(
        f"成员单位 {members} 个，账目 {found.entries} 条，检查点 {size}"
        f"（{found.today}）",
        f"{members} members, {found.entries} entries, checkpoint {size}, "
        f"on {found.today}",
    )
    yield speech.say(
        f"学习者 {learners.accounts} 人，其中有成果 {learners.with_award} 人，"
        f"办过转换 {learners.with_exchange} 人"
        f"（{_share(learners.with_exchange_share)}），"
        f"计入过培养方案 {learners.with_redemption} 人"
        f"（{_share(learners.with_redemption_share)}）",
        f"{learners.accounts} learners, {learners.with_award} with awards; of these "
        f"{learners.with_exchange} ({_share(learners.with_exchange_share)}) with an "
        f"exchange, {learners.with_redemption} "
        f"({_share(learners.with_redemption_share)}) with a redemption",
    )
    yield speech.say(
        f"存入成果 {awards.count} 项，共 {awards.credits} 学分，"
        f"用过 {awards.used} 项（{_share(awards.used_share)}）",
        f"{awards.count} awards of {awards.credits} credits, "
        f"{awards.used} ({_share(awards.used_share)}) ever used",
    )
    counted, undone = found.redemptions.counted, found.redemptions.reversed
    yield speech.say(
        f"计入培养方案 {counted} 次，已撤销 {undone} 次",
        f"{counted} redemptions count, {undone} were undone",
    )
    for code, count in found.rules.items():
        yield speech.say("规则：", "rules: ") + f"{speech.state(code)} {count}"


def _share(share: str | None) -> str:
    return "-" if share is None else f"{share} %"


def _tables(found: Overview, speech: Telling) -> Iterable[Table]:
    members = new_table(*speech.say("成员类别 状态 数量", "kind status count").split())
    for one in found.members:
        _add(members, speech.state(one.kind), speech.state(one.status), one.count)
    yield members
    heads = speech.say("账户 开户 认领 销户", "accounts opened claimed closed")
    accounts = new_table(*heads.split())
    for mode in found.accounts:
        _add(accounts, speech.state(mode.mode), mode.opened, mode.claimed, mode.closed)
    yield accounts
    heads = speech.say("单位 成果 学分 用过", "member awards credits used")
    awards = new_table(*heads.split())
    for posted in found.awards.by_member:
        _add(awards, posted.member, posted.count, posted.credits, posted.used)
    yield awards
    kinds = new_table(*speech.say("成果类别 成果 学分", "kind awards credits").split())
    for kind in found.awards.by_kind:
        _add(kinds, speech.state(kind.kind), kind.count, kind.credits)
    yield kinds
    yield from _more_tables(found, speech)


def _more_tables(found: Overview, speech: Telling) -> Iterable[Table]:
    credits_ = new_table(
        speech.say("学分", "credits"), *(speech.state(one) for one in _STATES)
    )
    whole: list[tuple[str, CreditStates]] = [(speech.say("合计", "all"), found.credits)]
    whole += [(one.member, one) for one in found.credits.by_member]
    for name, states in whole:
        _add(credits_, name, *(getattr(states, one) for one in _STATES))
    yield credits_
    cases = new_table(
        speech.say("认定单位", "recogniser"), *(_case(one, speech) for one in _CASES)
    )
    for one in found.exchanges.by_recogniser:
        _add(cases, one.member, *(getattr(one, status) for status in _CASES))
    yield cases
    heads = speech.say("经办单位 角色 在办 逾期", "desk role open overdue")
    desks = new_table(*heads.split())
    for desk in found.desks:
        role = desk.role or speech.say("待补正", "to complete")
        _add(desks, desk.member, role, desk.open, desk.overdue)
    yield desks
    heads = speech.say("月份 成果 转换 计入", "month awards exchanges redemptions")
    months = new_table(*heads.split())
    for month in found.months:
        counts = month.awards, month.exchanges, month.redemptions
        if any(counts):
            _add(months, month.month, *counts)
    yield months


def _case(status: str, speech: Telling) -> str:
    if status == "requested":
        return speech.say("审核中", "under review")
    return speech.word(status) if speech.chinese else status


def _add(table: Table, *cells: str | int) -> None:
    table.add_row(*(harmless(str(cell)) for cell in cells))
