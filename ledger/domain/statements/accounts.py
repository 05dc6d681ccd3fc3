"""Statements about learners' accounts, their merges and relations."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.domain.statements.envelope import Body, DisclosingBody, Statement
from ledger.domain.types import (
    Date,
    FreeText,
    LearnerId,
    MemberId,
    ShortText,
    StatementId,
)


class AccountMode(StrEnum):
    """How an account came to be opened."""

    SELF = "self"
    COLLECTIVE = "collective"
    PROVISIONAL = "provisional"


class AccountReason(StrEnum):
    """Why an account is closed, merged or separated."""

    AT_OWN_REQUEST = "at_own_request"
    DUPLICATE = "duplicate"
    OPENED_IN_ERROR = "opened_in_error"
    MERGED_IN_ERROR = "merged_in_error"
    DECEASED = "deceased"
    OTHER = "other"


class AccountOpenedBody(DisclosingBody):
    """A learner's account at its home member; who it is goes to the vault."""

    disclosable: ClassVar[frozenset[str]] = frozenset(
        {
            "name",
            "student_number",
            "identity_number",
            "age_band",
            "guardian",
            "consent",
        }
    )

    learner_id: LearnerId
    mode: AccountMode


class AccountClaimedBody(Body):
    """The account that its learner now answers for."""

    learner_id: LearnerId


class AccountClosedBody(Body):
    """The account that takes no more awards."""

    learner_id: LearnerId
    reason_code: AccountReason
    reason: FreeText | None = None


class AccountsMergedBody(Body):
    """``survivor`` answers for ``absorbed`` once all parties have signed this."""

    merge_id: StatementId
    survivor: LearnerId
    absorbed: LearnerId
    reason_code: AccountReason
    reason: FreeText | None = None


class AccountsUnmergedBody(Body):
    """The merge that is undone once all parties have signed this."""

    merge_id: StatementId
    reason_code: AccountReason
    reason: FreeText | None = None


class Scope(StrEnum):
    """What a relation lets the other member do."""

    READ = "read"
    EXCHANGE = "exchange"
    REDEEM = "redeem"


class RelationOpenedBody(Body):
    """What another member may do with the learner's account, why, until when."""

    relation_id: StatementId
    learner_id: LearnerId
    member_id: MemberId
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=3)]
    purpose: ShortText
    basis: ShortText
    until: Date | None = None


class RelationEndedBody(Body):
    """The relation that ends."""

    relation_id: StatementId
    reason: FreeText | None = None


class AccountOpened(Statement):
    """A member opens a learner's account and becomes its home (开户)."""

    type: Literal["account.opened.v1"] = "account.opened.v1"
    body: AccountOpenedBody


class AccountClaimed(Statement):
    """The learner takes over a collective or provisional account (认领)."""

    type: Literal["account.claimed.v1"] = "account.claimed.v1"
    body: AccountClaimedBody


class AccountClosed(Statement):
    """The home closes an account (销户)."""

    type: Literal["account.closed.v1"] = "account.closed.v1"
    body: AccountClosedBody


class AccountsMerged(Statement):
    """One party signs a merge of two accounts of one learner (合并)."""

    type: Literal["accounts.merged.v1"] = "accounts.merged.v1"
    body: AccountsMergedBody


class AccountsUnmerged(Statement):
    """One party signs that a merge is undone (拆分)."""

    type: Literal["accounts.unmerged.v1"] = "accounts.unmerged.v1"
    body: AccountsUnmergedBody


class RelationOpened(Statement):
    """The home lets another member see or use the account (授权)."""

    type: Literal["relation.opened.v1"] = "relation.opened.v1"
    body: RelationOpenedBody


class RelationEnded(Statement):
    """The home ends a relation (终止授权)."""

    type: Literal["relation.ended.v1"] = "relation.ended.v1"
    body: RelationEndedBody
