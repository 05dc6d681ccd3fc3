"""Checks a transcript with nothing but the ledger's name: no bank is asked.

The checks of every lot, numbered in the code:

1. Its proof leads to a checkpoint that the named ledger's key signed.
2. The entry is the statement that the transcript says, and makes this lot.
3. Account, member and credits are what the entry says.
4. Unless it was amended since, so is all else that the entry says.

What became of a lot later, such as a revocation, stands in other entries: only the bank
or an audit can tell it.
"""

from collections.abc import Iterator
from typing import Final

from client.document_answers import Foundation, Transcript, TranscriptLot
from client.errors import BankFaultError
from client.proven import ProvenEntry
from ledger.domain.errors import RejectionError
from ledger.domain.rules.awards import amount_milli, id_of_award
from ledger.domain.statements import read_statement
from ledger.domain.statements.awards import CreditAwarded, CreditAwardedBody
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import ExchangeAccepted
from ledger.domain.types import credits_text
from ledger.integrity import canonical
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.entries import Entry
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import STATEMENT_TYP, read_jws
from ledger.integrity.merkle import leaf_hash

_DESCRIBED: Final = (
    "achievement",
    "basis",
    "passed",
    "learned_from",
    "learned_to",
    "assessed_on",
    "term",
    "attempt",
    "valid_until",
)
_PERHAPS_THE_CATALOGUES: Final = ("level", "workload")
"""What a transcript takes from the catalogue where the award does not say it."""


def verify_transcript(transcript: Transcript, *, ledger: str) -> None:
    """Check every lot of a transcript.

    Raises:
        LedgerNameError: not a ledger's name.
        BankFaultError: the first lot that is not proven, and why.
    """
    foundations = {one.size: one for one in transcript.proofs}
    accounts = {transcript.account.survivor, *transcript.account.absorbed}
    for lot in transcript.lots:
        foundation = foundations.get(lot.proof.size)
        if foundation is None or lot.learner_id not in accounts:
            raise _unproven(lot, "it is of another document")
        for what in _differing(lot, _statement(lot, foundation, ledger=ledger)):
            raise _unproven(lot, f"the entry differs in {what}")


def _unproven(lot: TranscriptLot, why: str) -> BankFaultError:
    return BankFaultError(found=f"{lot.award_id}: {why}")


def _statement(lot: TranscriptLot, foundation: Foundation, *, ledger: str) -> Statement:
    """Return the proven statement that made a lot."""
    proof = lot.proof
    try:
        proven = ProvenEntry(
            ledger=foundation.ledger,
            position=proof.position,
            entry=proof.entry,
            path=proof.path,
            checkpoint=foundation.checkpoint,
            founding=foundation.founding,
        )
        hashed = b64encode(leaf_hash(b64decode(proof.entry)))
    except ValueError as error:
        raise _unproven(lot, "malformed") from error
    entry, _ = proven.verify(ledger=ledger)  # 1
    if hashed != proof.entry_hash or proof.position != lot.position:
        raise _unproven(lot, "the entry differs in its place")
    return _read(lot, entry)


def _read(lot: TranscriptLot, entry: Entry) -> Statement:
    payload = entry.member_bytes
    try:
        if not payload.startswith(b"{"):
            payload = read_jws(payload, typ=STATEMENT_TYP).payload
        value = canonical.loads(payload)
        type_name = value.get("type") if isinstance(value, dict) else None
        return read_statement(payload, type_name=type_name)
    except (IntegrityError, RejectionError) as error:
        raise _unproven(lot, error.code) from error


def _differing(lot: TranscriptLot, statement: Statement) -> Iterator[str]:
    """Yield what a lot says otherwise than the statement that made it."""
    said = lot.proof.statement
    if (said.iss, said.id) != (statement.iss, statement.id):  # 2
        yield "statement"
    match statement:
        case CreditAwarded():
            yield from _differing_award(lot, statement)
        case ExchangeAccepted():
            yield from _differing_conversion(lot, statement)
        case _:
            yield "type"


def _differing_award(lot: TranscriptLot, statement: CreditAwarded) -> Iterator[str]:
    body = statement.body
    if id_of_award(statement) != lot.award_id or lot.exchange is not None:  # 2
        yield "award_id"
    if body.learner_id != lot.learner_id:  # 3
        yield "learner_id"
    if statement.iss != lot.issuer.member_id:
        yield "issuer"
    if credits_text(amount_milli(body)) != lot.awarded:
        yield "awarded"
    if not lot.amended_at:  # 4
        yield from _differing_words(lot, body)


def _differing_words(lot: TranscriptLot, body: CreditAwardedBody) -> Iterator[str]:
    signed = body.model_dump(mode="json")
    shown = lot.model_dump(mode="json")
    shown["achievement"] = lot.achievement and lot.achievement.achievement
    for name in _DESCRIBED:
        if signed[name] != shown[name]:
            yield name
    for name in _PERHAPS_THE_CATALOGUES:
        if signed[name] is not None and signed[name] != shown[name]:
            yield name


def _differing_conversion(
    lot: TranscriptLot, statement: ExchangeAccepted
) -> Iterator[str]:
    body = statement.body
    made = next((one for one in body.created if one.lot_id == lot.award_id), None)
    if made is None:  # 2
        yield "award_id"
        return
    if lot.exchange is None or body.exchange_id != lot.exchange.exchange_id:
        yield "exchange"
    if body.learner_id != lot.learner_id:  # 3
        yield "learner_id"
    if body.member != lot.issuer.member_id:
        yield "issuer"
    if made.credits != lot.awarded:
        yield "awarded"
    if made.outcome.value != lot.outcome:  # 4: nobody amends it.
        yield "outcome"
    if (made.requirement and made.requirement.code) != lot.requirement:
        yield "requirement"
    if not {one.award_id for one in lot.derived_from} <= {
        one.award_id for one in body.used
    }:
        yield "derived_from"
