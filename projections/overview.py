"""Figures for the whole consortium."""

from collections import Counter

from sqlalchemy import func, select

from ledger.database import open_for_reading
from projections.tables import awards


def awards_by_member(url: str) -> Counter[str]:
    """Return how many awards each member has posted, revoked ones included."""
    engine = open_for_reading(url)
    query = select(awards.c.issuer, func.count()).group_by(awards.c.issuer)
    with engine.connect() as connection:
        found = Counter({row[0]: row[1] for row in connection.execute(query)})
    engine.dispose()
    return found
