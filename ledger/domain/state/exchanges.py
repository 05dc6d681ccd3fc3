"""Exchanges, what a learner's roots already count for, and redemptions."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from ledger.domain.language.uses import Use
from ledger.domain.state.record import Record
from ledger.domain.statements.exchanges import LotPredicate, Vouched
from ledger.domain.types import Wire


class ExchangeStatus(StrEnum):
    """Where a case stands."""

    REQUESTED = "requested"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    REVERSED = "reversed"


class HeldLot(Wire):
    """Part of a lot that a case holds, and the component that it was offered for."""

    award_id: str
    amount_milli: int
    component: int


class Part(Wire):
    """Part of a lot, in thousandths."""

    award_id: str
    amount_milli: int


class ExchangeRecord(Record):
    """One case: what it asks, where it stands, and what came of it.

    ``step`` is the index of the desk it lies on.
    """

    kind: ClassVar[str] = "exchanges"
    key_fields: ClassVar[tuple[str, ...]] = ("exchange_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("learner_id",),
        ("status", "due_on"),
    )
    ids: ClassVar[frozenset[str]] = frozenset(
        ("exchange_id", "learner_id", "enrolment_id")
    )

    exchange_id: str
    revision: int
    learner_id: str
    enrolment_id: str
    rule: str
    requested_by: str
    requested_on: str
    status: ExchangeStatus
    step: int
    due_on: str | None
    lots: tuple[HeldLot, ...]
    predicates: tuple[LotPredicate, ...]
    vouched: tuple[Vouched, ...]
    member: str | None = None
    used: tuple[Part, ...] = ()
    created: tuple[str, ...] = ()
    superseded: tuple[Part, ...] = ()
    position: int


class TallyRecord(Record):
    """A page of all that one account's roots count for by exchange.

    ``pages`` counts them all, on the first; on the others it is 0. What stands on a
    full page hardly ever changes, and to read it costs more than to ask for it.
    """

    kind: ClassVar[str] = "tallies"
    key_fields: ClassVar[tuple[str, ...]] = ("learner_id", "page")
    kept: ClassVar[Mapping[str, int]] = {"uses": 512}
    ids: ClassVar[frozenset[str]] = frozenset({"learner_id"})

    learner_id: str
    page: int
    pages: int = 0
    uses: tuple[Use, ...]


class RedemptionRecord(Record):
    """Lots that count toward one requirement of an enrolment."""

    kind: ClassVar[str] = "redemptions"
    key_fields: ClassVar[tuple[str, ...]] = ("redemption_id",)
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("enrolment_id",),)
    ids: ClassVar[frozenset[str]] = frozenset(
        ("redemption_id", "enrolment_id", "learner_id")
    )

    redemption_id: str
    enrolment_id: str
    learner_id: str
    requirement: str
    lots: tuple[Part, ...]
    reversed: bool = False
    position: int


class RootCountRecord(Record):
    """How much of a root counts in an enrolment already, by redemption."""

    kind: ClassVar[str] = "root_counts"
    key_fields: ClassVar[tuple[str, ...]] = ("enrolment_id", "root")
    ids: ClassVar[frozenset[str]] = frozenset({"enrolment_id", "root"})

    enrolment_id: str
    root: str
    amount_milli: int
    times: int
