"""Reads what was said of awards, and of all that they were made from."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, select

from ledger.domain.state import LotRecord
from projections.awards.folding import Answer, Told
from projections.cases.tables import lot_moves
from projections.follower import plain_body, said_at
from projections.holders import Ledger
from projections.moments import Moment
from projections.tables import award_entries

Row = Mapping[str, Any]  # Any: columns.


def tell(
    ledger: Ledger, connection: Connection, *, rows: Sequence[Row], moment: Moment
) -> dict[str, Told]:
    """Return what was said of these awards, and of their sources, up to a moment."""
    lots = _lots(ledger, [row["award_id"] for row in rows])
    ids = list(lots)
    entries = _entries(ledger, connection, lots=lots, moment=moment)
    moves = _moves(connection, ids, moment=moment)
    by_id = {row["award_id"]: row for row in rows}
    return {
        award_id: Told(
            row=by_id.get(award_id, {}),
            entries=entries.get(award_id, ()),
            moves=moves.get(award_id, ()),
            lot=lot,
        )
        for award_id, lot in lots.items()
    }


def _lots(ledger: Ledger, ids: Sequence[str]) -> dict[str, LotRecord]:
    """Return the records of awards and, through them, of their sources."""
    lots: dict[str, LotRecord] = {}
    pending = list(ids)
    while pending:
        found = ledger.load("lots", pending)
        loaded = [one for one in found.values() if isinstance(one, LotRecord)]
        lots |= {lot.award_id: lot for lot in loaded}
        sources = {one.award_id for lot in loaded for one in lot.derived_from}
        pending = sorted(sources - lots.keys())
    return lots


def _entries(
    ledger: Ledger,
    connection: Connection,
    *,
    lots: Mapping[str, LotRecord],
    moment: Moment,
) -> dict[str, list[Answer]]:
    """Return the entries about each award up to a moment, in order."""
    entries = _first_entries(ledger, lots, moment=moment)
    query = select(award_entries).where(award_entries.c.award_id.in_(list(lots)))
    query = query.where(award_entries.c.position <= moment.position)
    for row in connection.execute(query.order_by(award_entries.c.position)):
        entry = {
            "position": row.position,
            "type": row.type,
            "recorded_at": row.recorded_at,
            "recorded_on": row.recorded_on,
            "signed_by": row.signed_by,
            "statement_id": row.statement_id,
            "body": orjson.loads(row.body),
        }
        entries.setdefault(row.award_id, []).append(entry)
    return entries


def _first_entries(
    ledger: Ledger, lots: Mapping[str, LotRecord], *, moment: Moment
) -> dict[str, list[Answer]]:
    """Return what awarded each lot, from the log; nothing did what an exchange made."""
    awarded = {
        lot.position: lot
        for lot in lots.values()
        if lot.exchange_id is None and lot.position <= moment.position
    }
    return {
        awarded[position].award_id: [
            {
                "position": position,
                "type": said.statement.type,
                "recorded_at": said.recorded_at,
                "recorded_on": awarded[position].recorded_on,
                "signed_by": said.kid,
                "statement_id": said.statement.id,
                "body": plain_body(said.statement),
            }
        ]
        for position, said in said_at(ledger, awarded.keys()).items()
    }


def _moves(
    connection: Connection, ids: Sequence[str], *, moment: Moment
) -> dict[str, list[Row]]:
    query = select(lot_moves).where(
        lot_moves.c.award_id.in_(ids), lot_moves.c.position <= moment.position
    )
    ordered = query.order_by(lot_moves.c.position, lot_moves.c.number)
    moves: dict[str, list[Row]] = {}
    for row in connection.execute(ordered).mappings():
        moves.setdefault(row["award_id"], []).append(dict(row))
    return moves
