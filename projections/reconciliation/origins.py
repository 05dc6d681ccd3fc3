"""Where the credits of lots come from, read for a whole page at once."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection

from ledger.domain.state import Root
from ledger.domain.statements.exchanges import ExchangeAcceptedBody
from projections.known import KnownAward, known_awards
from projections.reconciliation.shares import Share, Source
from projections.reconciliation.tables import recognised_shares
from projections.register.queries import documents_at
from projections.rows import rows_by
from projections.tables import award_entries

Row = dict[str, Any]  # Any: columns.
_AWARDED = "credit.awarded.v1"
_NEWEST = 2**53


class Origins:
    """What is known of lots, their roots, and what kind of achievement those are."""

    def __init__(self, connection: Connection, lots: Iterable[str]) -> None:
        """Read what these lots go back to."""
        wanted = set(lots)
        self._shares: dict[str, list[Row]] = {}
        for row in rows_by(connection, recognised_shares.c.lot, keys=wanted):
            self._shares.setdefault(row.lot, []).append(dict(row._mapping))  # noqa: SLF001  # its public name
        for rows in self._shares.values():
            rows.sort(key=lambda row: int(row["number"]))
        roots = {row["root"] for rows in self._shares.values() for row in rows}
        self._awards = known_awards(connection, roots | (wanted - self._shares.keys()))
        self._categories = dict(_categories(connection, self._awards))

    def shares(self, lot: str) -> list[Row]:
        """Return the shares of a lot that an exchange made; none of an award."""
        return self._shares.get(lot, [])

    def learn(self, lot: str, rows: list[Row]) -> None:
        """Take up a lot that the page makes."""
        self._shares[lot] = rows

    def root(self, award_id: str) -> tuple[KnownAward, str]:
        """Return an award that is a root, and its category."""
        return self._awards[award_id], self._categories[award_id]

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
) -> Iterable[tuple[str, str]]:
    """Yield the kind of achievement of every award among these."""
    entries = rows_by(connection, award_entries.c.award_id, keys=awards)
    named = {
        row.award_id: orjson.loads(row.body)["achievement"]
        for row in entries
        if row.type == _AWARDED
    }
    # What a version is a kind of never changes.
    found = documents_at(
        connection, "achievement", keys=named.values(), position=_NEWEST
    )
    for award_id, achievement in named.items():
        yield award_id, found[achievement]["kind"]


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
