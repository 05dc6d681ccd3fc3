"""``skillbank exchange``: apply for a learner, and see where a case stands."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from api.cli.exchanges.offering import bring, read_disclosed, read_vouched
from api.cli.exchanges.prospects import read_application
from api.cli.exchanges.telling import cases_table, show_case, state_of
from api.cli.groups import grouped
from api.cli.inputs import Learners, read_mandate
from api.cli.options import BankAt, JsonOption, Past, Signer
from api.cli.rules.words import Speech
from api.cli.terminal import answering, say, show, show_json, stdout_console
from client.bank import Bank
from client.exchange import preferred_language
from client.ids import statement_id
from client.proposals import read_rule
from client.requests import Request, disclosures_of, request_content
from client.results import Result

app = typer.Typer(name="exchange", no_args_is_help=True)

CaseArgument = Annotated[str, typer.Argument(help="The case's id (业务号).")]
LearnerArgument = Annotated[
    str, typer.Argument(help="learner_… or your own student number (学号).")
]


@app.callback()
def exchange() -> None:
    """Apply for recognition or conversion, and take cases over desks (学分转换)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What is applied for."""

    mandate: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="A JSON file with the learner's mandate (授权).",
        ),
    ]
    rule: Annotated[
        str | None,
        typer.Option(help="The rule's version: member/code@version (规则)."),
    ] = None
    enrolment: Annotated[
        str | None, typer.Option(help="For which enrolment (学籍号).")
    ] = None
    lot: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AWARD[:CREDITS][@COMPONENT]",
            help="A lot to offer (学分批次); the component is the number in brackets "
            "that `rules show` prints. Repeat it for more.",
        ),
    ] = None
    application: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="What `options --application` printed, in the place of rule, "
            "enrolment and lots (预填申请).",
        ),
    ] = None
    shown: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Disclosed values that the rule reads, from `exchange disclose` of "
            "whoever awarded (披露值).",
        ),
    ] = None
    vouch: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE=NUMBER", help="A number vouched for (证明数值)."),
    ] = None
    again: Annotated[
        str | None,
        typer.Option(
            metavar="CASE", help="Hand a returned case in again (退回后重新提交)."
        ),
    ] = None

    def applied_for(self) -> tuple[str, str, list[str]]:
        """Return the rule, the enrolment and the lots, from options or from a file.

        Raises:
            typer.BadParameter: one is missing, or said twice.
            StatementFileError: the file is no application.
        """
        said = (self.rule, self.enrolment, self.lot)
        if self.application is not None and not any(said):
            ready = read_application(self.application)
            lots = [
                f"{one.award_id}:{one.credits}@{one.component}" for one in ready.lots
            ]
            return ready.rule, ready.enrolment_id, lots
        if self.application is None and self.rule and self.enrolment and self.lot:
            return self.rule, self.enrolment, self.lot
        hint = "give --rule, --enrolment and --lot, or --application alone"
        raise typer.BadParameter(hint, param_hint="--rule")


@app.command("request")
@grouped
def request(
    learner: LearnerArgument,
    *,
    given: Application,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Apply for a learner under a rule (转换申请); prints the case's id.

    Where the rule has no desks the bank accepts at once.
    """
    vouched = read_vouched(given.vouch or ())
    with answering(as_json=as_json), at.open() as bank:
        home = Learners(keys=signer.keys, member=signer.signing_key().member_id)
        learner_id = home.find(learner)
        name, enrolment_id, lots = given.applied_for()
        rule = read_rule(bank, name)
        shown = read_disclosed(given.shown or ())
        made = Request(
            exchange_id=given.again or statement_id(),
            learner_id=learner_id,
            enrolment_id=enrolment_id,
            rule=rule.name,
            rule_digest=rule.digest,
            lots=bring(bank, lots, terms=rule.terms, shown=shown),
            vouched=vouched,
            revision=_revision(bank, given.again),
        )
        mandate = read_mandate(given.mandate)
        factory = signer.factory(at.ledger)
        posted = bank.post(factory.sign(request_content(made), mandate=mandate))
        found = bank.exchange(made.exchange_id)
        if as_json:
            receipt = {"position": posted.receipt.position}
            show_json({**found.model_dump(exclude_none=True), **receipt})
        else:
            show(made.exchange_id)
            say(state_of(found, Speech(preferred_language())))


def _revision(bank: Bank, again: str | None) -> int:
    return 0 if again is None else bank.exchange(again).revision + 1


@app.command("show")
@grouped
def show_exchange(
    case: CaseArgument, *, at: BankAt, as_json: JsonOption = False
) -> None:
    """Show a case: on whose desk it lies, and what came of it (业务进度)."""
    with answering(as_json=as_json), at.open() as bank:
        bank.pinned()
        found = bank.exchange(case)
        if as_json:
            show_json(found.model_dump(exclude_none=True))
        else:
            show_case(found)


@app.command("list")
@grouped
def list_exchanges(
    learner: LearnerArgument,
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """List a learner's cases (转换业务列表)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = list(bank.exchanges(learner_id, when=past.when()))
        if as_json:
            shown = [one.model_dump(exclude_none=True) for one in found]
            show_json({"learner_id": learner_id, "exchanges": shown})
        elif found:
            stdout_console().print(cases_table(found))
        else:
            say(Speech(preferred_language()).say("没有转换业务。", "No cases."))


@app.command("disclose")
@grouped
def disclose(
    reference: Annotated[
        str, typer.Argument(help="The member's own number for the result (成绩编号).")
    ],
    *,
    value: Annotated[
        list[str], typer.Option(metavar="NAME=VALUE", help="Such as score=92 (披露值).")
    ],
    revision: Annotated[int, typer.Option(min=0, help="Its revision (修订号).")] = 0,
    signer: Signer,
) -> None:
    """Print the disclosures of an own award again, to be shown with a request (披露).

    They follow from the member's secret, the number and the values: nothing is looked
    up, and nothing is sent. Give them to whoever applies, at the learner's wish.
    """
    with answering(as_json=False):
        pairs = [one.partition("=") for one in value]
        if not all(name and text for name, _, text in pairs):
            hint = "write NAME=VALUE"
            raise typer.BadParameter(hint, param_hint="--value")
        result = Result(
            reference=reference,
            learner_id="",
            achievement="",
            revision=revision,
            disclosed={name: text for name, _, text in pairs},
        )
        for one in disclosures_of(result, signer.secret()).values():
            show(one.encoded)
