"""Statements about exchanges, redemptions and expiry."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from ledger.domain.language.selectors import Predicate
from ledger.domain.language.shapes import Effect, Outcome, RequirementName
from ledger.domain.statements.envelope import Body, Statement
from ledger.domain.types import (
    AwardId,
    CatalogueRef,
    Code,
    Credits,
    Date,
    Digest,
    FreeText,
    LearnerId,
    MemberId,
    Quantity,
    RuleRef,
    ShortText,
    StatementId,
    Wire,
)


class LotPart(Wire):
    """Part of a lot."""

    award_id: AwardId
    credits: Credits


class OfferedLot(LotPart):
    """Part of a lot, offered for one component of the rule's source."""

    component: Annotated[int, Field(ge=0, lt=64)]


class LotPredicate(Predicate):
    """A predicate that holds of a lot's disclosed value."""

    award_id: AwardId


class Vouched(Wire):
    """A number that the signer vouches for."""

    code: Code
    value: Quantity


OfferedLots = Annotated[tuple[OfferedLot, ...], Field(min_length=1, max_length=64)]
LotParts = Annotated[tuple[LotPart, ...], Field(min_length=1, max_length=64)]
VouchedFor = Annotated[tuple[Vouched, ...], Field(max_length=8)]


class ExchangeRequestedBody(Body):
    """What a learner applies for: these lots, under this rule version.

    ``revision`` counts the times it was sent back and handed in again.
    """

    exchange_id: StatementId
    revision: Annotated[int, Field(ge=0, le=99)] = 0
    learner_id: LearnerId
    enrolment_id: StatementId
    rule: RuleRef
    rule_digest: Digest
    lots: OfferedLots
    predicates: Annotated[tuple[LotPredicate, ...], Field(max_length=128)] = ()
    vouched: VouchedFor = ()
    note: FreeText | None = None


class ExchangeEndorsedBody(Body):
    """A desk passes the case on."""

    exchange_id: StatementId
    step: Annotated[int, Field(ge=0, lt=16)]
    vouched: VouchedFor = ()
    opinion: FreeText | None = None


class ReturnReason(StrEnum):
    """What a case lacks (退回补正)."""

    DOCUMENT_MISSING = "document_missing"
    DOCUMENT_ILLEGIBLE = "document_illegible"
    WRONG_LOT = "wrong_lot"
    WRONG_RULE = "wrong_rule"
    OTHER = "other"


class ExchangeReturnedBody(Body):
    """A desk sends the case back."""

    exchange_id: StatementId
    step: Annotated[int, Field(ge=0, lt=16)]
    reason_code: ReturnReason
    missing: FreeText


class CreatedLot(Wire):
    """A lot that an acceptance creates."""

    lot_id: AwardId
    outcome: Outcome
    credits: Credits
    requirement: RequirementName | None = None
    achievement: CatalogueRef | None = None
    supplement_due_on: Date | None = None


class ExchangeAcceptedBody(Body):
    """What is used and what is created, exactly as the rule version gives.

    ``member`` recognises. ``used`` leaves the lots where the effect is to consume, and
    stays where it is to recognise; ``superseded`` are lots that a better one replaces.
    """

    exchange_id: StatementId
    learner_id: LearnerId
    member: MemberId
    effect: Effect
    used: LotParts
    created: Annotated[tuple[CreatedLot, ...], Field(max_length=32)]
    superseded: Annotated[tuple[LotPart, ...], Field(max_length=64)] = ()
    opinion: FreeText | None = None


class ExchangeReason(StrEnum):
    """Why an exchange is declined, cancelled or reversed."""

    CONTENT_NOT_EQUIVALENT = "content_not_equivalent"
    LEVEL_TOO_LOW = "level_too_low"
    EVIDENCE_NOT_ACCEPTED = "evidence_not_accepted"
    CAP_REACHED = "cap_reached"
    AT_OWN_REQUEST = "at_own_request"
    RECORDED_IN_ERROR = "recorded_in_error"
    SOURCE_REVOKED = "source_revoked"
    APPEAL_UPHELD = "appeal_upheld"
    MISCONDUCT = "misconduct"
    OTHER = "other"


class ExchangeActionBody(Body):
    """Which exchange, and why."""

    exchange_id: StatementId
    reason_code: ExchangeReason
    reason: FreeText | None = None


class ExchangeLapsedBody(Body):
    """The exchange whose desk let its workdays pass."""

    exchange_id: StatementId
    due_on: Date


class CreditRedeemedBody(Body):
    """Lots that count toward one requirement of an enrolment."""

    redemption_id: StatementId
    enrolment_id: StatementId
    requirement: Code
    lots: LotParts


class RedemptionReversedBody(Body):
    """The redemption that is undone, and why."""

    redemption_id: StatementId
    reason_code: ExchangeReason
    reason: ShortText


class CreditExpiredBody(Body):
    """What is left of a lot, past the last day of its shelf life."""

    award_id: AwardId
    credits: Credits
    expired_on: Date


class ExchangeRequested(Statement):
    """A member applies for a learner (转换申请)."""

    type: Literal["exchange.requested.v1"] = "exchange.requested.v1"
    body: ExchangeRequestedBody


class ExchangeEndorsed(Statement):
    """A desk of the approval path agrees (审核通过)."""

    type: Literal["exchange.endorsed.v1"] = "exchange.endorsed.v1"
    body: ExchangeEndorsedBody


class ExchangeReturned(Statement):
    """A desk sends a case back to be completed (退回补正)."""

    type: Literal["exchange.returned.v1"] = "exchange.returned.v1"
    body: ExchangeReturnedBody


class ExchangeAccepted(Statement):
    """The recognising member, or the bank for it, accepts (认定/转换)."""

    type: Literal["exchange.accepted.v1"] = "exchange.accepted.v1"
    body: ExchangeAcceptedBody


class ExchangeDeclined(Statement):
    """A desk declines (不予认定)."""

    type: Literal["exchange.declined.v1"] = "exchange.declined.v1"
    body: ExchangeActionBody


class ExchangeCancelled(Statement):
    """Whoever applied takes it back (撤回申请)."""

    type: Literal["exchange.cancelled.v1"] = "exchange.cancelled.v1"
    body: ExchangeActionBody


class ExchangeLapsed(Statement):
    """The bank notes that a desk let its time pass (逾期失效)."""

    type: Literal["exchange.lapsed.v1"] = "exchange.lapsed.v1"
    body: ExchangeLapsedBody


class ExchangeReversed(Statement):
    """The recognising member undoes an exchange (撤销转换)."""

    type: Literal["exchange.reversed.v1"] = "exchange.reversed.v1"
    body: ExchangeActionBody


class CreditRedeemed(Statement):
    """The school counts lots toward a requirement (计入培养方案)."""

    type: Literal["credit.redeemed.v1"] = "credit.redeemed.v1"
    body: CreditRedeemedBody


class RedemptionReversed(Statement):
    """The school undoes a redemption, with a reason (撤销计入)."""

    type: Literal["redemption.reversed.v1"] = "redemption.reversed.v1"
    body: RedemptionReversedBody


class CreditExpired(Statement):
    """The bank notes that a lot's shelf life has ended (到期)."""

    type: Literal["credit.expired.v1"] = "credit.expired.v1"
    body: CreditExpiredBody
