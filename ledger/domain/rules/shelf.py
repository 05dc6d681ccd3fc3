"""What the end of a shelf life does to a lot, whether an entry says so yet or not."""

from ledger.domain.state import LotRecord


def expired_by(lot: LotRecord, today: str | None) -> LotRecord:
    """Return a lot as it is on a date: expired by it, said so or not."""
    if today is None or lot.expires_on is None or today <= lot.expires_on:
        return lot
    ended = lot.expired_milli + lot.available_milli
    return LotRecord(**{**dict(lot), "available_milli": 0, "expired_milli": ended})
