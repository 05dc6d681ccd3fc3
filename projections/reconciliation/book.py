"""The lines of a page, on top of those written before."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from ledger.domain.rules.shares import shares_of, taken_back
from ledger.domain.statements.awards import CreditRevokedBody
from ledger.domain.statements.exchanges import ExchangeAcceptedBody
from ledger.domain.types import credits_milli
from projections.follower import Fact
from projections.reconciliation.origins import Origins, share_row
from projections.reconciliation.tables import reconciliation_lines as lines

Row = dict[str, Any]  # Any: columns.
Place = tuple[str, int]
"""A share: its lot, and its number there."""


class Line(NamedTuple):
    """What was recognised or taken back, in the order of the table's columns."""

    position: int
    number: int
    lot: str
    share: int
    amount_milli: int
    case_id: str
    recorded_at: str
    recorded_on: str
    type: str
    issuer: str
    statement_id: str


class Book:
    """Makes lines in the order of the log."""

    def __init__(self, connection: Connection, origins: Origins) -> None:
        """Start with nothing new."""
        self._connection = connection
        self._origins = origins
        self.shares: list[Row] = []
        self.lines: list[Line] = []

    def accept(self, fact: Fact, body: ExchangeAcceptedBody, *, rule: str) -> None:
        """Recognise what an acceptance makes; take back what it replaces."""
        case = {
            "recogniser": body.member,
            "learner_id": body.learner_id,
            "exchange_id": body.exchange_id,
            "rule": rule,
        }
        made: dict[str, list[Row]] = {lot.lot_id: [] for lot in body.created}
        amounts: list[tuple[Place, int]] = []
        for share in shares_of(body, self._origins.sources(body)):
            root = self._origins.root(share.root, position=fact.position)
            made[share.lot].append(share_row(share, root=root, case=case))
            amounts.append(((share.lot, share.number), share.share_milli))
        for lot, rows in made.items():
            self._origins.learn(lot, rows)
            self.shares.extend(rows)
        for part in body.superseded:
            # All that is left: the case counts no more, even what had expired of it.
            amounts.extend(self._taken_back(part.award_id))
        self._write(fact, amounts, case_id=body.exchange_id)

    def reverse(self, fact: Fact, exchange_id: str) -> None:
        """Take back all that an exchange did to these lines."""
        sums = self._sums(lines.c.case_id, exchange_id, name="case_id")
        amounts = [(place, -amount) for place, amount in sorted(sums.items())]
        self._write(fact, amounts, case_id=exchange_id)

    def revoke(self, fact: Fact, body: CreditRevokedBody) -> None:
        """Take back part of a recognised lot that its member revokes."""
        rows = self._origins.shares(body.award_id)
        if rows:
            amount = credits_milli(body.credits)
            amounts = list(self._taken_back(body.award_id, amount=amount))
            self._write(fact, amounts, case_id=str(rows[0]["exchange_id"]))

    def _taken_back(
        self, lot: str, *, amount: int | None = None
    ) -> Iterable[tuple[Place, int]]:
        """Yield what is taken back of every share: an amount, or all that is left."""
        sums = self._sums(lines.c.lot, lot, name="lot")
        count = len(self._origins.shares(lot))
        left = [sums.get((lot, number), 0) for number in range(count)]
        whole = sum(left) if amount is None else amount
        for number, off in enumerate(taken_back(left, amount=whole)):
            yield (lot, number), off

    def _sums(
        self,
        column: Any,  # noqa: ANN401  # a column
        key: str,
        *,
        name: str,
    ) -> dict[Place, int]:
        """Return what lines so far add up to, share by share."""
        query = (
            select(lines.c.lot, lines.c.share, func.sum(lines.c.amount_milli))
            .where(column == key)
            .group_by(lines.c.lot, lines.c.share)
        )
        sums = {
            (row[0], row[1]): int(row[2])
            for row in self._connection.execute(query).all()
        }
        own = attrgetter(name)
        for line in self.lines:
            if own(line) == key:
                place = line.lot, line.share
                sums[place] = sums.get(place, 0) + line.amount_milli
        return sums

    def _write(
        self, fact: Fact, amounts: Sequence[tuple[Place, int]], *, case_id: str
    ) -> None:
        statement, at = fact.statement, (fact.recorded_at, fact.recorded_on)
        said = case_id, *at, statement.type, statement.iss, statement.id
        self.lines.extend(
            Line(fact.position, number, lot, share, amount, *said)
            for number, ((lot, share), amount) in enumerate(amounts)
        )
