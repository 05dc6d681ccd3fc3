"""Statements about claims: a learner hands in a certificate through a member."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.domain.statements.envelope import Body, DisclosingBody, Statement
from ledger.domain.types import (
    AchievementRef,
    CatalogueRef,
    FreeText,
    LearnerId,
    MemberId,
    StatementId,
)

DUE_WORKDAYS = 10
"""How long the attester has where the claim names no other number of workdays."""

Revision = Annotated[int, Field(ge=0, le=99)]


class ClaimFiledBody(DisclosingBody):
    """What a learner claims, and which member is asked to attest it.

    ``revision`` counts the times it was sent back and filed again. ``workdays`` names
    the calendar whose workdays are counted; without one these are Monday to Friday.
    """

    disclosable: ClassVar[frozenset[str]] = frozenset(
        {"certificate", "evidence", "reference"}
    )

    claim_id: StatementId
    revision: Revision = 0
    learner_id: LearnerId
    attester: MemberId
    achievement: AchievementRef
    workdays: CatalogueRef | None = None
    due_workdays: Annotated[int, Field(ge=1, le=60)] = DUE_WORKDAYS
    note: FreeText | None = None


class ClaimLack(StrEnum):
    """What a claim lacks (需补正的内容)."""

    CERTIFICATE = "certificate"
    CERTIFICATE_NUMBER = "certificate_number"
    CERTIFICATE_ILLEGIBLE = "certificate_illegible"
    EVIDENCE = "evidence"
    IDENTITY = "identity"
    TRANSLATION = "translation"
    OTHER_ACHIEVEMENT = "other_achievement"
    OTHER = "other"


class ClaimReturnedBody(Body):
    """What is missing, in codes and in words."""

    claim_id: StatementId
    revision: Revision
    missing_codes: Annotated[tuple[ClaimLack, ...], Field(min_length=1, max_length=8)]
    missing: FreeText


class ClaimRefusal(StrEnum):
    """Why a claim is refused (不予受理的原因)."""

    NOT_AUTHENTIC = "not_authentic"
    NOT_VERIFIABLE = "not_verifiable"
    NOT_THE_LEARNERS = "not_the_learners"
    ALREADY_DEPOSITED = "already_deposited"
    EXPIRED = "expired"
    OUT_OF_SCOPE = "out_of_scope"
    OTHER = "other"


class ClaimRefusedBody(Body):
    """Which claim is refused, and why."""

    claim_id: StatementId
    revision: Revision
    reason_code: ClaimRefusal
    reason: FreeText | None = None


class ClaimWithdrawal(StrEnum):
    """Why a claim is taken back."""

    AT_OWN_REQUEST = "at_own_request"
    FILED_IN_ERROR = "filed_in_error"
    OTHER = "other"


class ClaimWithdrawnBody(Body):
    """Which claim is taken back, and why."""

    claim_id: StatementId
    reason_code: ClaimWithdrawal
    reason: FreeText | None = None


class ClaimFiled(Statement):
    """A member files a claim for a learner (成果申报)."""

    type: Literal["claim.filed.v1"] = "claim.filed.v1"
    body: ClaimFiledBody


class ClaimReturned(Statement):
    """The attester sends a claim back to be completed (退回补正)."""

    type: Literal["claim.returned.v1"] = "claim.returned.v1"
    body: ClaimReturnedBody


class ClaimRefused(Statement):
    """The attester refuses a claim (不予认证)."""

    type: Literal["claim.refused.v1"] = "claim.refused.v1"
    body: ClaimRefusedBody


class ClaimWithdrawn(Statement):
    """Whoever filed a claim takes it back (撤回申报)."""

    type: Literal["claim.withdrawn.v1"] = "claim.withdrawn.v1"
    body: ClaimWithdrawnBody
