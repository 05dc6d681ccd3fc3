"""What must be known to decide: small records, each a fold of the log.

A record is found by its key. The store keeps one table per kind; the columns are
the record's fields. Records are only ever put, never deleted.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import ClassVar, Final, NamedTuple, TypeVar

from ledger.domain.statements.accounts import AccountMode, Scope
from ledger.domain.statements.awards import Basis
from ledger.domain.statements.catalogue import AcademicYear, Level, Workdays, Workload
from ledger.domain.statements.members import Jwk, KeyUse
from ledger.domain.types import MemberKind, Wire

Key = str | int | tuple[str | int, ...]


class Record(Wire):
    """One row of state. ``key_fields`` name it, ``indexes`` serve queries."""

    kind: ClassVar[str]
    key_fields: ClassVar[tuple[str, ...]]
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = ()

    @property
    def key(self) -> Key:
        """The bare value of a single key field, else their tuple."""
        values = tuple(getattr(self, field) for field in self.key_fields)
        return values[0] if len(values) == 1 else values


class LedgerRecord(Record):
    """What entry 0 declared. There is one, under the key 0."""

    kind: ClassVar[str] = "ledger"
    key_fields: ClassVar[tuple[str, ...]] = ("number",)

    number: int = 0
    name: str
    origin: str
    operator: str
    time_zone: str


class MemberRecord(Record):
    """A member and its status."""

    kind: ClassVar[str] = "members"
    key_fields: ClassVar[tuple[str, ...]] = ("member_id",)

    member_id: str
    member_kind: MemberKind
    name: str
    name_en: str | None
    status: str
    successor: str | None
    admitted_position: int


class RegisteredKey(Wire):
    """A key of a member over its life. Instants bound it, half-open."""

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


class KeyringRecord(Record):
    """All keys a member ever had, in the order they were added."""

    kind: ClassVar[str] = "keyrings"
    key_fields: ClassVar[tuple[str, ...]] = ("member_id",)

    member_id: str
    keys: tuple[RegisteredKey, ...]

    def find(self, kid: str) -> RegisteredKey | None:
        """Return the key of this id."""
        return next((key for key in self.keys if key.kid == kid), None)


class KeyOwnerRecord(Record):
    """Which member registered a key: the same key is never registered twice."""

    kind: ClassVar[str] = "key_owners"
    key_fields: ClassVar[tuple[str, ...]] = ("thumbprint",)

    thumbprint: str
    member_id: str


class ConfirmationRecord(Record):
    """A contested entry that its member stands by."""

    kind: ClassVar[str] = "confirmations"
    key_fields: ClassVar[tuple[str, ...]] = ("member_id", "entry_position")

    member_id: str
    entry_position: int
    position: int


class StatementRecord(Record):
    """An accepted statement or batch: one id, one meaning, for ever."""

    kind: ClassVar[str] = "statements"
    key_fields: ClassVar[tuple[str, ...]] = ("iss", "id")

    iss: str
    id: str
    payload_hash: str
    position: int


class FrameworkRecord(Record):
    """The newest version of a level framework: ranks by code."""

    kind: ClassVar[str] = "frameworks"
    key_fields: ClassVar[tuple[str, ...]] = ("code",)

    code: str
    version: int
    ranks: tuple[tuple[str, int], ...]
    equivalent: tuple[tuple[str, Level], ...]


class CalendarRecord(Record):
    """The newest version of a calendar."""

    kind: ClassVar[str] = "calendars"
    key_fields: ClassVar[tuple[str, ...]] = ("calendar",)

    calendar: str
    version: int
    years: tuple[AcademicYear, ...]
    workdays: Workdays | None


class CatalogueItemRecord(Record):
    """A catalogue item's newest version number."""

    kind: ClassVar[str] = "catalogue_items"
    key_fields: ClassVar[tuple[str, ...]] = ("item",)

    item: str
    version: int


class AchievementRecord(Record):
    """One version of a catalogue item, with what awards and rules need."""

    kind: ClassVar[str] = "achievements"
    key_fields: ClassVar[tuple[str, ...]] = ("achievement",)

    achievement: str
    owner: str
    achievement_kind: str
    amount_milli: int | None
    workload: Workload | None
    level: Level | None
    skills: tuple[str, ...]
    content_group: str | None
    scheme: str | None
    shelf_life_months: int | None
    endorsed_by: tuple[str, ...]
    retired: bool
    position: int


