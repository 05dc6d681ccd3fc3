"""Checks a transcript with nothing but the ledger's name: no bank is asked.

The checks of every lot, numbered in the code:

1. Its proof leads to a checkpoint that the named ledger's key signed.
2. The entry is the statement that the transcript says, and makes this lot.
3. Account, member and credits are what the entry says.
4. Unless it was amended since, so is all else that the entry says.
5. Title, kind and body are what the member published of the catalogue item.

What became of a lot later, such as a revocation, stands in other entries: only the bank
or an audit can tell it. That a member signed an entry the ledger vouches for, since it
took it in: an audit verifies every signature again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from client.document_answers import EntryProof, Foundation, Transcript, TranscriptLot
from client.errors import BankFaultError
from client.proven import ProvenEntry
from ledger.domain.errors import RejectionError
from ledger.domain.rules.awards import amount_milli, id_of_award
from ledger.domain.statements import read_statement
from ledger.domain.statements.awards import CreditAwarded, CreditAwardedBody
from ledger.domain.statements.catalogue import (
    AchievementPublished,
    AchievementPublishedBody,
)
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
    "level",
    "workload",
)
_OF_ITEM: Final = (
    *("title", "title_en", "kind", "nature", "module", "level", "workload"),
    "awarding_body",
)


def verify_transcript(transcript: Transcript, *, ledger: str) -> None:
    """Check every lot of a transcript.

    Raises:
        LedgerNameError: not a ledger's name.
        BankFaultError: the first lot that is not proven, and why.
    """
    proving = _Proving(
        ledger=ledger, foundations={one.size: one for one in transcript.proofs}
    )
    items = {
        one.achievement: proving.item(one.achievement, one.proof)
        for one in transcript.catalogue
    }
    accounts = {transcript.account.survivor, *transcript.account.absorbed}
    for lot in transcript.lots:
        if lot.learner_id not in accounts or lot.proof.position != lot.position:
            raise _unproven(lot.award_id, "it is of another document")
        statement = proving.statement(lot.award_id, lot.proof)  # 1
        item = (
            None if lot.achievement is None else items.get(lot.achievement.achievement)
        )
        for what in (*_differing(lot, statement), *_differing_item(lot, item)):
            raise _unproven(lot.award_id, f"the entry differs in {what}")


def _unproven(name: str, why: str) -> BankFaultError:
    return BankFaultError(found=f"{name}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proving:
    """Proves entries from the ledger's name; ``foundations`` are by size."""

    ledger: str
    foundations: Mapping[int, Foundation]

    def statement(self, name: str, proof: EntryProof) -> Statement:
        """Return the statement that a proof proves; ``name`` is what it is of."""
        foundation = self.foundations.get(proof.size)
        if foundation is None:
            raise _unproven(name, "there is no checkpoint for it")
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
            raise _unproven(name, "malformed") from error
        entry, checkpoint = proven.verify(ledger=self.ledger)
        if hashed != proof.entry_hash or checkpoint.size != proof.size:
            raise _unproven(name, "the entry differs in its place")
        return _read(name, entry)

    def item(self, ref: str, proof: EntryProof) -> AchievementPublishedBody:
        """Return what the member published as a catalogue item."""
        statement = self.statement(ref, proof)
        if isinstance(statement, AchievementPublished):
            body = statement.body
            if ref == f"{statement.iss}/{body.code}@{body.version}":
                return body
        raise _unproven(ref, "another entry")


def _read(name: str, entry: Entry) -> Statement:
    payload = entry.member_bytes
    try:
        if not payload.startswith(b"{"):
            payload = read_jws(payload, typ=STATEMENT_TYP).payload
        value = canonical.loads(payload)
        type_name = value.get("type") if isinstance(value, dict) else None
        return read_statement(payload, type_name=type_name)
    except (IntegrityError, RejectionError) as error:
        raise _unproven(name, error.code) from error


def _differing_item(
    lot: TranscriptLot, item: AchievementPublishedBody | None
) -> Iterator[str]:
    """Yield what a lot says otherwise than the catalogue item that it names."""
    if lot.achievement is None:
        return
    if item is None:
        yield "catalogue"
        return
    signed, shown = item.model_dump(mode="json"), lot.achievement.model_dump()
    for name in _OF_ITEM:  # 5
        if signed[name] != shown[name]:
            yield name


def _differing(lot: TranscriptLot, statement: Statement) -> Iterator[str]:
    """Yield what a lot says otherwise than the statement that made it."""
    said = lot.statement
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
