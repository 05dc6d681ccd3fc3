"""Counts of a finished demo, read from its ledger's database."""

from collections import Counter

from sqlalchemy import func, select

from ledger.database import open_for_reading
from ledger.store.schema import stored_events


def count_types(url: str) -> Counter[str]:
    """Return how many entries of each type a ledger's database holds."""
    topic = stored_events.c.topic
    engine = open_for_reading(url)
    with engine.connect() as connection:
        rows = connection.execute(select(topic, func.count()).group_by(topic))
        found = Counter({row[0]: row[1] for row in rows})
    engine.dispose()
    return found
