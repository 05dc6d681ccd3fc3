"""Lots and the outside certificates deposited in them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, NamedTuple

from ledger.domain.language.shapes import Outcome
from ledger.domain.measures import Level, Workload
from ledger.domain.state.record import Record, Usual
from ledger.domain.statements.awards import Basis
from ledger.domain.types import Wire
from ledger.making import maker


class CertificateRecord(Record):
    """The award that an outside certificate (by its keyed hash) is deposited in."""

    kind: ClassVar[str] = "certificates"
    key_fields: ClassVar[tuple[str, ...]] = ("tag",)
    ids: ClassVar[frozenset[str]] = frozenset({"award_id"})

    tag: str
    award_id: str


class Root(Wire):
    """An original award and how much of it stands behind a lot."""

    award_id: str
    amount_milli: int


_root: Final = maker(Root)


# Any: fields of a lot, each of its own type.
def _is_itself(lot: Mapping[str, Any]) -> bool:
    if len(lot["roots"]) != 1:
        return False
    (root,) = lot["roots"]
    return (root.award_id, root.amount_milli) == (lot["award_id"], lot["awarded_milli"])


def _itself(lot: Mapping[str, Any]) -> tuple[Root, ...]:
    return (_root(award_id=lot["award_id"], amount_milli=lot["awarded_milli"]),)


def _is_issuer(lot: Mapping[str, Any]) -> bool:
    return bool(lot["path"] == (lot["issuer"],))


def _issuer(lot: Mapping[str, Any]) -> tuple[str, ...]:
    return (lot["issuer"],)


class Flag(Wire):
    """That something behind a lot has changed; its member decides by a date.

    ``cause`` is source_revoked or source_amended.
    """

    source: str
    cause: str
    position: int
    decide_by: str


class LotSketch(NamedTuple):
    """What a lot says of itself: enough to see which rules could mean it."""

    award_id: str
    issuer: str
    achievement: str | None
    workload: Workload | None
    level: Level | None
    learned_to: str | None
    assessed_on: str | None
    position: int
    recorded_on: str
    revoked: bool


class LotRecord(Record):
    """The credits of an award, in thousandths, by what became of them.

    ``awarded = available + held + exchanged + redeemed + expired + revoked``, and no
    part is ever negative. ``revoked_from`` is the first date from which a part of it
    counts as revoked. A lot made by an exchange names it, has ``derived_from`` and
    the roots behind it, and may have no achievement. ``path`` are the members that
    gave its credits, not one that only attested them. ``exchanges`` are the accepted
    cases that it was a source of, ``redemptions`` those in which it counts.
    """

    kind: ClassVar[str] = "lots"
    key_fields: ClassVar[tuple[str, ...]] = ("award_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("learner_id",), ("expires_on",))
    kept: ClassVar[Mapping[str, int]] = {"workload": 2_048, "level": 2_048}
    ids: ClassVar[frozenset[str]] = frozenset(
        ("award_id", "learner_id", "exchange_id", "enrolment_id")
    )
    # Of a lot that no exchange made.
    usual: ClassVar[Mapping[str, Usual]] = MappingProxyType(
        {"roots": Usual(_is_itself, _itself), "path": Usual(_is_issuer, _issuer)}
    )

    award_id: str
    learner_id: str
    issuer: str
    achievement: str | None
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
    recorded_on: str
    kid: str
    body_hash: str
    roots: tuple[Root, ...]
    derived_from: tuple[Root, ...] = ()
    path: tuple[str, ...]
    exchange_id: str | None = None
    enrolment_id: str | None = None
    requirement: str | None = None
    outcome: Outcome | None = None
    supplement_due_on: str | None = None
    expires_on: str | None = None
    digests: tuple[str, ...] = ()
    exchanges: tuple[str, ...] = ()
    redemptions: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
