"""What the read side knows of an award before it looks at what happens to it."""

from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import Connection

from ledger.domain.postings import LotOwner
from projections.rows import rows_of_bytes
from projections.tables import award_key, award_named

_KNOWN: Final = (
    "SELECT a.award_id, l.name AS learner, m.name AS issuer, a.amount_milli,"
    " a.position, a.category"
    " FROM awards a JOIN names l ON l.id = a.learner_id"
    " JOIN names m ON m.id = a.issuer_id WHERE a.award_id"
)


class KnownAward(NamedTuple):
    """Whose award it is, how much it was made for, where, and of what kind.

    ``category`` is None of what an exchange made.
    """

    learner_id: str
    issuer: str
    amount_milli: int
    position: int
    category: str | None

    @property
    def owner(self) -> LotOwner:
        """Return whose lot its postings move."""
        return LotOwner(learner_id=self.learner_id, issuer=self.issuer)


def known_awards(
    connection: Connection, award_ids: Collection[str]
) -> dict[str, KnownAward]:
    """Return what was projected of these awards."""
    keys = sorted(map(award_key, award_ids))
    rows = rows_of_bytes(connection, _KNOWN, keys=keys) if keys else ()
    return {
        award_named(row.award_id): KnownAward(
            row.learner, row.issuer, row.amount_milli, row.position, row.category
        )
        for row in rows
    }
