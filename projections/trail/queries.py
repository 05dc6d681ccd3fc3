"""The trail of a learner: everything that happened, oldest first."""

from typing import Any

import orjson
from sqlalchemy import Connection, select

from projections.holders import State, find_holder
from projections.moments import Window
from projections.tables import trail

Event = dict[str, Any]  # Any: plain JSON.


def trail_of(
    state: State,
    connection: Connection,
    learner_id: str,
    *,
    window: Window,
    position: int,
) -> list[Event]:
    """Return a page of events up to a position, of all accounts that are one.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    holder = find_holder(state, learner_id)
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
    for row in connection.execute(query):
        # A merge is on both trails; who asks for the survivor sees it once.
        events.setdefault(
            row.position,
            {
                "position": row.position,
                "recorded_at": row.recorded_at,
                "type": row.type,
                "issuer": row.issuer,
                "learner_id": row.learner_id,
                "statement_id": row.statement_id,
                "signed_by": row.signed_by,
                **orjson.loads(row.details),
            },
        )
    return list(events.values())