class AccountRecord(Record):
    """A learner's account."""

    kind: ClassVar[str] = "accounts"
    key_fields: ClassVar[tuple[str, ...]] = ("learner_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("merged_into",),)

    learner_id: str
    home: str
    mode: AccountMode
    claimed: bool
    closed: bool
    merged_into: str | None
    opened_position: int


class MergeRecord(Record):
    """A merge and who has signed its present step."""

    kind: ClassVar[str] = "merges"
    key_fields: ClassVar[tuple[str, ...]] = ("merge_id",)

    merge_id: str
    survivor: str
    absorbed: str
    status: str
    signed_by: tuple[str, ...]


class RelationRecord(Record):
    """What a member other than the home may do with an account."""

    kind: ClassVar[str] = "relations"
    key_fields: ClassVar[tuple[str, ...]] = ("relation_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("learner_id",),)

    relation_id: str
    learner_id: str
    home: str
    member_id: str
    scopes: tuple[Scope, ...]
    until: str | None
    ended: bool


class CertificateRecord(Record):
    """The award that an outside certificate (by its keyed hash) is deposited in."""

    kind: ClassVar[str] = "certificates"
    key_fields: ClassVar[tuple[str, ...]] = ("tag",)

    tag: str
    award_id: str


class Root(Wire):
    """An original award and how much of it stands behind a lot."""

    award_id: str
    amount_milli: int


class LotRecord(Record):
    """The credits of an award, in thousandths, by what became of them.

    ``awarded = available + held + exchanged + redeemed + expired + revoked``, and no
    part is ever negative.
    """

    kind: ClassVar[str] = "lots"
    key_fields: ClassVar[tuple[str, ...]] = ("award_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("learner_id",),)

    award_id: str
    learner_id: str
    issuer: str
    achievement: str
    basis: Basis
    passed: bool
    awarded_milli: int
    available_milli: int
    held_milli: int = 0
    exchanged_milli: int = 0
    redeemed_milli: int = 0
    expired_milli: int = 0
    revoked_milli: int = 0
    revoked: bool = False
    revision: int
    workload: Workload | None
    level: Level | None
    learned_from: str | None
    learned_to: str | None
    assessed_on: str | None
    valid_until: str | None
    position: int
    recorded_at: str
    kid: str
    body_hash: str
    roots: tuple[Root, ...]


KINDS: Final[Mapping[str, type[Record]]] = MappingProxyType(
    {
        record.kind: record
        for record in (
            LedgerRecord,
            MemberRecord,
            KeyringRecord,
            KeyOwnerRecord,
            ConfirmationRecord,
            StatementRecord,
            FrameworkRecord,
            CalendarRecord,
            CatalogueItemRecord,
            AchievementRecord,
            AccountRecord,
            MergeRecord,
            RelationRecord,
            CertificateRecord,
            LotRecord,
        )
    }
)
"""Every kind of record by the name of its table."""

R = TypeVar("R", bound=Record)


class Ref(NamedTuple):
    """Names one record, whether it exists or not."""

    record: type[Record]
    key: Key


class NotLoadedError(Exception):
    """A rule asked for a record that nobody looked up yet: load it, ask again."""

    def __init__(self, ref: Ref) -> None:
        """Name the record."""
        super().__init__(ref)
        self.ref = ref


class Slice:
    """The part of the state that was looked up, with what changed on top.

    ``find`` answers None only for a record known to be absent. A layer over a base
    keeps its changes apart until they are merged down. In a ``complete`` slice what is
    not known is absent.
    """

    __slots__ = ("base", "complete", "known")

    def __init__(self, base: "Slice | None" = None, *, complete: bool = False) -> None:
        """Start empty over ``base``."""
        self.known: dict[Ref, Record | None] = {}
        self.base = base
        self.complete = complete

    def find(self, record: type[R], key: Key) -> R | None:
        """Return the record under this key, None if there is none.

        Raises:
            NotLoadedError: it was never looked up.
        """
        ref = Ref(record, key)
        layer: Slice | None = self
        while layer is not None:
            if ref in layer.known:
                return layer.known[ref]  # type: ignore[return-value]  # keyed by class
            if layer.complete:
                return None
            layer = layer.base
        raise NotLoadedError(ref)

    def knows(self, ref: Ref) -> bool:
        """Tell whether the record was looked up."""
        try:
            self.find(ref.record, ref.key)
        except NotLoadedError:
            return False
        return True

    def learn(self, ref: Ref, record: Record | None) -> None:
        """Note what a look-up found."""
        self.known[ref] = record

    def put(self, records: Iterable[Record]) -> None:
        """Lay changed records on top."""
        for record in records:
            self.known[Ref(type(record), record.key)] = record
