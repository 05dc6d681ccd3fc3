"""Statements about rules and policies: proposed, agreed, in force, and ended."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from ledger.domain.language.caps import Limits
from ledger.domain.language.shapes import RuleTerms
from ledger.domain.statements.envelope import Body, Statement
from ledger.domain.types import (
    Code,
    Date,
    Digest,
    FreeText,
    MemberId,
    PolicyRef,
    RuleRef,
    ShortText,
    Version,
)


class PolicyPublishedBody(Body):
    """Limits that bind every rule, once the committee has endorsed them."""

    code: Code
    version: Version
    title: ShortText
    title_en: ShortText | None = None
    committee: MemberId
    valid_from: Date
    valid_until: Date | None = None
    limits: Limits = ()
    shelf_life_months: Annotated[int, Field(ge=1, le=1200)] | None = None


class PolicyEndorsedBody(Body):
    """The policy version that is endorsed, by its digest."""

    policy: PolicyRef
    digest: Digest
    document_number: ShortText | None = None
    decided_on: Date | None = None


class RuleProposedBody(Body):
    """One version of a rule; its name is ``<proposer>/<code>@<version>``."""

    code: Code
    version: Version
    terms: RuleTerms


class RuleAgreementBody(Body):
    """The rule version that was seen, by its digest: a stale one is refused."""

    rule: RuleRef
    digest: Digest


class RuleEndorsedBody(RuleAgreementBody):
    """A committee's decision on a rule version."""

    document_number: ShortText | None = None
    decided_on: Date | None = None


class RuleReason(StrEnum):
    """Why a rule is rejected, suspended, resumed or retired."""

    TERMS_NOT_AGREED = "terms_not_agreed"
    UNDER_REVIEW = "under_review"
    QUALITY_CONCERN = "quality_concern"
    REVIEW_DONE = "review_done"
    REPLACED = "replaced"
    NO_LONGER_OFFERED = "no_longer_offered"
    OTHER = "other"


class RuleActionBody(Body):
    """What a party does with a rule version, and why."""

    rule: RuleRef
    reason_code: RuleReason
    reason: FreeText | None = None


class RuleRetiredBody(RuleActionBody):
    """The last day on which one may apply under the rule."""

    last_day: Date


class PolicyPublished(Statement):
    """The operator publishes a version of a policy (统一政策)."""

    type: Literal["policy.published.v1"] = "policy.published.v1"
    body: PolicyPublishedBody


class PolicyEndorsed(Statement):
    """The committee puts a policy in force (政策审定)."""

    type: Literal["policy.endorsed.v1"] = "policy.endorsed.v1"
    body: PolicyEndorsedBody


class RuleProposed(Statement):
    """A party proposes a version of a rule (规则提出)."""

    type: Literal["rule.proposed.v1"] = "rule.proposed.v1"
    body: RuleProposedBody


class RuleEndorsed(Statement):
    """The committee endorses a rule version (专家认可)."""

    type: Literal["rule.endorsed.v1"] = "rule.endorsed.v1"
    body: RuleEndorsedBody


class RuleRatified(Statement):
    """Another party agrees (规则确认)."""

    type: Literal["rule.ratified.v1"] = "rule.ratified.v1"
    body: RuleAgreementBody


class RuleAcceded(Statement):
    """A new party joins a rule that is open (加入规则)."""

    type: Literal["rule.acceded.v1"] = "rule.acceded.v1"
    body: RuleAgreementBody


class RuleRejected(Statement):
    """A party does not agree; the version never comes into force (规则否决)."""

    type: Literal["rule.rejected.v1"] = "rule.rejected.v1"
    body: RuleActionBody


class RuleSuspended(Statement):
    """A party suspends a rule (规则暂停)."""

    type: Literal["rule.suspended.v1"] = "rule.suspended.v1"
    body: RuleActionBody


class RuleResumed(Statement):
    """The party that suspended it resumes it (规则恢复)."""

    type: Literal["rule.resumed.v1"] = "rule.resumed.v1"
    body: RuleActionBody


class RuleRetired(Statement):
    """A party ends a rule for the future (规则停用)."""

    type: Literal["rule.retired.v1"] = "rule.retired.v1"
    body: RuleRetiredBody
