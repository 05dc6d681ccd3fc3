"""``skillbank claim``: a learner hands in a certificate, and a member attests it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from api.cli.claims.telling import show_claims, tell_claim
from api.cli.groups import grouped
from api.cli.inputs import Learners, read_mandate
from api.cli.options import BankAt, JsonOption, Past, Signer
from api.cli.rules.words import Speech
from api.cli.terminal import answering, say, show, show_json
from client.claims import Claim, claim_content
from client.exchange import preferred_language
from client.ids import statement_id
from client.results import Content
from ledger.domain.statements.claims import ClaimLack, ClaimRefusal, ClaimWithdrawal

app = typer.Typer(name="claim", no_args_is_help=True)

ClaimArgument = Annotated[str, typer.Argument(help="The claim's id (申报业务号).")]
LearnerArgument = Annotated[
    str, typer.Argument(help="learner_… or your own student number (学号).")
]
MandateOption = Annotated[
    Path,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="What `mandate seal` wrote, or the mandate alone (授权).",
    ),
]
WordsOption = Annotated[
    str | None, typer.Option(help="In words, without personal data (说明).")
]


@app.callback()
def claim() -> None:
    """Hand in a learner's certificate, and answer claims (成果申报)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What is claimed, of whom."""

    achievement: Annotated[
        str, typer.Option(help="member/code@version in the catalogue (成果目录项).")
    ]
    attester: Annotated[
        str | None,
        typer.Option(help="The member asked to attest; yours if left out (认证单位)."),
    ] = None
    mandate: MandateOption
    scheme: Annotated[
        str | None, typer.Option(help="Of the certificate, for the vault (证书类别).")
    ] = None
    number: Annotated[
        str | None, typer.Option(help="Its number, for the vault only (证书编号).")
    ] = None
    evidence: Annotated[
        str | None,
        typer.Option(help="Where the copy lies, for the vault only (佐证材料)."),
    ] = None
    note: WordsOption = None
    workdays: Annotated[
        str | None,
        typer.Option(
            metavar="CALENDAR", help="Whose workdays count: member/code (校历)."
        ),
    ] = None
    due: Annotated[
        int | None,
        typer.Option(
            min=1, max=60, metavar="WORKDAYS", help="To attest in (办理期限)."
        ),
    ] = None
    again: Annotated[
        str | None,
        typer.Option(
            metavar="CLAIM", help="File a returned claim again (退回后重新申报)."
        ),
    ] = None

    def disclosed(self) -> dict[str, object]:
        """Return what goes to the vault.

        Raises:
            typer.BadParameter: a scheme without a number, or the other way round.
        """
        if (self.scheme is None) != (self.number is None):
            hint = "a certificate has both"
            raise typer.BadParameter(hint, param_hint="--scheme, --number")
        found: dict[str, object] = {}
        if self.scheme is not None:
            found["certificate"] = {"scheme": self.scheme, "number": self.number}
        if self.evidence is not None:
            found["evidence"] = self.evidence
        return found


@app.command("file")
@grouped
def file_claim(
    learner: LearnerArgument,
    *,
    given: Filing,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """File a claim for a learner (成果申报); prints the claim's id."""
    disclosed = given.disclosed()
    with answering(as_json=as_json), at.open() as bank:
        member = signer.signing_key().member_id
        home = Learners(keys=signer.keys, member=member)
        made = Claim(
            claim_id=given.again or statement_id(),
            revision=0 if given.again is None else bank.claim(given.again).revision + 1,
            learner_id=home.find(learner),
            attester=given.attester or member,
            achievement=given.achievement,
            workdays=given.workdays,
            due_workdays=given.due,
            note=given.note,
            disclosed=disclosed,
        )
        mandate = read_mandate(given.mandate)
        content = claim_content(made, signer.secret())
        bank.post(signer.factory(at.ledger).sign(content, mandate=mandate))
        if not as_json:
            show(made.claim_id)
        tell_claim(bank, made.claim_id, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What a claim lacks."""

    code: Annotated[
        list[ClaimLack], typer.Option(help="What it lacks; repeatable (缺少的材料).")
    ]
    missing: Annotated[str, typer.Option(help="What to add, in words (补正内容).")]


@app.command("return")
@grouped
def return_claim(
    claim_id: ClaimArgument,
    *,
    lacks: Lacking,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Send a claim back to be completed, as its attester (退回补正)."""
    with answering(as_json=as_json), at.open() as bank:
        bank.pinned()
        body = {
            "claim_id": claim_id,
            "revision": bank.claim(claim_id).revision,
            "missing_codes": [one.value for one in lacks.code],
            "missing": lacks.missing,
        }
        content = Content(type="claim.returned.v1", body=body)
        bank.post(signer.factory(at.ledger).sign(content))
        tell_claim(bank, claim_id, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusing:
    """Why a claim is refused."""

    reason: Annotated[ClaimRefusal, typer.Option(help="Why (原因).")]
    text: WordsOption = None


@app.command("refuse")
@grouped
def refuse_claim(
    claim_id: ClaimArgument,
    *,
    why: Refusing,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Refuse a claim, as its attester (不予认证)."""
    with answering(as_json=as_json), at.open() as bank:
        bank.pinned()
        body: dict[str, object] = {
            "claim_id": claim_id,
            "revision": bank.claim(claim_id).revision,
            "reason_code": why.reason.value,
        }
        if why.text is not None:
            body["reason"] = why.text
        content = Content(type="claim.refused.v1", body=body)
        bank.post(signer.factory(at.ledger).sign(content))
        tell_claim(bank, claim_id, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawing:
    """Why a claim is taken back, and at whose wish."""

    mandate: MandateOption
    reason: Annotated[ClaimWithdrawal, typer.Option(help="Why (原因).")] = (
        ClaimWithdrawal.AT_OWN_REQUEST
    )
    text: WordsOption = None


@app.command("withdraw")
@grouped
def withdraw_claim(
    claim_id: ClaimArgument,
    *,
    why: Withdrawing,
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Take a claim back, as whoever filed it, at the learner's wish (撤回申报)."""
    body: dict[str, object] = {"claim_id": claim_id, "reason_code": why.reason.value}
    if why.text is not None:
        body["reason"] = why.text
    with answering(as_json=as_json), at.open() as bank:
        content = Content(type="claim.withdrawn.v1", body=body)
        mandate = read_mandate(why.mandate)
        bank.post(signer.factory(at.ledger).sign(content, mandate=mandate))
        tell_claim(bank, claim_id, as_json=as_json)


@app.command("list")
@grouped
def list_claims(
    learner: LearnerArgument,
    *,
    past: Past,
    at: BankAt,
    learners: Learners,
    as_json: JsonOption = False,
) -> None:
    """List a learner's claims: whom each waits for, what came of it (成果申报列表)."""
    with answering(as_json=as_json), at.open() as bank:
        learner_id = learners.find(learner)
        bank.pinned()
        found = list(bank.claims(learner_id, when=past.when()))
        if as_json:
            shown = [one.model_dump(exclude_none=True) for one in found]
            show_json({"learner_id": learner_id, "claims": shown})
        elif found:
            show_claims(found)
        else:
            say(Speech(preferred_language()).say("没有成果申报。", "No claims."))
