"""``skillbank appeal``: object to a decision, and decide on objections."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from api.cli.graduating.words import word
from api.cli.groups import grouped
from api.cli.inputs import Learners, read_mandate
from api.cli.options import BankAt, JsonOption, Past, Signer
from api.cli.rules.words import Speech
from api.cli.terminal import (
    answering,
    harmless,
    new_table,
    say,
    show,
    show_json,
    stdout_console,
)
from client.bank import Bank
from client.exchange import preferred_language
from client.graduation_answers import AppealView
from client.ids import statement_id
from client.results import Content
from ledger.domain.statements.appeals import (
    AppealAgainst,
    AppealGrounds,
    AppealOutcome,
    AppealReason,
)
from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode

app = typer.Typer(name="appeal", no_args_is_help=True)

LearnerArgument = Annotated[
    str, typer.Argument(help="learner_… or your own student number (学号).")
]


@app.callback()
def appeal() -> None:
    """Appeal for a learner, and decide on appeals (申诉)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Against what, to whom, and why."""

    panel: Annotated[
        str,
        typer.Option(
            help="The member whose decision it is; later a committee (受理方)."
        ),
    ]
    grounds: Annotated[AppealGrounds, typer.Option(help="Why (申诉理由).")]
    reason: Annotated[str, typer.Option(help="In words, without personal data (说明).")]
    mandate: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="A JSON file with the learner's mandate (授权).",
        ),
    ]
    against: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT:ID",
            help="exchange, award, claim, graduation or redemption, and its id "
            "(申诉对象).",
        ),
    ] = None
    follows: Annotated[
        str | None,
        typer.Option(
            metavar="APPEAL", help="The appeal that was upheld (前次申诉编号)."
        ),
    ] = None
    evidence: Annotated[
        str | None,
        typer.Option(help="What proves it; the bank's vault alone keeps it (证据)."),
    ] = None
    as_json: JsonOption = False


@app.command("file")
@grouped
def file(
    learner: LearnerArgument, *, what: Objection, signer: Signer, at: BankAt
) -> None:
    """Appeal against a decision for a learner (提出申诉); prints the appeal's id."""
    with answering(as_json=what.as_json), at.open() as bank:
        home = Learners(keys=signer.keys, member=signer.signing_key().member_id)
        learner_id = home.find(learner)
        bank.pinned()
        body: dict[str, object] = {
            "appeal_id": statement_id(),
            "learner_id": learner_id,
            "against": _against(bank, learner_id, what=what),
            "panel": what.panel,
            "grounds": what.grounds.value,
            "reason": what.reason,
        }
        if what.follows is not None:
            body["follows"] = what.follows
        content = _content(body, what.evidence, signer=signer)
        mandate = read_mandate(what.mandate)
        posted = bank.post(signer.factory(at.ledger).sign(content, mandate=mandate))
        if what.as_json:
            position = posted.receipt.position
            show_json({"appeal_id": body["appeal_id"], "position": position})
        else:
            show(str(body["appeal_id"]))


def _against(bank: Bank, learner_id: str, *, what: Objection) -> dict[str, str]:
    if what.against is None:
        for one in bank.appeals(learner_id):
            if one.appeal_id == what.follows:
                return one.against.model_dump()
        hint = "name what the appeal is against: WHAT:ID"
        raise typer.BadParameter(hint, param_hint="--against")
    kind, _, identity = what.against.partition(":")
    if kind not in {one.value for one in AppealAgainst} or not identity:
        hint = f"{what.against!r}: write WHAT:ID, such as graduation:…"
        raise typer.BadParameter(hint, param_hint="--against")
    return {"what": kind, "id": identity}


def _content(
    body: dict[str, object], evidence: str | None, *, signer: Signer
) -> Content:
    if evidence is None:
        return Content(type="appeal.filed.v1", body=body)
    digest = b64encode(hashlib.sha256(canonical.dumps(body)).digest())
    disclosures = signer.secret().disclose(
        ("draft", "appeal.filed.v1", digest), {"evidence": evidence}
    )
    body["_sd"] = [one.digest for one in disclosures]
    return Content(type="appeal.filed.v1", body=body, disclosures=disclosures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a panel decides, and why."""

    outcome: Annotated[AppealOutcome, typer.Option(help="What becomes of it (结论).")]
    reason_code: Annotated[AppealReason, typer.Option(help="Why (理由).")]
    reason: Annotated[str, typer.Option(help="In words, without personal data (说明).")]
    due_on: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="If remitted: to be made anew by (办理期限)."
        ),
    ] = None
    as_json: JsonOption = False


@app.command("decide")
@grouped
def decide(
    appeal_id: Annotated[str, typer.Argument(help="The appeal's id (申诉编号).")],
    *,
    says: Verdict,
    signer: Signer,
    at: BankAt,
) -> None:
    """Decide an appeal, as its panel (申诉处理决定)."""
    with answering(as_json=says.as_json), at.open() as bank:
        bank.pinned()
        body: dict[str, object] = {
            "appeal_id": appeal_id,
            "outcome": says.outcome.value,
            "reason_code": says.reason_code.value,
            "reason": says.reason,
        }
        if says.due_on is not None:
            body["due_on"] = says.due_on
        content = Content(type="appeal.decided.v1", body=body)
        posted = bank.post(signer.factory(at.ledger).sign(content))
        if says.as_json:
            position = posted.receipt.position
            show_json({"appeal_id": appeal_id, "position": position})
        else:
            speech = Speech(preferred_language())
            say(harmless(f"{appeal_id}  {word(speech, says.outcome.value)}"))


@app.command("list")
@grouped
def list_appeals(
    learner: LearnerArgument,
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """List a learner's appeals: who decides, and what is due by whom (申诉列表)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = list(bank.appeals(learner_id, when=past.when()))
        if as_json:
            shown = [one.model_dump(exclude_none=True) for one in found]
            show_json({"learner_id": learner_id, "appeals": shown})
        elif found:
            stdout_console().print(_table(found))
        else:
            say(Speech(preferred_language()).say("没有申诉。", "No appeals."))


def _table(found: Iterable[AppealView]) -> Table:
    speech = Speech(preferred_language())
    heads = speech.say(
        "申诉编号 对象 受理方 申诉日 结论 待办", "appeal against panel on state due"
    )
    table = new_table(*heads.split())
    for one in found:
        cells = (
            one.appeal_id,
            f"{word(speech, one.against.what)} {one.against.id}",
            one.panel,
            one.filed_on,
            word(speech, one.status),
            _due(one, speech),
        )
        table.add_row(*map(harmless, cells))
    return table


def _due(one: AppealView, speech: Speech) -> str:
    if one.due is None:
        return one.waiting_for or ""
    if one.due.due_on is None:
        return one.due.member
    return speech.say(
        f"{one.due.member}，截至 {one.due.due_on}",
        f"{one.due.member}, by {one.due.due_on}",
    )
