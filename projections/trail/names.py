"""Names that come again and again, and the numbers they are written as."""

from collections.abc import Collection, Iterable

import orjson
from sqlalchemy import Connection, func, select

from ledger.domain.statements.envelope import Actor
from projections.rows import insert_rows, rows_by
from projections.trail.tables import trail_names

LEARNER = "learner"
MEMBER = "member"
RULE = "rule"
TYPE = "type"
KEY = "key"
ACTOR = "actor"

Name = tuple[str, str]
"""Kind and name."""


def actor_name(actor: Actor) -> str:
    """Return an actor as one text."""
    return orjson.dumps([actor.staff, actor.role, actor.authority]).decode()


def read_actor(name: str) -> dict[str, str]:
    """Return who acted from that text."""
    staff, role, authority = orjson.loads(name)
    found = {"staff": staff, "role": role}
    return found if authority is None else {**found, "authority": authority}


def number_names(connection: Connection, names: Iterable[Name]) -> dict[str, int]:
    """Return the number of each name; a new one gets the next, in the order given.

    That order is the log's, so that a rebuild gives every name the same number.
    """
    kinds = {name: kind for kind, name in names}
    numbers = numbers_of(connection, kinds.keys())
    last = connection.execute(select(func.max(trail_names.c.id))).scalar() or 0
    new = []
    for name, kind in kinds.items():
        if name not in numbers:
            last += 1
            numbers[name] = last
            new.append({"id": last, "kind": kind, "name": name})
    insert_rows(connection, trail_names, rows=new)
    return numbers


def numbers_of(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """Return the numbers of those names that have one."""
    found = rows_by(connection, trail_names.c.name, keys=names)
    return {row.name: row.id for row in found}


def names_of(connection: Connection, numbers: Collection[int]) -> dict[int, Name]:
    """Return the kind and name of each number."""
    query = select(trail_names).where(trail_names.c.id.in_(sorted(numbers)))
    return {row.id: (row.kind, row.name) for row in connection.execute(query)}


def numbers_of_types(connection: Connection) -> dict[str, int]:
    """Return the numbers of all types that the log holds."""
    query = select(trail_names).where(trail_names.c.kind == TYPE)
    return {row.name: row.id for row in connection.execute(query)}
