"""``skillbank exchange endorse``, ``return``, ``accept`` and the ends of a case."""

from dataclasses import dataclass
from typing import Annotated

import typer

from api.cli.exchanges.applying import CaseArgument, app
from api.cli.exchanges.offering import read_vouched
from api.cli.exchanges.telling import show_quote, state_of
from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption, Signer
from api.cli.rules.words import Speech
from api.cli.terminal import answering, harmless, say, show_json
from client.bank import Bank
from client.exchange import preferred_language
from client.results import Content
from ledger.domain.statements.exchanges import ExchangeReason, ReturnReason

__all__ = ["app"]

OpinionOption = Annotated[
    str | None, typer.Option(help="In words, without personal data (意见).")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a case ends."""

    reason: Annotated[ExchangeReason, typer.Option(help="Why (原因).")]
    text: OpinionOption = None
    as_json: JsonOption = False


@app.command("quote")
@grouped
def quote(case: CaseArgument, *, at: BankAt, as_json: JsonOption = False) -> None:
    """Show what accepting a case today uses and gives (试算结果)."""
    with answering(as_json=as_json), at.open() as bank:
        bank.pinned()
        body = bank.quote(case)
        if as_json:
            show_json(body)
        else:
            show_quote(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a desk says to a case, and how its answer is printed."""

    opinion: OpinionOption = None
    as_json: JsonOption = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement(Opinion):
    """What a desk that passes a case on vouches for."""

    vouch: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE=NUMBER", help="A number vouched for (证明数值)."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What a case lacks."""

    reason: Annotated[ReturnReason, typer.Option(help="What it lacks (原因).")]
    missing: Annotated[str, typer.Option(help="What to add, in words (补正内容).")]
    as_json: JsonOption = False


@app.command("accept")
@grouped
def accept(case: CaseArgument, *, says: Opinion, signer: Signer, at: BankAt) -> None:
    """Accept a case on the last desk: signs exactly what the quote says (认定通过)."""
    with answering(as_json=says.as_json), at.open() as bank:
        bank.pinned()
        body = {**bank.quote(case)}
        if not says.as_json:
            show_quote(body)
        if says.opinion is not None:
            body["opinion"] = says.opinion
        _post(bank, Content(type="exchange.accepted.v1", body=body), signer=signer)
        _tell(bank, case, as_json=says.as_json)


@app.command("endorse")
@grouped
def endorse(
    case: CaseArgument, *, says: Endorsement, signer: Signer, at: BankAt
) -> None:
    """Pass a case on to the next desk (审核通过); --role names this desk's role."""
    vouched = read_vouched(says.vouch or ())
    with answering(as_json=says.as_json), at.open() as bank:
        bank.pinned()
        body: dict[str, object] = {"exchange_id": case, "step": _step(bank, case)}
        if vouched:
            body["vouched"] = [dict(one) for one in vouched]
        if says.opinion is not None:
            body["opinion"] = says.opinion
        _post(bank, Content(type="exchange.endorsed.v1", body=body), signer=signer)
        _tell(bank, case, as_json=says.as_json)


@app.command("return")
@grouped
def send_back(
    case: CaseArgument, *, lacks: Lacking, signer: Signer, at: BankAt
) -> None:
    """Send a case back to be completed (退回补正)."""
    with answering(as_json=lacks.as_json), at.open() as bank:
        bank.pinned()
        body = {
            "exchange_id": case,
            "step": _step(bank, case),
            "reason_code": lacks.reason.value,
            "missing": lacks.missing,
        }
        _post(bank, Content(type="exchange.returned.v1", body=body), signer=signer)
        _tell(bank, case, as_json=lacks.as_json)


def _step(bank: Bank, case: str) -> int:
    """Return the step of the desk that a case lies on; 0 lets the bank refuse."""
    desk = bank.exchange(case).desk
    return 0 if desk is None or desk.step is None else desk.step


@app.command("decline")
@grouped
def decline(case: CaseArgument, *, why: Reason, signer: Signer, at: BankAt) -> None:
    """Decline a case on this desk (不予认定)."""
    _end("exchange.declined.v1", case, why=why, signer=signer, at=at)


@app.command("cancel")
@grouped
def cancel(case: CaseArgument, *, why: Reason, signer: Signer, at: BankAt) -> None:
    """Take an application back, as whoever applied (撤回申请)."""
    _end("exchange.cancelled.v1", case, why=why, signer=signer, at=at)


@app.command("reverse")
@grouped
def reverse(case: CaseArgument, *, why: Reason, signer: Signer, at: BankAt) -> None:
    """Undo an accepted case whose credits are not used yet (撤销转换)."""
    _end("exchange.reversed.v1", case, why=why, signer=signer, at=at)


def _end(type_name: str, case: str, *, why: Reason, signer: Signer, at: BankAt) -> None:
    body: dict[str, object] = {"exchange_id": case, "reason_code": why.reason.value}
    if why.text is not None:
        body["reason"] = why.text
    with answering(as_json=why.as_json), at.open() as bank:
        _post(bank, Content(type=type_name, body=body), signer=signer)
        _tell(bank, case, as_json=why.as_json)


def _post(bank: Bank, content: Content, *, signer: Signer) -> None:
    bank.post(signer.factory(bank.ledger).sign(content))


def _tell(bank: Bank, case: str, *, as_json: bool) -> None:
    found = bank.exchange(case)
    if as_json:
        show_json(found.model_dump(exclude_none=True))
        return
    state = state_of(found, Speech(preferred_language()))
    say(harmless(f"{found.exchange_id}  {state}"))
