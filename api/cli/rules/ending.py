"""``skillbank rules reject``, ``suspend``, ``resume`` and ``retire``."""

from dataclasses import dataclass
from typing import Annotated

import typer

from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption, Signer
from api.cli.rules.agreeing import NameArgument, app
from api.cli.terminal import answering, show, show_json
from client.results import Content
from ledger.domain.statements.agreements import RuleReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a party does it."""

    reason: Annotated[RuleReason, typer.Option(help="Why (原因).")]
    text: Annotated[
        str | None, typer.Option(help="In words, without personal data (说明).")
    ] = None
    as_json: JsonOption = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDay(Why):
    """Why, and until when one may still apply."""

    last_day: Annotated[
        str, typer.Option(metavar="DATE", help="The last day to apply (最后申请日).")
    ]


@app.command("reject")
@grouped
def reject(name: NameArgument, *, why: Why, signer: Signer, at: BankAt) -> None:
    """Refuse a proposed version: it never comes into force (否决规则)."""
    _act("rule.rejected.v1", name, why=why, signer=signer, at=at)


@app.command("suspend")
@grouped
def suspend(name: NameArgument, *, why: Why, signer: Signer, at: BankAt) -> None:
    """Suspend a version in force for new applications (暂停规则)."""
    _act("rule.suspended.v1", name, why=why, signer=signer, at=at)


@app.command("resume")
@grouped
def resume(name: NameArgument, *, why: Why, signer: Signer, at: BankAt) -> None:
    """Resume a version that this member suspended (恢复规则)."""
    _act("rule.resumed.v1", name, why=why, signer=signer, at=at)


@app.command("retire")
@grouped
def retire(
    name: NameArgument,
    *,
    last: LastDay,
    signer: Signer,
    at: BankAt,
) -> None:
    """End a version for the future; what was accepted stays (停用规则)."""
    _act("rule.retired.v1", name, why=last, signer=signer, at=at)


def _act(type_name: str, name: str, *, why: Why, signer: Signer, at: BankAt) -> None:
    body = {"rule": name, "reason_code": why.reason.value}
    if why.text is not None:
        body["reason"] = why.text
    if isinstance(why, LastDay):
        body["last_day"] = why.last_day
    with answering(as_json=why.as_json), at.open() as bank:
        content = Content(type=type_name, body=body)
        posted = bank.post(signer.factory(at.ledger).sign(content))
        position = posted.receipt.position
        if why.as_json:
            show_json({"rule": name, "position": position})
        else:
            show(f"{name}  entry {position}")
