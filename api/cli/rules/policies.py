"""``skillbank policy``: limits that bind every rule."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption, Signer
from api.cli.rules.drafts import read_body
from api.cli.rules.words import Speech
from api.cli.terminal import (
    answering,
    harmless,
    new_table,
    show,
    show_json,
    stdout_console,
)
from client.exchange import preferred_language
from client.proposals import digest_of, read_policy
from client.results import Content
from ledger.domain.statements.agreements import PolicyPublishedBody

app = typer.Typer(name="policy", no_args_is_help=True)


@app.callback()
def policy() -> None:
    """Publish, endorse and list the policies that bind every rule (统一政策)."""


@app.command("list")
@grouped
def list_policies(*, at: BankAt, as_json: JsonOption = False) -> None:
    """List all versions (政策列表)."""
    with answering(as_json=as_json), at.open() as bank:
        bank.pinned()
        found = list(bank.policies())
        if as_json:
            shown = [one.model_dump(exclude_none=True) for one in found]
            show_json({"policies": shown})
            return
        speech = Speech(preferred_language())
        heads = speech.say("政策 名称 审定 有效期起", "policy title endorsed from")
        table = new_table(*heads.split())
        for one in found:
            endorsed = (
                speech.say("是", "yes") if one.endorsed else speech.say("否", "no")
            )
            cells = (one.policy, one.title or "", endorsed, one.valid_from or "")
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
    """Publish a version, signed by the operator (发布政策)."""
    with answering(as_json=as_json), at.open() as bank:
        body = read_body(file, PolicyPublishedBody, wanted="a policy")
        factory = signer.factory(at.ledger)
        posted = bank.post(factory.sign(Content(type="policy.published.v1", body=body)))
        name = f"{factory.key.member_id}/{body['code']}@{body['version']}"
        _done(name, digest_of(body), position=posted.receipt.position, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the committee decided."""

    document: Annotated[
        str | None, typer.Option(help="The decision's number (文号).")
    ] = None
    decided_on: Annotated[
        str | None, typer.Option(metavar="DATE", help="When it was taken (日期).")
    ] = None
    as_json: JsonOption = False


@app.command("endorse")
@grouped
def endorse(
    name: Annotated[str, typer.Argument(help="member/code@version")],
    *,
    decision: Decision,
    signer: Signer,
    at: BankAt,
) -> None:
    """Put a policy in force, signed by its committee (审定政策)."""
    with answering(as_json=decision.as_json), at.open() as bank:
        digest = read_policy(bank, name)
        body = {"policy": name, "digest": digest}
        if decision.document is not None:
            body["document_number"] = decision.document
        if decision.decided_on is not None:
            body["decided_on"] = decision.decided_on
        content = Content(type="policy.endorsed.v1", body=body)
        posted = bank.post(signer.factory(at.ledger).sign(content))
        _done(name, digest, position=posted.receipt.position, as_json=decision.as_json)


def _done(name: str, digest: str, *, position: int, as_json: bool) -> None:
    if as_json:
        show_json({"policy": name, "digest": digest, "position": position})
    else:
        show(f"{name}  {digest}  entry {position}")
