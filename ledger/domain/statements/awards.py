"""Statements about awards: the main job."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.domain.measures import Level, Workload
from ledger.domain.statements.envelope import Body, DisclosingBody, Statement
from ledger.domain.types import (
    AchievementRef,
    AwardId,
    CatalogueRef,
    Code,
    Credits,
    Date,
    Digest,
    FreeText,
    LearnerId,
    ShortText,
    StatementId,
    Wire,
)

_DISCLOSABLE = frozenset(
    {"score", "grade", "attendance", "reference", "certificate", "evidence"}
)


class Basis(StrEnum):
    """Our own result, or one of a body outside that we verified."""

    ISSUED = "issued"
    ATTESTED = "attested"


class Attempt(StrEnum):
    """正考, 补考 or 重修."""

    FIRST = "first"
    RESIT = "resit"
    RETAKE = "retake"


class TermRef(Wire):
    """A term of a published calendar."""

    calendar: CatalogueRef
    code: Code


class VerificationMethod(StrEnum):
    """How an outside certificate was verified."""

    ONLINE_REGISTER = "online_register"
    ISSUER_CONFIRMED = "issuer_confirmed"
    ORIGINAL_SEEN = "original_seen"
    SIGNED_CREDENTIAL = "signed_credential"


class Verification(Wire):
    """How, where and when an outside certificate was verified."""

    method: VerificationMethod
    source: ShortText
    verified_on: Date


class CreditAwardedBody(DisclosingBody):
    """One learner's result in one achievement.

    ``reference_tag`` is the HMAC-SHA-256 of the member's own number for this result
    under a secret of the member, base64url: 43 characters. ``claim`` is the claim that
    the award ends.
    """

    disclosable: ClassVar[frozenset[str]] = _DISCLOSABLE

    learner_id: LearnerId
    achievement: AchievementRef
    basis: Basis
    credits: Credits | None = None
    workload: Workload | None = None
    learned_from: Date | None = None
    learned_to: Date | None = None
    assessed_on: Date | None = None
    term: TermRef | None = None
    attempt: Attempt | None = None
    passed: bool
    level: Level | None = None
    valid_until: Date | None = None
    reference_tag: Digest
    revision: Annotated[int, Field(ge=0, le=999)] = 0
    replaces: AwardId | None = None
    verification: Verification | None = None
    claim: StatementId | None = None


class AmendReason(StrEnum):
    """Why a record is amended."""

    CLERICAL_ERROR = "clerical_error"
    RESCORED = "rescored"
    VALIDITY_CHANGED = "validity_changed"
    KEPT_AFTER_REVIEW = "kept_after_review"
    OTHER = "other"


class CreditAmendedBody(DisclosingBody):
    """New values for anything but the amount; what is absent stays."""

    disclosable: ClassVar[frozenset[str]] = _DISCLOSABLE - {"certificate"}

    award_id: AwardId
    achievement: AchievementRef | None = None
    learned_from: Date | None = None
    learned_to: Date | None = None
    assessed_on: Date | None = None
    term: TermRef | None = None
    attempt: Attempt | None = None
    passed: bool | None = None
    level: Level | None = None
    valid_until: Date | None = None
    verification: Verification | None = None
    reason_code: AmendReason
    reason: FreeText | None = None


class RevocationClass(StrEnum):
    """更正, 撤回 or 撤销."""

    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    ANNULLED = "annulled"


class RevokeReason(StrEnum):
    """Why credits are taken back."""

    AMOUNT_CORRECTED = "amount_corrected"
    RECORDED_IN_ERROR = "recorded_in_error"
    WRONG_LEARNER = "wrong_learner"
    APPEAL_UPHELD = "appeal_upheld"
    MISCONDUCT = "misconduct"
    CERTIFICATE_INVALID = "certificate_invalid"
    OTHER = "other"


class CreditRevokedBody(Body):
    """How much of a lot is taken back; all that is left of it ends the award."""

    award_id: AwardId
    credits: Credits
    revocation_class: RevocationClass = Field(alias="class")
    reason_code: RevokeReason
    reason: FreeText | None = None
    effective_on: Date | None = None


class CreditAwarded(Statement):
    """A member posts a learner's result (学习成果存入)."""

    type: Literal["credit.awarded.v1"] = "credit.awarded.v1"
    body: CreditAwardedBody


class CreditAmended(Statement):
    """The issuer corrects anything but the amount (更正信息)."""

    type: Literal["credit.amended.v1"] = "credit.amended.v1"
    body: CreditAmendedBody


class CreditRevoked(Statement):
    """The issuer takes back part or all of a lot (撤销)."""

    type: Literal["credit.revoked.v1"] = "credit.revoked.v1"
    body: CreditRevokedBody
