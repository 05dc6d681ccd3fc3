"""Statements about appeals: against a decision, to a panel and then the committee."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.domain.statements.envelope import Body, DisclosingBody, Statement
from ledger.domain.types import (
    AwardId,
    Date,
    FreeText,
    LearnerId,
    MemberId,
    StatementId,
    Wire,
)


class AppealAgainst(StrEnum):
    """What sort of decision an appeal is against."""

    EXCHANGE = "exchange"
    AWARD = "award"
    CLAIM = "claim"
    GRADUATION = "graduation"
    REDEMPTION = "redemption"


class Appealed(Wire):
    """The decision that an appeal is against."""

    what: AppealAgainst
    id: Annotated[StatementId | AwardId, Field(union_mode="left_to_right")]


class AppealGrounds(StrEnum):
    """Why a learner appeals (申诉理由)."""

    FACTS_WRONG = "facts_wrong"
    RULE_MISAPPLIED = "rule_misapplied"
    PROCEDURE = "procedure"
    NEW_EVIDENCE = "new_evidence"
    LATE = "late"
    OTHER = "other"


class AppealFiledBody(DisclosingBody):
    """Against what a learner appeals, to whom, and why.

    ``follows`` names the appeal that the member's own panel has upheld: then the panel
    is a committee.
    """

    disclosable: ClassVar[frozenset[str]] = frozenset({"evidence"})

    appeal_id: StatementId
    learner_id: LearnerId
    against: Appealed
    panel: MemberId
    follows: StatementId | None = None
    grounds: AppealGrounds
    reason: FreeText


class AppealOutcome(StrEnum):
    """The decision stands, falls, or is to be made anew (维持, 撤销, 责令重新办理)."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    REMITTED = "remitted"


class AppealReason(StrEnum):
    """Why a panel decides as it does."""

    FACTS_CONFIRMED = "facts_confirmed"
    FACTS_WRONG = "facts_wrong"
    RULE_RIGHTLY_APPLIED = "rule_rightly_applied"
    RULE_MISAPPLIED = "rule_misapplied"
    PROCEDURE_FAULTY = "procedure_faulty"
    NEW_EVIDENCE = "new_evidence"
    OTHER = "other"


class AppealDecidedBody(Body):
    """What a panel decides; ``due_on`` is the day by which it is to be made anew."""

    appeal_id: StatementId
    outcome: AppealOutcome
    due_on: Date | None = None
    reason_code: AppealReason
    reason: FreeText


class AppealFiled(Statement):
    """A member appeals for a learner, on the learner's mandate (申诉)."""

    type: Literal["appeal.filed.v1"] = "appeal.filed.v1"
    body: AppealFiledBody


class AppealDecided(Statement):
    """The panel decides (申诉处理决定)."""

    type: Literal["appeal.decided.v1"] = "appeal.decided.v1"
    body: AppealDecidedBody
