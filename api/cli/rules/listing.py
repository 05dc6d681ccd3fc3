"""The list of rules, and the options of a bank where it may stay unnamed."""

from dataclasses import dataclass
from typing import Annotated

import typer

from api.cli.options import BankAt, MaybeLedgerOption
from api.cli.rules.words import Speech
from api.cli.terminal import (
    answering,
    harmless,
    new_table,
    say,
    show_json,
    stdout_console,
)
from client.exchange import preferred_language

_BANK = "Which bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaybeBankAt:
    """Which bank is meant, for a command whose subcommands name it themselves."""

    ledger: MaybeLedgerOption = None
    url: Annotated[
        str,
        typer.Option(
            envvar="SKILLBANK_URL", help="The bank's address.", rich_help_panel=_BANK
        ),
    ] = "http://127.0.0.1:8000"

    def bank_at(self) -> BankAt:
        """Return it as other commands take it.

        Raises:
            typer.BadParameter: no ledger is named.
        """
        if self.ledger is None:
            hint = "the ledger's name is missing"
            raise typer.BadParameter(hint, param_hint="--ledger")
        return BankAt(ledger=self.ledger, url=self.url)


def list_rules(
    at: MaybeBankAt, *, source: str | None, target: str | None, as_json: bool
) -> None:
    """Print the rules, one line each."""
    named = at.bank_at()
    with answering(as_json=as_json), named.open() as bank:
        bank.pinned()
        found = list(bank.rules(source=source, target=target))
        if as_json:
            show_json({"rules": [one.model_dump(exclude_none=True) for one in found]})
            return
        speech = Speech(preferred_language())
        names = speech.say(
            "规则 名称 认定单位 参与单位 有效期起 状态", _ENGLISH
        ).split()
        table = new_table(*names)
        for one in found:
            terms = one.terms
            title = terms.title if speech.chinese else terms.title_en or terms.title
            cells = (
                one.rule,
                title,
                one.recogniser,
                ", ".join(one.parties),
                one.terms.valid_from,
                speech.word(one.status),
            )
            table.add_row(*map(harmless, cells))
        if found:
            stdout_console().print(table)
        else:
            say(speech.say("没有规则。", "No rules."))


_ENGLISH = "rule title recogniser parties from state"
