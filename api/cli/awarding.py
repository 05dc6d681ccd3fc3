"""``skillbank award``: one result by hand."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.groups import grouped
from api.cli.inputs import read_mandate
from api.cli.options import BankAt, JsonOption, Signer
from api.cli.terminal import answering, say, show_json
from client.clock import system_now
from client.errors import StatementFileError
from client.imports.columns import CHINESE, Column
from client.imports.single import Counter, read_single
from ledger.domain.statements.accounts import AccountMode

_EARLIEST_DATE: Final = timedelta(hours=14)
"""The first place on earth to see a new date is this much ahead of UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The result, in the words of an import file's columns."""

    achievement: Annotated[
        str, typer.Option(help="CODE, CODE@VERSION or MEMBER/CODE@VERSION (成果).")
    ]
    reference: Annotated[
        str, typer.Option(help="Your own number for this result, unique (业务编号).")
    ]
    learner: Annotated[
        str | None, typer.Option(help="The learner's account (学分账户号).")
    ] = None
    student: Annotated[
        str | None, typer.Option(help="Or your own student number (学号).")
    ] = None
    credits: Annotated[str | None, typer.Option(help="Such as 2.5 (学分).")] = None
    assessed_on: Annotated[
        str | None, typer.Option(metavar="DATE", help="Such as 2026-06-30 (考核日期).")
    ] = None
    score: Annotated[str | None, typer.Option(help="For the vault only (成绩).")] = None
    claim: Annotated[
        str | None, typer.Option(help="The claim that it ends (申报业务号).")
    ] = None
    more: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="COLUMN=VALUE",
            help="Any other column of an import file, such as level=4; repeatable.",
        ),
    ] = None

    def cells(self) -> dict[Column, str]:
        """Return it as cells of a row."""
        named = {
            Column.LEARNER_ID: self.learner,
            Column.STUDENT_NUMBER: self.student,
            Column.ACHIEVEMENT: self.achievement,
            Column.REFERENCE: self.reference,
            Column.CREDITS: self.credits,
            Column.ASSESSED_ON: self.assessed_on,
            Column.SCORE: self.score,
            Column.CLAIM: self.claim,
        }
        given = {column: text for column, text in named.items() if text is not None}
        return given | read_pairs(self.more or [], option="--set")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How accounts that are missing are opened (开户)."""

    mode: Annotated[
        AccountMode,
        typer.Option(help="How missing accounts are opened (开户方式)."),
    ] = AccountMode.PROVISIONAL
    mandate: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="A JSON file with the learners' mandate (授权): by, method, proof, "
            "notice_version, at. Needed unless provisional.",
        ),
    ] = None


def read_pairs(pairs: list[str], *, option: str) -> dict[Column, str]:
    """Read COLUMN=VALUE options; columns in English or Chinese.

    Raises:
        typer.BadParameter: no such column, or no =.
    """
    names = {name: c for c, chinese in CHINESE.items() for name in (c.value, *chinese)}
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name.strip() not in names:
            hint = f"{pair!r}: write COLUMN=VALUE; columns are {', '.join(Column)}"
            raise typer.BadParameter(hint, param_hint=option)
        found[names[name.strip()]] = value
    return found


def today() -> str:
    """Return the latest date that it is anywhere on earth."""
    return (system_now() + _EARLIEST_DATE).date().isoformat()


@grouped
def award(
    *,
    given: Given,
    opening: Opening,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Post one learner's result (存入一项学习成果).

    Opens the learner's account first if it is missing. Doing it twice is harmless: the
    same reference is the same award.
    """
    cells = given.cells()
    with answering(as_json=as_json), at.open() as bank, signer.learners() as book:
        secret = signer.secret()
        row = read_single(cells, secret=secret, today=today())
        factory = signer.factory(at.ledger)
        counter = Counter(bank=bank, factory=factory, secret=secret, book=book)
        try:
            done = counter.award(
                row, mode=opening.mode.value, mandate=read_mandate(opening.mandate)
            )
        except ValueError:
            found = "another account than this student number's"
            raise StatementFileError(wanted="a result", found=found) from None
        if done.posted is None:
            say("The ledger had this award already.")
        position = done.posted.receipt.position if done.posted else None
        if as_json:
            show_json(
                {
                    "award_id": done.award_id,
                    "learner_id": done.learner_id,
                    "known": done.posted is None,
                    "position": position,
                }
            )
        else:
            typer.echo(done.award_id)
