"""Every entry about an award, in order: what it was at any position is their fold."""

from collections.abc import Mapping
from typing import Final

import orjson
from sqlalchemy import Connection, bindparam, update

from ledger.domain.statements.awards import CreditAwarded
from projections.pages import KnownAward, Page
from projections.rows import insert_rows
from projections.tables import award_entries, awards

_REDATE: Final = update(awards).where(awards.c.award_id == bindparam("award"))


def project_awards(page: Page, connection: Connection) -> None:
    """Write the awards of a page, and the entries about them."""
    made, entries = [], []
    for fact in page.facts:
        award = fact.award
        if award is None:
            continue
        entries.append(
            {
                "position": fact.position,
                "award_id": award,
                "type": fact.statement.type,
                "recorded_at": fact.recorded_at,
                "recorded_on": fact.recorded_on,
                "statement_id": fact.statement.id,
                "signed_by": fact.kid,
                "body": orjson.dumps(fact.body).decode(),
            }
        )
        if isinstance(fact.statement, CreditAwarded):
            row = _made(award, page.awards[award], position=fact.position)
            given = {"replaces": fact.statement.body.replaces, "exchange_id": None}
            made.append({**row, **given})
    for lot in page.cases.made:
        row = _made(lot.award_id, lot.known, position=lot.position)
        made.append({**row, "replaces": None, "exchange_id": lot.exchange_id})
    insert_rows(connection, awards, rows=made)
    insert_rows(connection, award_entries, rows=entries)
    if page.amended:
        connection.execute(_REDATE, _dates(page.amended))


def _made(award_id: str, known: KnownAward, *, position: int) -> dict[str, object]:
    return {
        "award_id": award_id,
        "learner_id": known.learner_id,
        "issuer": known.issuer,
        "position": position,
        "amount_milli": known.amount_milli,
        "recorded_on": known.recorded_on,
        "assessed_on": known.assessed_on,
        "learned_to": known.learned_to,
    }


def _dates(amended: Mapping[str, KnownAward]) -> list[dict[str, str | None]]:
    return [
        {
            "award": award_id,
            "assessed_on": known.assessed_on,
            "learned_to": known.learned_to,
        }
        for award_id, known in amended.items()
    ]
