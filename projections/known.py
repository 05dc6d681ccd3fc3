"""What the read side knows of an award before it looks at what happens to it."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from ledger.domain.postings import LotOwner
from ledger.domain.rules.dates import effective_from
from ledger.domain.statements.awards import CreditAmendedBody
from projections.rows import rows_by
from projections.tables import awards


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAward:
    """Whose award it is, how much it was made for, and what dates it."""

    learner_id: str
    issuer: str
    amount_milli: int
    recorded_on: str
    assessed_on: str | None
    learned_to: str | None

    @property
    def owner(self) -> LotOwner:
        """Return whose lot its postings move."""
        return LotOwner(learner_id=self.learner_id, issuer=self.issuer)

    @property
    def effective_on(self) -> str:
        """Return the date from which it holds in the world."""
        return effective_from(
            assessed_on=self.assessed_on,
            learned_to=self.learned_to,
            recorded_on=self.recorded_on,
        )

    def amended(self, body: CreditAmendedBody) -> "KnownAward":
        """Return what it is after an amendment."""
        return replace(
            self,
            assessed_on=body.assessed_on or self.assessed_on,
            learned_to=body.learned_to or self.learned_to,
        )


def known_awards(
    connection: Connection, award_ids: Collection[str]
) -> dict[str, KnownAward]:
    """Return what was projected of these awards."""
    if not award_ids:
        return {}
    return {
        row.award_id: KnownAward(
            learner_id=row.learner_id,
            issuer=row.issuer,
            amount_milli=row.amount_milli,
            recorded_on=row.recorded_on,
            assessed_on=row.assessed_on,
            learned_to=row.learned_to,
        )
        for row in rows_by(connection, awards.c.award_id, keys=award_ids)
    }
