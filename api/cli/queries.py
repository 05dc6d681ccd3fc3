"""``skillbank balance``, ``trail`` and ``prove``: questions, with checked answers."""

from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.groups import grouped
from api.cli.inputs import Learners
from api.cli.options import BankAt, JsonOption, Past
from api.cli.terminal import (
    answering,
    harmless,
    new_table,
    say,
    show_json,
    stdout_console,
)
from client.answers import Balance, TrailEvent
from client.errors import BankFaultError
from client.files import write_whole
from ledger.domain.errors import RejectionError
from ledger.domain.rules.awards import id_of_award
from ledger.domain.statements import read_statement
from ledger.domain.statements.awards import CreditAwarded
from ledger.integrity import canonical
from ledger.integrity.entries import Entry
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, read_jws

_PARTS: Final = (
    "awarded",
    "available",
    "held",
    "exchanged",
    "redeemed",
    "expired",
    "revoked",
    "contested",
)

LearnerArgument = Annotated[
    str, typer.Argument(help="learner_… or your own student number (学号).")
]


@grouped
def balance(
    learner: LearnerArgument,
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """Show a learner's credits by issuing member (学分余额)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = bank.balance(learner_id, when=past.when())
        if as_json:
            show_json(found.model_dump(exclude_none=True))
        else:
            _show_balance(found)


@grouped
def trail(
    learner: LearnerArgument,
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """Show everything that happened to a learner's account (学分流水)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        events = list(bank.trail(learner_id, when=past.when()))
        if as_json:
            shown = [event.model_dump(exclude_none=True) for event in events]
            show_json({"learner_id": learner_id, "events": shown})
        else:
            _show_trail(events)


@grouped
def prove(
    award: Annotated[str, typer.Argument(help="award_…")],
    *,
    at: BankAt,
    out: Annotated[
        Path | None, typer.Option(help="Write the proof to a file (证明文件).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that the ledger holds an award (学分证明).

    Only the ledger's name is trusted: the proof leads from the award's signed bytes
    over the Merkle tree to a checkpoint signed with the key that entry 0 declares.
    """
    with answering(as_json=as_json), at.open() as bank:
        found = bank.award(award)
        proven = bank.proof(found.position)
        entry, checkpoint = proven.verify(ledger=at.ledger)
        statement = _award_in(entry, award)
        if out is not None:
            write_whole(out, proven.model_dump_json(indent=2).encode())
            say(f"The proof is in {out}.")
        if as_json:
            show_json(
                {
                    "award_id": award,
                    "verified": True,
                    "recorded_at": entry.line.recorded_at,
                    "size": checkpoint.size,
                    "statement": statement.model_dump(
                        mode="json", by_alias=True, exclude_none=True
                    ),
                    "proof": proven.model_dump(),
                }
            )
        else:
            typer.echo(f"{award} is entry {found.position} of {at.ledger}")
            _show_award(statement)
            typer.echo(f"recorded   {entry.line.recorded_at}")
            typer.echo(f"proven     under the checkpoint of {checkpoint.size} entries")


def _show_award(statement: CreditAwarded) -> None:
    body = statement.body
    typer.echo(f"signed by  {statement.iss}")
    typer.echo(f"learner    {body.learner_id}")
    typer.echo(f"for        {body.achievement}")
    typer.echo(f"credits    {body.credits or '0'}")


def _award_in(entry: Entry, award: str) -> CreditAwarded:
    payload = entry.member_bytes
    try:
        if not payload.startswith(b"{"):
            payload = read_jws(payload, typ=STATEMENT_TYP).payload
        value = canonical.loads(payload)
        type_name = value.get("type") if isinstance(value, dict) else None
        statement = read_statement(payload, type_name=type_name)
    except (IntegrityError, RejectionError) as error:
        raise BankFaultError(found=error.code) from error
    if not isinstance(statement, CreditAwarded) or id_of_award(statement) != award:
        raise BankFaultError(found=f"entry {entry.line.position} is another one")
    return statement


def _show_balance(found: Balance) -> None:
    title = harmless(f"{found.learner_id} earned {found.earned}")
    table = new_table("member", *_PARTS, title=title)
    for one in found.issued:
        amounts = (str(getattr(one, name)) for name in _PARTS)
        table.add_row(harmless(one.member), *amounts)
    console = stdout_console()
    console.print(table)
    closed = ", closed" if found.account.closed else ""
    home = f"account at {found.account.home}, {found.account.mode}{closed}"
    console.print(harmless(f"{home}; true for position {found.position}"))


def _show_trail(events: list[TrailEvent]) -> None:
    table = new_table("position", "recorded", "what", "by", "about", "credits")
    for event in events:
        cells = (
            str(event.position),
            event.recorded_at,
            event.type,
            event.issuer,
            event.achievement or event.award_id or "",
            event.credits or "",
        )
        table.add_row(*map(harmless, cells))
    stdout_console().print(table)
