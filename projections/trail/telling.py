"""Entries of the trail as answers show them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select

from ledger.domain.rules.envelope import member_of
from ledger.domain.state import KeyringRecord
from ledger.domain.statements.envelope import Actor
from projections.follower import Said, said_at
from projections.holders import Ledger, State, doubtful
from projections.names import LEARNER, MEMBER, RULE, Name, names_of
from projections.trail.details import details_of
from projections.trail.subjects import named_in
from projections.trail.tables import trail

Event = dict[str, Any]  # Any: plain JSON.


def events_at(
    ledger: Ledger, connection: Connection, *, positions: Collection[int]
) -> list[Event]:
    """Return what was said at these positions, oldest first.

    Whether an entry is in doubt is told as of now.
    """
    query = select(trail).where(trail.c.position.in_(sorted(positions)))
    told = {row.position: row.about for row in connection.execute(query)}
    numbers = {int(one) for about in told.values() for one in about.split()}
    names = names_of(connection, numbers)
    said = said_at(ledger, positions)
    recovery = _recovery_keys(ledger, {one.kid for one in said.values()})
    doubts = doubtful(ledger, [(one.kid, one.position) for one in said.values()])
    events = []
    for position in sorted(positions):
        one, about = said[position], told.get(position)
        named = named_in(one.statement) or ()
        if about is not None:
            named = [names[int(number)] for number in about.split()]
        event = _event(one, named)
        # A recovery key is told where it is added, and wherever it signs.
        own = {event["signed_by"], event.get("kid")}
        event["recovery_key"] = not own.isdisjoint(recovery)
        event["contested"] = (event["signed_by"], event["position"]) in doubts
        events.append(event)
    return events


def _event(said: Said, named: Sequence[Name]) -> Event:
    statement = said.statement
    return {
        "position": said.position,
        "recorded_at": said.recorded_at,
        "type": statement.type,
        "issuer": member_of(said.kid),
        "statement_id": statement.id,
        "signed_by": said.kid,
        "actor": _actor(statement.actor),
        "about": {
            "learners": _of_kind(named, LEARNER),
            "members": _of_kind(named, MEMBER),
            "rules": _of_kind(named, RULE),
        },
        **details_of(statement),
    }


def _actor(actor: Actor) -> dict[str, str]:
    found = {"staff": actor.staff, "role": actor.role}
    if actor.authority is None:
        return found
    return {**found, "authority": actor.authority}


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
