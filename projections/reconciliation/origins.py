"""Where the credits of lots come from, read for a whole page at once."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from ledger.domain.rules.shares import Share, Source
from ledger.domain.state import Root
from ledger.domain.statements.exchanges import ExchangeAcceptedBody
from projections.known import KnownAward
from projections.memory import Memory, awards_known
from projections.reconciliation.tables import recognised_shares
from projections.register.kinds import kinds_of
from projections.rows import rows_by
from projections.tables import award_entries

Row = dict[str, Any]  # Any: columns.
_AMENDED: Final = "credit.amended.v1"


class Origins:
    """What is known of lots, their roots, and what kind of achievement those are."""

    def __init__(
        self,
        connection: Connection,
        memory: Memory,
        *,
        used: Iterable[str],
        touched: Iterable[str],
    ) -> None:
        """Read what the used lots go back to, and the shares of these and of others."""
        wanted = set(used)
        self._shares: dict[str, list[Row]] = {}
        # What is known to be awarded was made by no exchange, and has none.
        known = awards_known(connection, wanted | set(touched), memory=memory)
        lots = [lot for lot, one in known.items() if one.category is None]
        for row in rows_by(connection, recognised_shares.c.lot, keys=lots):
            self._shares.setdefault(row.lot, []).append(dict(row._mapping))  # noqa: SLF001  # its public name
        for rows in self._shares.values():
            rows.sort(key=lambda row: int(row["number"]))
        made = wanted & self._shares.keys()
        roots = {row["root"] for lot in made for row in self._shares[lot]}
        self._awards = awards_known(connection, roots | (wanted - made), memory=memory)
        self._categories = _categories(connection, self._awards)

    def shares(self, lot: str) -> list[Row]:
        """Return the shares of a lot that an exchange made; none of an award."""
        return self._shares.get(lot, [])

    def learn(self, lot: str, rows: list[Row]) -> None:
        """Take up a lot that the page makes."""
        self._shares[lot] = rows

    def root(self, award_id: str, *, position: int) -> tuple[KnownAward, str]:
        """Return an award that is a root, and its category before a position."""
        said = self._categories[award_id]
        category = [kind for where, kind in said if where < position][-1]
        return self._awards[award_id], category

    def sources(self, body: ExchangeAcceptedBody) -> dict[str, Source]:
        """Return the lots that an acceptance uses."""
        return {part.award_id: self._source(part.award_id) for part in body.used}

    def _source(self, lot: str) -> Source:
        rows = self._shares.get(lot)
        if rows is None:
            amount = self._awards[lot].amount_milli
            own = Root(award_id=lot, amount_milli=amount)
            return Source(award_id=lot, awarded_milli=amount, roots=(own,))
        return Source(
            award_id=lot,
            awarded_milli=sum(row["share_milli"] for row in rows),
            roots=tuple(
                Root(award_id=row["root"], amount_milli=row["root_milli"])
                for row in rows
            ),
        )


def _categories(
    connection: Connection, awards: Mapping[str, KnownAward]
) -> dict[str, list[tuple[int, str]]]:
    """Return the kind of achievement of every award among these, and since when.

    An amendment may say that it was of another achievement.
    """
    kinds = {
        award_id: [(known.position, known.category)]
        for award_id, known in awards.items()
        if known.category is not None
    }
    entries = rows_by(connection, award_entries.c.award_id, keys=awards, type=_AMENDED)
    named = [
        (row.award_id, row.position, str(achievement))
        for row in sorted(entries, key=lambda row: int(row.position))
        if (achievement := orjson.loads(row.body).get("achievement")) is not None
    ]
    found = kinds_of(connection, {one for _, _, one in named}, known={})
    for award_id, position, achievement in named:
        kinds.setdefault(award_id, []).append((position, found[achievement]))
    return kinds


def share_row(
    share: Share, *, root: tuple[KnownAward, str], case: Mapping[str, str]
) -> Row:
    """Return the row of a share; ``case`` says who recognised it for whom."""
    award, category = root
    return {
        "lot": share.lot,
        "number": share.number,
        "root": share.root,
        "root_milli": share.root_milli,
        "share_milli": share.share_milli,
        "root_member": award.issuer,
        "category": category,
        **case,
    }
