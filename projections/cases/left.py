"""What is left of lots that an exchange made, when it is undone.

The read side knows lots by owner and amount; what became of a lot before is in the rows
of earlier pages, and in what the page itself has done so far.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from ledger.domain.postings import Context
from ledger.domain.state import Part
from ledger.domain.statements.awards import CreditRevoked
from ledger.domain.types import credits_milli
from projections.cases.tables import lot_moves
from projections.follower import Fact
from projections.rows import rows_by
from projections.tables import award_entries

_REVOKED = "credit.revoked.v1"
_AVAILABLE = "available"


class Leftovers:
    """Counts what is available of lots, before one entry of a page."""

    def __init__(self, connection: Connection, facts: Sequence[Fact]) -> None:
        """Read through a connection; ``facts`` are all of the page."""
        self._connection = connection
        self._taken = [
            (fact.position, fact.statement.body)
            for fact in facts
            if isinstance(fact.statement, CreditRevoked)
        ]

    def corrected(
        self,
        context: Context,
        moves: Iterable[Any],  # Any: rows of ``lot_moves``.
        *,
        position: int,
    ) -> Context:
        """Return a reversal's context with what is left of the lots that go.

        ``moves`` are the page's own so far.
        """
        made = {part.award_id for part in context.before.created}
        left = self._recorded(made)
        for move in moves:
            _add(left, move, of=made)
        for at, body in self._taken:
            if at < position and body.award_id in made:
                left[body.award_id] -= credits_milli(body.credits)
        parts = tuple(
            Part(award_id=part.award_id, amount_milli=left[part.award_id])
            for part in context.before.created
        )
        return context._replace(before=context.before._replace(created=parts))

    def _recorded(self, made: Collection[str]) -> "Counter[str]":
        left: Counter[str] = Counter()
        for row in rows_by(self._connection, lot_moves.c.award_id, keys=made):
            _add(left, row, of=made)
        taken = rows_by(
            self._connection, award_entries.c.award_id, keys=made, type=_REVOKED
        )
        for row in taken:
            left[row.award_id] -= credits_milli(orjson.loads(row.body)["credits"])
        return left


def _add(
    left: "Counter[str]",
    move: Any,  # noqa: ANN401  # a movement, or its row
    *,
    of: Collection[str],
) -> None:
    lot, amount = move.award_id, move.amount_milli
    if lot in of:
        left[lot] += amount * (move.target == _AVAILABLE)
        left[lot] -= amount * (move.source == _AVAILABLE)
