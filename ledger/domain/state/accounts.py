"""Learners' accounts, their merges and relations."""

from typing import ClassVar

from ledger.domain.state.record import Record
from ledger.domain.statements.accounts import AccountMode, Scope


class AccountRecord(Record):
    """A learner's account."""

    kind: ClassVar[str] = "accounts"
    key_fields: ClassVar[tuple[str, ...]] = ("learner_id",)
    ids: ClassVar[frozenset[str]] = frozenset({"learner_id", "merged_into"})

    learner_id: str
    home: str
    mode: AccountMode
    claimed: bool
    closed: bool
    merged_into: str | None
    absorbed: tuple[str, ...] = ()
    opened_position: int


class MergeRecord(Record):
    """A merge, who has signed its present step, and from where to where it held."""

    kind: ClassVar[str] = "merges"
    key_fields: ClassVar[tuple[str, ...]] = ("merge_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("survivor",), ("absorbed",))

    merge_id: str
    survivor: str
    absorbed: str
    status: str
    signed_by: tuple[str, ...]
    merged_position: int | None
    unmerged_position: int | None


class RelationRecord(Record):
    """What a member other than the home may do with an account."""

    kind: ClassVar[str] = "relations"
    key_fields: ClassVar[tuple[str, ...]] = ("relation_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("learner_id",),)
    ids: ClassVar[frozenset[str]] = frozenset({"relation_id", "learner_id"})

    relation_id: str
    learner_id: str
    home: str
    member_id: str
    scopes: tuple[Scope, ...]
    until: str | None
    ended: bool


class GrantRecord(Record):
    """The relations that a member has with an account, ended ones included."""

    kind: ClassVar[str] = "grants"
    key_fields: ClassVar[tuple[str, ...]] = ("learner_id", "member_id")
    ids: ClassVar[frozenset[str]] = frozenset({"learner_id"})

    learner_id: str
    member_id: str
    relations: tuple[str, ...]
