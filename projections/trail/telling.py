"""Entries of the trail as answers show them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, select

from ledger.domain.rules.envelope import member_of
from ledger.domain.state import KeyringRecord
from projections.holders import State, doubtful
from projections.trail.names import LEARNER, MEMBER, RULE, Name, names_of, read_actor
from projections.trail.tables import trail

Event = dict[str, Any]  # Any: plain JSON.


def events_at(
    state: State, connection: Connection, *, positions: Collection[int]
) -> list[Event]:
    """Return what was said at these positions, oldest first.

    Whether an entry is in doubt is told as of now.
    """
    query = select(trail).where(trail.c.position.in_(sorted(positions)))
    rows = connection.execute(query.order_by(trail.c.position)).mappings().all()
    numbers = {one for row in rows for one in _numbers(row)}
    names = names_of(connection, numbers)
    kids = {row["position"]: names[row["key_id"]][1] for row in rows}
    recovery = _recovery_keys(state, kids.values())
    doubts = doubtful(state, [(kid, position) for position, kid in kids.items()])
    events = []
    for row in rows:
        event = _event(row, names)
        # A recovery key is told where it is added, and wherever it signs.
        own = {event["signed_by"], event.get("kid")}
        event["recovery_key"] = not own.isdisjoint(recovery)
        event["contested"] = (event["signed_by"], event["position"]) in doubts
        events.append(event)
    return events


def _numbers(row: RowMapping) -> set[int]:
    about = map(int, row["about"].split())
    return {row["type_id"], row["key_id"], row["actor_id"], *about}


def _event(row: RowMapping, names: Mapping[int, Name]) -> Event:
    kid = names[row["key_id"]][1]
    about = [names[int(one)] for one in row["about"].split()]
    return {
        "position": row["position"],
        "recorded_at": row["recorded_at"],
        "type": names[row["type_id"]][1],
        "issuer": member_of(kid),
        "statement_id": row["statement_id"],
        "signed_by": kid,
        "actor": read_actor(names[row["actor_id"]][1]),
        "about": {
            "learners": _of_kind(about, LEARNER),
            "members": _of_kind(about, MEMBER),
            "rules": _of_kind(about, RULE),
        },
        **orjson.loads(row["details"]),
    }


def _of_kind(about: Sequence[Name], kind: str) -> list[str]:
    return [name for of, name in about if of == kind]


def _recovery_keys(state: State, kids: Collection[str]) -> frozenset[str]:
    members = sorted({member_of(kid) for kid in kids})
    return frozenset(
        key.kid
        for ring in state.load("keyrings", members).values()
        if isinstance(ring, KeyringRecord)
        for key in ring.keys
        if key.recovery
    )
