"""The trail of a learner: everything that happened, oldest first."""

from typing import Any

import orjson
from sqlalchemy import Connection, select

from projections.holders import State, find_holder
from projections.moments import Window
from projections.tables import trail

Event = dict[str, Any]  # Any: plain JSON.


_SHOWN = (
    "position",
    "recorded_at",
    "type",
    "issuer",
    "learner_id",
    "statement_id",
    "signed_by",
)


def trail_of(
    state: State,
    connection: Connection,
    *,
    learner_id: str,
    window: Window,
    position: int,
) -> list[Event]:
    """Return a page of events up to a position, of all accounts that are one.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    holder = find_holder(state, learner_id, position=position)
    query = (
        select(trail)
        .where(
            trail.c.learner_id.in_(holder.learner_ids),
            trail.c.position > window.after,
            trail.c.position <= position,
        )
        .order_by(trail.c.position, trail.c.learner_id)
        .limit(window.limit)
    )
    events: dict[int, Event] = {}
    for row in connection.execute(query).mappings():
        # A merge is on both trails; who asks for the survivor sees it once.
        details = orjson.loads(row["details"])
        shown = {name: row[name] for name in _SHOWN}
        events.setdefault(row["position"], {**shown, **details})
    return list(events.values())
