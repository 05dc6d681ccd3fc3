"""A balance in full: never one total, since credits are never without origin."""

from rich.table import Table

from api.cli.rules.words import Speech
from api.cli.terminal import harmless, new_table, stdout_console
from client.balances import Balance, IssuedCredits, UsableCredits
from client.exchange import preferred_language

PARTS = (
    ("awarded", "获得"),
    ("available", "可用"),
    ("held", "占用"),
    ("exchanged", "已转换"),
    ("redeemed", "已计入"),
    ("expired", "到期"),
    ("revoked", "撤销"),
    ("contested", "存疑"),
    ("flagged", "待复核"),
)


def show_balance(found: Balance) -> None:
    """Print what was earned, where it was recognised, and what it can count for."""
    speech, console = Speech(preferred_language()), stdout_console()
    earned = speech.say(
        f"{found.learner_id} 共获得 {found.earned} 学分（按原始成果，不重复计）",
        f"{found.learner_id} earned {found.earned}",
    )
    console.print(harmless(earned))
    console.print(_issued(found, speech))
    if found.recognised_at:
        console.print(
            speech.say(
                "已认定（同一成果，不增加总学分）：",
                "Recognised (the same learning, not more):",
            )
        )
        console.print(_recognised(found, speech))
    for one in found.usable_for:
        title = speech.say(
            f"学籍 {one.enrolment_id}（{one.programme}）：",
            f"Usable for the enrolment {one.enrolment_id} in {one.programme}:",
        )
        console.print(harmless(title))
        console.print(_usable(one, speech))
    account = found.account
    closed = speech.say("，已注销", ", closed") if account.closed else ""
    if account.mode == "provisional" and account.claimed:
        closed = speech.say("，已认领", ", claimed since") + closed
    home = speech.say(
        f"开户单位 {account.home}，{speech.word(account.mode)}账户{closed}；"
        f"截至序号 {found.position}",
        f"account at {account.home}, {account.mode}{closed}; "
        f"true for position {found.position}",
    )
    console.print(harmless(home))


def _issued(found: Balance, speech: Speech) -> Table:
    names = [speech.say(chinese, english) for english, chinese in PARTS]
    head = speech.say("来源单位", "member")
    table = new_table(head, *names)
    for one in found.issued:
        table.add_row(harmless(one.member), *_amounts(one))
    return table


def _amounts(one: IssuedCredits) -> list[str]:
    return [str(getattr(one, name)) for name, _ in PARTS]


def _recognised(found: Balance, speech: Speech) -> Table:
    table = new_table(*speech.say("认定单位 学分 业务", "at credits cases").split())
    for one in found.recognised_at:
        cells = (one.member, one.credits, str(len(one.exchanges)))
        table.add_row(*map(harmless, cells))
    return table


def _usable(found: UsableCredits, speech: Speech) -> Table:
    heads = speech.say(
        "要求 名称 需要 已计入 还差 可直接计入 可转换",
        "requirement title needed counted missing available convertible",
    )
    table = new_table(*heads.split())
    for one in found.requirements:
        rules = sorted({rule for lot in one.convertible for rule in lot.rules})
        cells = (
            one.requirement,
            one.title,
            one.needed,
            one.counted,
            one.missing,
            one.available,
            " ".join(rules),
        )
        table.add_row(*map(harmless, cells))
    return table
