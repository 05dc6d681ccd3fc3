"""The kinds of achievements; a version never changes its kind."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

import orjson
from sqlalchemy import Connection

from ledger.domain.statements.catalogue import AchievementPublished
from projections.follower import Fact
from projections.rows import rows_by
from projections.tables import register


def kinds_of(
    connection: Connection,
    names: AbstractSet[str],
    *,
    facts: Iterable[Fact] = (),
    known: Mapping[str, str],
) -> dict[str, str]:
    """Return the kinds of achievements by version.

    They are known, published by one of the facts, or in the register.
    """
    found = {name: known[name] for name in names & known.keys()}
    missing = names - found.keys()
    if not missing:
        return found
    for fact in facts:
        if isinstance(fact.statement, AchievementPublished):
            body = fact.statement.body
            name = f"{fact.statement.iss}/{body.code}@{body.version}"
            found[name] = body.kind.value
    rows = rows_by(
        connection, register.c.key, keys=missing - found.keys(), kind="achievement"
    )
    return found | {row.key: orjson.loads(row.document)["kind"] for row in rows}
