"""Rows of awards with the names of whose they are."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from projections.tables import award_named, awards, names

NUMBER: Final = func.coalesce(awards.c.number, 0)
"""The place of an award among those of its position."""
LEARNER: Final = names.alias("learner")
_ISSUER: Final = names.alias("issuer")
AWARDS: Final = (
    select(
        awards.c.award_id,
        awards.c.position,
        NUMBER.label("number"),
        awards.c.replaces,
        LEARNER.c.name.label("learner_id"),
        _ISSUER.c.name.label("issuer"),
    )
    .join(LEARNER, LEARNER.c.id == awards.c.learner_id)
    .join(_ISSUER, _ISSUER.c.id == awards.c.issuer_id)
)


def read_awards(
    connection: Connection,
    query: Select[Any],  # Any: columns.
) -> list[Mapping[str, Any]]:
    """Return rows of ``AWARDS``, with awards by their ids."""
    rows: list[Mapping[str, Any]] = []
    for row in connection.execute(query).mappings():
        replaces = row["replaces"] and award_named(row["replaces"])
        award_id = award_named(row["award_id"])
        rows.append({**row, "award_id": award_id, "replaces": replaces})
    return rows
