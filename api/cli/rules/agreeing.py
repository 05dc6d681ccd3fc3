"""``skillbank rules``: list, check, try, propose and agree to recognition rules."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption, Signer
from api.cli.rules.drafts import read_draft, recogniser_of
from api.cli.rules.listing import MaybeBankAt, list_rules
from api.cli.rules.plain import describe
from api.cli.rules.telling import tell_check, tell_trials
from api.cli.rules.words import Speech
from api.cli.terminal import (
    WRONG_INPUT,
    answering,
    harmless,
    show,
    show_json,
)
from client.bank import Bank
from client.exchange import preferred_language
from client.proposals import Proposal, digest_of, read_rule
from client.results import Content

app = typer.Typer(name="rules", invoke_without_command=True)

NameArgument = Annotated[
    str, typer.Argument(help="The version: member/code@version (规则版本).")
]
DraftArgument = Annotated[
    Path,
    typer.Argument(
        exists=True,
        dir_okay=False,
        help='A JSON file {"code", "version", "terms"}; see docs/spec/rules.md.',
    ),
]


@app.callback()
@grouped
def rules(
    ctx: typer.Context,
    *,
    source: Annotated[
        str | None, typer.Option(help="Only from this member (来源单位).")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Only into this member (认定单位).")
    ] = None,
    at: MaybeBankAt,
    as_json: JsonOption = False,
) -> None:
    """List the rules by which members recognise credits, and agree on them (互认规则).

    Without a command it lists them, of one source or target if named.
    """
    if ctx.invoked_subcommand is None:
        list_rules(at, source=source, target=target, as_json=as_json)


@app.command("show")
@grouped
def show_rule(name: NameArgument, *, at: BankAt, as_json: JsonOption = False) -> None:
    """Show what a version says, in plain words, from its signed bytes (查看规则)."""
    with answering(as_json=as_json), at.open() as bank:
        found, head = read_rule(bank, name), bank.rule(name)
        if as_json:
            terms = found.terms.model_dump(mode="json", exclude_none=True)
            show_json({**head.model_dump(exclude_none=True), "terms": terms})
            return
        _show(found)
        speech = Speech(preferred_language())
        signed, waits = ", ".join(head.ratified_by), ", ".join(head.waiting_for)
        show(speech.say("状态：", "State: ") + speech.word(head.status))
        show(harmless(speech.say(f"已签署：{signed}", f"Signed by {signed}")))
        if waits:
            show(harmless(speech.say(f"待签署：{waits}", f"Waits for {waits}")))


ProposerOption = Annotated[
    str | None,
    typer.Option(help="Who would propose it, if not the recogniser (提出单位)."),
]


@app.command("check")
@grouped
def check(
    file: DraftArgument,
    *,
    proposer: ProposerOption = None,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Ask what is wrong or odd in a draft; nothing is signed (规则检查).

    Exit code 3 if the bank would refuse it.
    """
    with answering(as_json=as_json), at.open() as bank:
        draft = read_draft(file)
        bank.pinned()
        found = bank.check_rule(draft, proposer=proposer or recogniser_of(draft))
        tell_check(found, as_json=as_json)
        if found.faults:
            raise typer.Exit(WRONG_INPUT)


@app.command("dry-run")
@grouped
def dry_run(
    file: DraftArgument,
    *,
    proposer: ProposerOption = None,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Ask what a draft would have made of the awards that are there (规则试算)."""
    with answering(as_json=as_json), at.open() as bank:
        draft = read_draft(file)
        bank.pinned()
        found = bank.dry_run(draft, proposer=proposer or recogniser_of(draft))
        tell_trials(list(found), as_json=as_json)


@app.command("propose")
@grouped
def propose(
    file: DraftArgument, *, signer: Signer, at: BankAt, as_json: JsonOption = False
) -> None:
    """Propose a version to its other parties, signed by the member (提出规则)."""
    with answering(as_json=as_json), at.open() as bank:
        draft = read_draft(file)
        factory = signer.factory(at.ledger)
        content = Content(type="rule.proposed.v1", body=draft)
        posted = bank.post(factory.sign(content))
        name = f"{factory.key.member_id}/{draft['code']}@{draft['version']}"
        _done(name, digest_of(draft), position=posted.receipt.position, as_json=as_json)


class Consent(StrEnum):
    """How a member agrees to a version."""

    RATIFY = "rule.ratified.v1"
    ENDORSE = "rule.endorsed.v1"
    ACCEDE = "rule.acceded.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreeing:
    """Whether to ask first, and what to print."""

    yes: Annotated[
        bool, typer.Option("--yes", help="Sign without asking (不再询问).")
    ] = False
    as_json: JsonOption = False


@app.command("ratify")
@grouped
def ratify(
    name: NameArgument,
    *,
    how: Agreeing,
    signer: Signer,
    at: BankAt,
) -> None:
    """Agree to a version as a party of it (确认规则).

    It is read from the log's own bytes, shown in plain words, and signed by its digest:
    if the version is another by then, the bank refuses.
    """
    with answering(as_json=how.as_json), at.open() as bank:
        _agree(bank, name, consent=Consent.RATIFY, how=how, signer=signer)


@app.command("accede")
@grouped
def accede(
    name: NameArgument,
    *,
    how: Agreeing,
    signer: Signer,
    at: BankAt,
) -> None:
    """Join a version that is open to further members (加入规则)."""
    with answering(as_json=how.as_json), at.open() as bank:
        _agree(bank, name, consent=Consent.ACCEDE, how=how, signer=signer)


@app.command("endorse")
@grouped
def endorse(
    name: NameArgument,
    *,
    how: Agreeing,
    signer: Signer,
    at: BankAt,
) -> None:
    """Endorse a version as the committee that it names (审定规则)."""
    with answering(as_json=how.as_json), at.open() as bank:
        _agree(bank, name, consent=Consent.ENDORSE, how=how, signer=signer)


def _agree(
    bank: Bank, name: str, *, consent: Consent, how: Agreeing, signer: Signer
) -> None:
    found = read_rule(bank, name)
    if not how.as_json:
        _show(found)
    if not how.yes:
        typer.confirm("Sign this (签署)?", abort=True, err=True)
    body = {"rule": found.name, "digest": found.digest}
    content = Content(type=consent.value, body=body)
    posted = bank.post(signer.factory(bank.ledger).sign(content))
    _done(name, found.digest, position=posted.receipt.position, as_json=how.as_json)


def _show(found: Proposal) -> None:
    show(harmless(f"{found.name}  {found.digest}"))
    for line in describe(found.terms, preferred_language()):
        show(harmless(line))


def _done(name: str, digest: str, *, position: int, as_json: bool) -> None:
    if as_json:
        show_json({"rule": name, "digest": digest, "position": position})
    else:
        show(f"{name}  {digest}  entry {position}")
