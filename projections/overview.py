"""Figures for the whole consortium."""

from collections import Counter

from sqlalchemy import func, select

from ledger.database import open_for_reading
from projections.tables import awards


def awards_by_member(url: str) -> Counter[str]:
    """Return how many awards each member has posted, revoked ones included.

    What it recognised by exchanges is no award of its own.
    """
    engine = open_for_reading(url)
    posted = select(awards.c.issuer, func.count()).where(awards.c.exchange_id.is_(None))
    query = posted.group_by(awards.c.issuer)
    with engine.connect() as connection:
        found = Counter({row[0]: row[1] for row in connection.execute(query)})
    engine.dispose()
    return found
