"""``skillbank account``: whose an account is, and the learner who takes it over."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.groups import grouped
from api.cli.inputs import Learners, read_mandate
from api.cli.options import BankAt, JsonOption, Signer
from api.cli.terminal import answering, show, show_json
from client.results import Content

app = typer.Typer(name="account", no_args_is_help=True)


@app.callback()
def account() -> None:
    """Have a learner take over an account (学分账户)."""


@app.command("claim")
@grouped
def claim_account(
    learner: Annotated[
        str, typer.Argument(help="learner_… or your own student number (学号).")
    ],
    *,
    mandate: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="What `mandate seal` wrote, or the mandate alone (授权).",
        ),
    ],
    signer: Signer,
    at: BankAt,
    as_json: JsonOption = False,
) -> None:
    """Note that its learner now answers for an account, as its home (认领).

    Before that nobody can exchange, redeem or claim for a provisional account.
    """
    with answering(as_json=as_json), at.open() as bank:
        home = Learners(keys=signer.keys, member=signer.signing_key().member_id)
        learner_id = home.find(learner)
        content = Content(type="account.claimed.v1", body={"learner_id": learner_id})
        given = read_mandate(mandate)
        posted = bank.post(signer.factory(at.ledger).sign(content, mandate=given))
        if as_json:
            position = posted.receipt.position
            show_json({"learner_id": learner_id, "position": position})
        else:
            show(learner_id)
