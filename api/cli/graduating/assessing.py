"""``skillbank graduation``: what is met and missing, and the school's signature."""

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.table import Table

from api.cli.graduating.words import word
from api.cli.groups import grouped
from api.cli.inputs import Learners
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
from client.errors import BankAnswerError
from client.exchange import preferred_language
from client.graduation_answers import AssessedLotView, GraduationView
from client.ids import statement_id
from client.results import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class MaybeSigner(Signer):
    """Who signs, if anybody does: looking needs no key."""

    staff: Annotated[
        str,
        typer.Option(
            envvar="SKILLBANK_STAFF",
            help="A pseudonym of whoever signs, never a name (经办人代号).",
            rich_help_panel="Who signs",
        ),
    ] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of which enrolment, and what to do about it."""

    enrolment: Annotated[str, typer.Option(help="The enrolment's id (学籍号).")]
    sign: Annotated[
        bool,
        typer.Option("--sign", help="Sign and post it, as the school (签名提交)."),
    ] = False
    opinion: Annotated[
        str | None, typer.Option(help="In words, without personal data (意见).")
    ] = None
    as_json: JsonOption = False


@grouped
def graduation(
    learner: Annotated[
        str, typer.Argument(help="learner_… or your own student number (学号).")
    ],
    *,
    asked: Asked,
    signer: MaybeSigner,
    past: Past,
    at: BankAt,
) -> None:
    """Audit whether a learner may graduate; the school signs it (毕业资格审核)."""
    with answering(as_json=asked.as_json), at.open() as bank:
        learner_id = Learners(keys=signer.keys, member=signer.member).find(learner)
        bank.pinned()
        found = bank.graduation(learner_id, enrolment=asked.enrolment, when=past.when())
        signed = _sign(bank, found, asked=asked, signer=signer) if asked.sign else None
        if asked.as_json:
            shown = found.model_dump(exclude_none=True)
            show_json({**shown, "signed": signed})
            return
        _show(found)
        if signed is not None:
            show(f"{signed['assessment_id']}  entry {signed['position']}")


def _sign(
    bank: Bank, found: GraduationView, *, asked: Asked, signer: MaybeSigner
) -> dict[str, object]:
    if found.body is None:
        hint = "only what holds now can be signed, not a past"
        raise typer.BadParameter(hint, param_hint="--sign")
    body = {**found.body, "assessment_id": statement_id()}
    if body.get("enrolment_id") != asked.enrolment:
        raise BankAnswerError(found="an assessment of another enrolment")
    if asked.opinion is not None:
        body["opinion"] = asked.opinion
    content = Content(type="graduation.assessed.v1", body=body)
    posted = bank.post(signer.factory(bank.ledger).sign(content))
    position = posted.receipt.position
    return {"assessment_id": body["assessment_id"], "position": position}


def _show(found: GraduationView) -> None:
    speech = Speech(preferred_language())
    if found.result is not None:
        named = f"{found.programme}  {word(speech, found.result)}"
        show(harmless(named))
        stdout_console().print(_requirements(found, speech))
        stdout_console().print(_bounds(found, speech))
    for one in found.missing:
        show(harmless(f"- {one.detail}"))
    if found.last is None:
        say(speech.say("尚未签名审核。", "No assessment was signed yet."))
        return
    last = found.last
    result = word(speech, last.result)
    show(
        harmless(
            speech.say(
                f"最近签名审核：{last.assessed_on} {result}（{last.assessment_id}）",
                f"last signed: {last.assessed_on} {result} ({last.assessment_id})",
            )
        )
    )


def _requirements(found: GraduationView, speech: Speech) -> Table:
    heads = speech.say(
        "要求 名称 需要 已计入 结论 学分批次",
        "requirement title needed counted result lots",
    )
    table = new_table(*heads.split())
    for one in found.requirements:
        cells = (
            one.requirement,
            one.title,
            one.needed,
            one.counted,
            speech.say("满足", "met") if one.met else speech.say("缺", "missing"),
            "\n".join(_lot(lot, speech) for lot in one.lots),
        )
        table.add_row(*(_lines(cell) for cell in cells))
    return table


def _lines(cell: str) -> str:
    return "\n".join(map(harmless, cell.split("\n")))


def _lot(lot: AssessedLotView, speech: Speech) -> str:
    doubt = "" if lot.doubt is None else f" [{word(speech, lot.doubt)}]"
    origin = lot.achievement or lot.issuer
    return f"{lot.credits} {origin} {lot.award_id}{doubt}"


def _bounds(found: GraduationView, speech: Speech) -> Table:
    heads = speech.say("总体要求 标准 现有 结论", "overall bound reached result")
    table = new_table(*heads.split())
    for one in found.bounds:
        name = word(speech, one.kind)
        cells = (
            name if one.code is None else f"{name} {one.code}",
            one.bound,
            one.reached,
            speech.say("满足", "met") if one.met else speech.say("不满足", "not met"),
        )
        table.add_row(*map(harmless, cells))
    return table
