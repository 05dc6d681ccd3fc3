"""Every entry about an award, in order: what it was at any position is their fold."""

import orjson
from sqlalchemy import Connection, insert

from ledger.domain.statements.awards import CreditAwarded
from projections.follower import Page, award_of
from projections.tables import award_entries, awards


def project_awards(page: Page, connection: Connection) -> None:
    """Write the awards of a page, and the entries about them."""
    made, entries = [], []
    for fact in page.facts:
        award = award_of(fact.statement)
        if award is None:
            continue
        body = fact.statement.body.model_dump(
            mode="json", by_alias=True, exclude_none=True, exclude={"sd"}
        )
        entries.append(
            {
                "position": fact.position,
                "award_id": award,
                "type": fact.statement.type,
                "recorded_at": fact.recorded_at,
                "statement_id": fact.statement.id,
                "signed_by": fact.kid,
                "body": orjson.dumps(body).decode(),
            }
        )
        if isinstance(fact.statement, CreditAwarded):
            owner = page.owners[award]
            made.append(
                {
                    "award_id": award,
                    "learner_id": owner.learner_id,
                    "issuer": owner.issuer,
                    "replaces": fact.statement.body.replaces,
                    "position": fact.position,
                }
            )
    if made:
        connection.execute(insert(awards), made)
    if entries:
        connection.execute(insert(award_entries), entries)
