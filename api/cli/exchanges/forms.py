"""``skillbank exchange forms``: a case's application form and public notice."""

from typing import Annotated

import typer

from api.cli.documents.printing import Printing
from api.cli.exchanges.applying import CaseArgument
from api.cli.exchanges.deciding import app
from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption
from api.cli.terminal import answering, harmless, say, show, show_json
from client.document_answers import Forms
from client.exchange import preferred_language

__all__ = ["app"]


@app.command("forms")
@grouped
def forms(
    case: CaseArgument,
    *,
    at: BankAt,
    notice_workdays: Annotated[
        int, typer.Option(min=1, max=60, help="How long a notice is out (公示工作日).")
    ] = 5,
    as_json: JsonOption = False,
) -> None:
    """Print a case's application form and public notice (审批表、公示表)."""
    with answering(as_json=as_json), at.open() as bank:
        bank.pinned()
        found = bank.forms(case, notice_workdays=notice_workdays)
        if as_json:
            show_json(found.model_dump(mode="json"))
        else:
            _show(found)


def _show(found: Forms) -> None:
    language = preferred_language()
    printed = {"application": found.application, "notice": found.notice}
    for name, content in printed.items():
        printing = Printing(
            found.labels[language][name], found.words[language], language=language
        )
        if content is None:
            text = printing.say("认定后才有公示表。", "No notice until it is accepted.")
            say(text)
            continue
        show(f"## {printing.label('document_title')}")
        for line in printing.lines(content):
            show(harmless(line))
