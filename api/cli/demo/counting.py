"""Counts of a finished demo, read from its databases."""

from collections import Counter

from sqlalchemy import Select, func, select

from ledger.database import open_for_reading
from ledger.store.schema import stored_events
from projections.tables import award_entries, awards


def count_types(url: str) -> Counter[str]:
    """Return how many entries of each type a ledger's database holds."""
    topic = stored_events.c.topic
    return _count(url, select(topic, func.count()).group_by(topic))


def awards_by_member(url: str) -> Counter[str]:
    """Return how many awards each member posted, revoked ones included.

    What exchanges made is no award.
    """
    posted = award_entries.c.type == "credit.awarded.v1"
    query = (
        select(awards.c.issuer, func.count())
        .join(award_entries, award_entries.c.award_id == awards.c.award_id)
        .where(posted)
        .group_by(awards.c.issuer)
    )
    return _count(url, query)


def _count(url: str, query: Select[str, int]) -> Counter[str]:
    engine = open_for_reading(url)
    with engine.connect() as connection:
        found = Counter({row[0]: row[1] for row in connection.execute(query)})
    engine.dispose()
    return found
