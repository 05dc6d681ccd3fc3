"""Lots and the outside certificates deposited in them."""

from typing import ClassVar

from ledger.domain.state.record import Record
from ledger.domain.statements.awards import Basis
from ledger.domain.statements.catalogue import Level, Workload
from ledger.domain.types import Wire


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
    part is ever negative. ``revoked_from`` is the first date from which a part of it
    counts as revoked.
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
    revoked_from: str | None = None
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
