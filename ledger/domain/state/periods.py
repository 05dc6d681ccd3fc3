"""Closed periods, and the newest of them."""

from typing import ClassVar

from ledger.domain.state.record import Record


class PeriodRecord(Record):
    """One closed period. ``number`` counts from 1 in the order of time."""

    kind: ClassVar[str] = "periods"
    key_fields: ClassVar[tuple[str, ...]] = ("code",)

    code: str
    number: int
    first_day: str
    last_day: str
    position: int


class NewestPeriodRecord(Record):
    """The period that was closed last. There is one record, under 0."""

    kind: ClassVar[str] = "newest_period"
    key_fields: ClassVar[tuple[str, ...]] = ("id",)

    id: int = 0
    number: int
    last_day: str
