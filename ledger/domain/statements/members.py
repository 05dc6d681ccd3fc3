"""Statements about members and their keys."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ledger.domain.statements.envelope import Body, Statement
from ledger.domain.types import (
    FreeText,
    Instant,
    KeyId,
    MemberId,
    MemberKind,
    Position,
    ShortText,
    TimeZone,
    Wire,
)

_Base64Url = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class KeyUse(StrEnum):
    """The one thing a key is for."""

    MEMBER = "member"
    SERVICE = "service"
    CHECKPOINT = "checkpoint"
    WITNESS = "witness"
    CLIENT = "client"


class Jwk(Wire):
    """A public key as RFC 7517 writes it, without optional members."""

    kty: Literal["OKP", "EC"]
    crv: Literal["Ed25519", "P-256"]
    x: _Base64Url
    y: _Base64Url | None = None


class DeclaredKey(Wire):
    """A public key with its use, and the proof that its holder declared it."""

    kid: KeyId
    use: KeyUse
    alg: Literal["EdDSA", "ES256"]
    jwk: Jwk
    possession: Annotated[str, StringConstraints(max_length=2000)]
    valid_until: Instant | None = None


class Founding(Wire):
    """What entry 0 declares besides the operator itself."""

    origin: Annotated[
        str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9./:-]{2,127}$", max_length=128)
    ]
    nonce: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22,86}$")]
    service_key: DeclaredKey
    checkpoint_key: DeclaredKey
    time_zone: TimeZone


class MemberReason(StrEnum):
    """Why a member's status changed."""

    RULES_BREACHED = "rules_breached"
    LICENCE_LAPSED = "licence_lapsed"
    INVESTIGATION = "investigation"
    RESOLVED = "resolved"
    AT_OWN_REQUEST = "at_own_request"
    MERGED = "merged"
    DISSOLVED = "dissolved"
    OTHER = "other"


class MemberAdmittedBody(Body):
    """A new member with its first key; entry 0 also founds the ledger."""

    member_id: MemberId
    kind: MemberKind
    name: ShortText
    name_en: ShortText | None = None
    key: DeclaredKey
    founding: Founding | None = None


class MemberRenamedBody(Body):
    """The member's new name."""

    member_id: MemberId
    name: ShortText
    name_en: ShortText | None = None


class MemberStatusBody(Body):
    """The member whose status changes, and why."""

    member_id: MemberId
    reason_code: MemberReason
    reason: FreeText | None = None


class MemberSucceededBody(Body):
    """``successor`` answers for ``predecessor`` from now on."""

    predecessor: MemberId
    successor: MemberId
    reason_code: MemberReason
    reason: FreeText | None = None


class KeyAddedBody(Body):
    """A further key of the member."""

    member_id: MemberId
    key: DeclaredKey


class KeyReason(StrEnum):
    """Why a key was revoked."""

    ROTATED = "rotated"
    COMPROMISED = "compromised"
    LOST = "lost"
    STAFF_LEFT = "staff_left"
    OTHER = "other"


class KeyRevokedBody(Body):
    """The key that ends; entries under it from ``since_position`` are contested."""

    member_id: MemberId
    kid: KeyId
    reason_code: KeyReason
    reason: FreeText | None = None
    since_position: Position | None = None


class EntriesConfirmedBody(Body):
    """Contested entries that the member stands by."""

    positions: Annotated[tuple[Position, ...], Field(min_length=1, max_length=1000)]
    reason: FreeText | None = None


class MemberAdmitted(Statement):
    """The operator admits a member (成员加入)."""

    type: Literal["member.admitted.v1"] = "member.admitted.v1"
    body: MemberAdmittedBody


class MemberRenamed(Statement):
    """The operator records a member's new name (更名)."""

    type: Literal["member.renamed.v1"] = "member.renamed.v1"
    body: MemberRenamedBody


class MemberSuspended(Statement):
    """The operator suspends a member (暂停)."""

    type: Literal["member.suspended.v1"] = "member.suspended.v1"
    body: MemberStatusBody


class MemberReinstated(Statement):
    """The operator lifts a suspension (恢复)."""

    type: Literal["member.reinstated.v1"] = "member.reinstated.v1"
    body: MemberStatusBody


class MemberWithdrawn(Statement):
    """The operator records that a member has left (退出)."""

    type: Literal["member.withdrawn.v1"] = "member.withdrawn.v1"
    body: MemberStatusBody


class MemberSucceeded(Statement):
    """The operator records a member's successor (承继)."""

    type: Literal["member.succeeded.v1"] = "member.succeeded.v1"
    body: MemberSucceededBody


class KeyAdded(Statement):
    """A member adds a key of its own; the operator only to recover (新增密钥)."""

    type: Literal["key.added.v1"] = "key.added.v1"
    body: KeyAddedBody


class KeyRevoked(Statement):
    """The member or the operator ends a key (吊销密钥)."""

    type: Literal["key.revoked.v1"] = "key.revoked.v1"
    body: KeyRevokedBody


class EntriesConfirmed(Statement):
    """A member stands by contested entries of its own (确认存疑账目)."""

    type: Literal["entries.confirmed.v1"] = "entries.confirmed.v1"
    body: EntriesConfirmedBody
