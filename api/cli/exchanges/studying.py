"""``skillbank programme``, ``enrol`` and ``redeem``: what credits count toward."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from api.cli.exchanges.offering import read_lot
from api.cli.groups import grouped
from api.cli.inputs import Learners
from api.cli.options import BankAt, JsonOption, Past, Signer
from api.cli.rules.drafts import read_body
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
from client.exchange import preferred_language
from client.ids import statement_id
from client.results import Content
from ledger.domain.statements.programmes import ProgrammePublishedBody, StudyMode

app = typer.Typer(name="programme", no_args_is_help=True)


@app.callback()
def programme() -> None:
    """Publish and list programmes (培养方案)."""


@app.command("list")
@grouped
def list_programmes(
    *,
    of: Annotated[str | None, typer.Option(help="Only of this school (学校).")] = None,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """List programmes, all versions (培养方案列表)."""
    with answering(as_json=as_json), at.open() as bank:
        bank.pinned()
        found = list(bank.programmes(member=of))
        if as_json:
            shown = [one.model_dump(exclude_none=True) for one in found]
            show_json({"programmes": shown})
            return
        speech = Speech(preferred_language())
        table = new_table(
            *speech.say("方案 名称 总学分", "programme title credits").split()
        )
        for one in found:
            cells = (one.programme, one.title, one.credits)
            table.add_row(*map(harmless, cells))
        stdout_console().print(table)


@app.command("publish")
@grouped
def publish(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A JSON file: its body.")
    ],
    *,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Publish a version of a programme (发布培养方案)."""
    with answering(as_json=as_json), at.open() as bank:
        body = read_body(file, ProgrammePublishedBody, wanted="a programme")
        factory = signer.factory(at.ledger)
        posted = bank.post(
            factory.sign(Content(type="programme.published.v1", body=body))
        )
        name = f"{factory.key.member_id}/{body['code']}@{body['version']}"
        position = posted.receipt.position
        if as_json:
            show_json({"programme": name, "position": position})
        else:
            show(f"{name}  entry {position}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Studies:
    """What a learner is enrolled in."""

    programme: Annotated[
        str, typer.Option(help="The version: member/code@version (培养方案).")
    ]
    cohort: Annotated[str, typer.Option(help="Such as 2026 (年级).")]
    started_on: Annotated[str, typer.Option(metavar="DATE", help="From (入学日期).")]
    mode: Annotated[StudyMode, typer.Option(help="How (学习形式).")] = (
        StudyMode.FULL_TIME
    )


@grouped
def enrol(
    learner: Annotated[
        str, typer.Argument(help="learner_… or your own student number (学号).")
    ],
    *,
    studies: Studies,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Enrol a learner in a programme (学籍注册); prints the enrolment's id (学籍号)."""
    with answering(as_json=as_json), at.open() as bank:
        home = Learners(keys=signer.keys, member=signer.signing_key().member_id)
        enrolment_id = statement_id()
        body = {
            "enrolment_id": enrolment_id,
            "learner_id": home.find(learner),
            "programme": studies.programme,
            "cohort": studies.cohort,
            "mode": studies.mode.value,
            "started_on": studies.started_on,
        }
        content = Content(type="enrolment.opened.v1", body=body)
        posted = bank.post(signer.factory(at.ledger).sign(content))
        if as_json:
            position = posted.receipt.position
            show_json({"enrolment_id": enrolment_id, "position": position})
        else:
            show(enrolment_id)


@grouped
def enrolments(
    learner: Annotated[
        str, typer.Argument(help="learner_… or your own student number (学号).")
    ],
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """List a learner's enrolments, each with its id (学籍)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = list(bank.enrolments(learner_id, when=past.when()))
        if as_json:
            shown = [one.model_dump(exclude_none=True) for one in found]
            show_json({"learner_id": learner_id, "enrolments": shown})
            return
        for one in found:
            until = one.ended_on or ""
            show(
                harmless(
                    f"{one.enrolment_id}  {one.programme}  {one.started_on} {until}"
                )
            )
        if not found:
            say(Speech(preferred_language()).say("没有学籍。", "No enrolments."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What counts."""

    lot: Annotated[
        list[str],
        typer.Option(metavar="AWARD[:CREDITS]", help="A lot that counts (学分批次)."),
    ]
    as_json: JsonOption = False


@grouped
def redeem(
    enrolment: Annotated[str, typer.Argument(help="The enrolment's id (学籍号).")],
    requirement: Annotated[str, typer.Argument(help="The requirement's code (要求).")],
    *,
    counted: Counting,
    signer: Signer,
    at: BankAt,
) -> None:
    """Count lots toward a requirement of an enrolment (计入培养方案).

    It counts once, and only a reversal with a reason undoes it.
    """
    with answering(as_json=counted.as_json), at.open() as bank:
        parts = [read_lot(one)[:2] for one in counted.lot]
        redemption_id = statement_id()
        body = {
            "redemption_id": redemption_id,
            "enrolment_id": enrolment,
            "requirement": requirement,
            "lots": [
                {"award_id": award, "credits": amount or bank.award(award).available}
                for award, amount in parts
            ],
        }
        content = Content(type="credit.redeemed.v1", body=body)
        posted = bank.post(signer.factory(at.ledger).sign(content))
        if counted.as_json:
            position = posted.receipt.position
            show_json({"redemption_id": redemption_id, "position": position})
        else:
            show(redemption_id)
