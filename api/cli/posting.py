"""``skillbank sign`` and ``post``: any statement, from a file."""

import hashlib
from pathlib import Path
from typing import Annotated

import orjson
import typer
from pydantic import Field, ValidationError

from api.cli.groups import grouped
from api.cli.options import BankAt, JsonOption, LedgerOption, Signer
from api.cli.terminal import answering, say, show_json
from api.cli.witness.policies import WitnessPolicyOption, read_policy_file
from client.errors import StatementFileError
from client.files import write_whole
from client.mandates import SealedMandate
from client.receipts import Posted
from client.references import MemberSecret
from client.results import Content
from ledger.domain.statements.envelope import Mandate
from ledger.domain.types import Wire
from ledger.integrity import canonical
from ledger.integrity.encoding import b64encode

_BATCH_SUFFIXES = frozenset({".ndjson", ".jsonl"})

FileArgument = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True)
]


class Draft(Wire):
    """What ``sign`` takes: a type, its body, and what only the bank may see."""

    type: str
    body: dict[str, object]
    mandate: Mandate | SealedMandate | None = None
    disclose: Annotated[dict[str, object], Field(default_factory=dict)]

    @property
    def given(self) -> Mandate | None:
        """The mandate, without what opens its proof."""
        sealed = self.mandate
        return sealed.mandate if isinstance(sealed, SealedMandate) else sealed

    def content(self, secret: MemberSecret) -> Content:
        """Return what to sign, the same for the same draft."""
        body = dict(self.body)
        digest = b64encode(hashlib.sha256(canonical.dumps(body)).digest())
        disclosures = secret.disclose(("draft", self.type, digest), self.disclose)
        if disclosures:
            body["_sd"] = [one.digest for one in disclosures]
        return Content(type=self.type, body=body, disclosures=disclosures)


@grouped
def sign(
    file: FileArgument,
    *,
    signer: Signer,
    ledger: LedgerOption,
    out: Annotated[
        Path | None, typer.Option(help="Write to a file instead of stdout.")
    ] = None,
) -> None:
    """Sign statements from a file (签名); nothing is sent.

    FILE holds one JSON object {"type", "body", "mandate"?, "disclose"?}. A file named
    .ndjson or .jsonl holds one per line, and becomes a batch signed once.
    """
    with answering(as_json=False):
        factory, secret = signer.factory(ledger), signer.secret()
        if file.suffix in _BATCH_SUFFIXES:
            drafts = [
                _read_draft(line, number)
                for number, line in enumerate(file.read_bytes().splitlines(), start=1)
                if line.strip()
            ]
            lines = [
                factory.line(draft.content(secret), mandate=draft.given)
                for draft in drafts
            ]
            raw = factory.batch(lines)
        else:
            draft = _read_draft(file.read_bytes(), 1)
            raw = factory.sign(draft.content(secret), mandate=draft.given)
        if out is not None:
            write_whole(out, raw)
        else:
            typer.echo(raw.decode("ascii").rstrip("\n"))


@grouped
def post(
    file: FileArgument,
    *,
    at: BankAt,
    witness_policy: WitnessPolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Post what ``sign`` wrote, and check the receipt (提交).

    Posting the same file again is harmless: the bank gives the same answer. With
    --witness-policy that answer is held against what witnesses have cosigned since.
    """
    with answering(as_json=as_json), at.open() as bank:
        bank.witnesses = read_policy_file(witness_policy, as_json=as_json)
        raw = file.read_bytes()
        if b"\n" in raw.strip():
            batch = bank.post_batch(raw)
            receipt = batch.receipt.model_dump(mode="json", exclude_none=True)
            first = batch.receipt.header_position
            words = f"{batch.receipt.count} statements from position {first + 1}"
            replayed, witnesses = batch.replayed, batch.witnesses
        else:
            posted = bank.post(raw.strip())
            receipt = posted.receipt.model_dump(mode="json", exclude_none=True)
            words = _words(posted)
            replayed, witnesses = posted.replayed, posted.witnesses
        if replayed:
            say("The bank had it already; this is its first answer.")
        if bank.witnesses is not None:
            say(_cosigned(witnesses, replayed=replayed))
        if as_json:
            told = None if witnesses is None else sorted(witnesses)
            show_json({"replayed": replayed, "receipt": receipt, "witnesses": told})
        else:
            typer.echo(words)


def _cosigned(witnesses: frozenset[str] | None, *, replayed: bool) -> str:
    if witnesses is not None:
        return f"Its checkpoint is cosigned by {', '.join(sorted(witnesses))}: quorum."
    if replayed:
        return "The bank shows no quorum of witnesses for it yet."
    return "Witnesses follow within a minute: post it again then, it counts once."


def _words(posted: Posted) -> str:
    receipt = posted.receipt
    return (
        f"position {receipt.position}, recorded {receipt.recorded_at}, "
        f"statement {receipt.statement_id}"
    )


def _read_draft(raw: bytes, number: int) -> Draft:
    try:
        canonical.loads(raw)
        return Draft.model_validate_json(raw)
    except ValidationError as error:
        where = "/".join(map(str, error.errors()[0]["loc"]))
        found = f"line {number}: /{where}"
    except orjson.JSONDecodeError:
        found = f"line {number}: not JSON"
    raise StatementFileError(wanted="a statement to sign", found=found)
