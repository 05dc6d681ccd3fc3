"""The ledger, its members, their keys, and what they have said."""

from typing import ClassVar

from ledger.domain.state.record import Record
from ledger.domain.statements.members import Jwk, KeyUse
from ledger.domain.types import MemberKind, Wire


class LedgerRecord(Record):
    """What entry 0 declared. There is one, under the key 0."""

    kind: ClassVar[str] = "ledger"
    key_fields: ClassVar[tuple[str, ...]] = ("number",)
    shared: ClassVar[bool] = True

    number: int = 0
    name: str
    origin: str
    operator: str
    time_zone: str


class MemberRecord(Record):
    """A member and its status."""

    kind: ClassVar[str] = "members"
    key_fields: ClassVar[tuple[str, ...]] = ("member_id",)
    shared: ClassVar[bool] = True

    member_id: str
    member_kind: MemberKind
    name: str
    name_en: str | None
    status: str
    successor: str | None
    admitted_position: int


class RegisteredKey(Wire):
    """A key of a member over its life. Instants bound it, half-open.

    ``vouched_by`` is the key that stood by a doubtful addition: if that one falls into
    doubt in its turn, so does this key.
    """

    kid: str
    use: KeyUse
    alg: str
    jwk: Jwk
    valid_from: str
    valid_until: str | None
    added_position: int
    added_by: str
    recovery: bool
    revoked_at: str | None = None
    contested_since: int | None = None
    vouched_by: str | None = None
    vouched_position: int | None = None


class KeyringRecord(Record):
    """All keys a member ever had, in the order they were added."""

    kind: ClassVar[str] = "keyrings"
    key_fields: ClassVar[tuple[str, ...]] = ("member_id",)
    shared: ClassVar[bool] = True

    member_id: str
    keys: tuple[RegisteredKey, ...]

    def find(self, kid: str) -> RegisteredKey | None:
        """Return the key of this id."""
        for key in self.keys:
            if key.kid == kid:
                return key
        return None


class KeyOwnerRecord(Record):
    """Which member registered a key: the same key is never registered twice."""

    kind: ClassVar[str] = "key_owners"
    key_fields: ClassVar[tuple[str, ...]] = ("thumbprint",)

    thumbprint: str
    member_id: str


class ConfirmationRecord(Record):
    """A contested entry that its member stands by, under another key."""

    kind: ClassVar[str] = "confirmations"
    key_fields: ClassVar[tuple[str, ...]] = ("member_id", "entry_position")

    member_id: str
    entry_position: int
    position: int
    kid: str


class StatementRecord(Record):
    """An accepted statement or batch: one id, one meaning, for ever."""

    kind: ClassVar[str] = "statements"
    key_fields: ClassVar[tuple[str, ...]] = ("iss", "id")
    slim: ClassVar[bool] = True
    ids: ClassVar[frozenset[str]] = frozenset({"id"})

    iss: str
    id: str
    payload_hash: str
    position: int
