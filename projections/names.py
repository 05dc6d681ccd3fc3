"""Names that come again and again, and the numbers they are written as."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, func, select

from projections.rows import insert_tuples, rows_by
from projections.tables import OF_TYPES
from projections.tables import names as table

LEARNER = "learner"
MEMBER = "member"
RULE = "rule"
TYPE = "type"

Name = tuple[str, str]
"""Kind and name."""


def number_names(
    connection: Connection, names: Iterable[Name], *, known: Mapping[str, int]
) -> dict[str, int]:
    """Return the number of each name; a new one gets the next, in the order given.

    That order is the log's, so that a rebuild gives every name the same number.
    ``known`` are numbers that need not be looked up.
    """
    kinds = {name: kind for kind, name in names}
    # Not the difference of the two: that would go through all that is known.
    unknown = {one for one in kinds if one not in known}
    found = numbers_of(connection, unknown)
    if len(found) < len(unknown):
        last = connection.execute(select(func.max(table.c.id))).scalar() or 0
        fresh = (one for one in kinds if one in unknown and one not in found)
        new = {name: number for number, name in enumerate(fresh, last + 1)}
        rows = [(number, kinds[name], name) for name, number in new.items()]
        insert_tuples(connection, table, rows=rows)
        found |= new
    return found


def numbers_of(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """Return the numbers of those names that have one."""
    return {row.name: row.id for row in rows_by(connection, table.c.name, keys=names)}


def names_of(connection: Connection, numbers: Collection[int]) -> dict[int, Name]:
    """Return the kind and name of each number."""
    query = select(table).where(table.c.id.in_(sorted(numbers)))
    return {row.id: (row.kind, row.name) for row in connection.execute(query)}


def numbers_of_types(connection: Connection) -> dict[str, int]:
    """Return the numbers of all types that the log holds."""
    query = select(table).where(OF_TYPES)
    return {row.name: row.id for row in connection.execute(query)}
