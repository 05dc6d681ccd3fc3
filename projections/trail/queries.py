"""The trail: who did what, oldest first, for or to whom it is asked about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    exists,
    select,
    union_all,
)

from projections.holders import Ledger, find_holder
from projections.moments import Window
from projections.names import numbers_of, numbers_of_types
from projections.trail.tables import trail, trail_about
from projections.trail.telling import Event, events_at

_NOBODY: Final = -1
"""The number of a name that nothing is about yet."""

_Positions = Select[tuple[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What the trail is asked about; all that is named must hold of an entry.

    ``learner_ids`` are the accounts that are one learner, ``types`` whole names.
    """

    learner_ids: tuple[str, ...] = ()
    member: str | None = None
    rule: str | None = None
    types: tuple[str, ...] | None = None


def trail_of(
    ledger: Ledger,
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
    holder = find_holder(ledger, learner_id, position=position)
    sought = Sought(learner_ids=holder.learner_ids)
    events = search(ledger, connection, sought=sought, window=window, position=position)
    own = set(holder.learner_ids)
    for event in events:
        # A merge is about two; whichever is the asker's own is named.
        named = (one for one in event["about"]["learners"] if one in own)
        event["learner_id"] = next(named)
    return events


def search(
    ledger: Ledger,
    connection: Connection,
    *,
    sought: Sought,
    window: Window,
    position: int,
) -> list[Event]:
    """Return a page of the events up to a position that are sought, oldest first."""
    found = _positions(connection, sought, window=window, position=position)
    return events_at(ledger, connection, positions=found)


def _positions(
    connection: Connection, sought: Sought, *, window: Window, position: int
) -> Sequence[int]:
    known = numbers_of_types(connection)
    types = sorted(known.values())
    if sought.types is not None:
        types = sorted(known[one] for one in sought.types if one in known)
    if not types or window.after >= position:
        return ()
    others = [one for one in (sought.rule, sought.member) if one is not None]
    numbers = numbers_of(connection, [*sought.learner_ids, *others])
    names = [numbers.get(one, _NOBODY) for one in others]
    bounds = _Bounds(after=window.after, until=position, limit=window.limit)
    query = bounds.of(select(trail.c.position), trail.c.position)
    if sought.learner_ids:
        learners = [numbers.get(one, _NOBODY) for one in sought.learner_ids]
        query = _of_learners(learners, types, names=names, bounds=bounds)
    elif names:
        query = _of_name(names[0], types, names=names[1:], bounds=bounds)
    elif sought.types is not None:
        query = _merged((_of_type(one, bounds) for one in types), bounds)
    return [row.position for row in connection.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounds:
    after: int
    until: int
    limit: int

    def of(self, query: _Positions, column: "ColumnElement[int]") -> _Positions:
        """Return the first page of a query within the bounds."""
        within = query.where(column > self.after, column <= self.until)
        return within.order_by(column).limit(self.limit)


def _of_learners(
    learners: list[int], types: list[int], *, names: list[int], bounds: _Bounds
) -> _Positions:
    """Return entries about any of one learner's accounts: a life has only so many."""
    query = select(trail_about.c.position).distinct()
    about = trail_about.c.name_id.in_(learners), trail_about.c.type_id.in_(types)
    query = query.where(*about, *map(_is_about, names))
    return bounds.of(query, trail_about.c.position)


def _of_name(
    name: int, types: list[int], *, names: list[int], bounds: _Bounds
) -> _Positions:
    """Return entries about a member or rule: one page of each type, merged.

    Whatever is rare is found at once, however much there is of other types.
    """
    query = select(trail_about.c.position).where(*map(_is_about, names))
    pages = (
        bounds.of(
            query.where(trail_about.c.name_id == name, trail_about.c.type_id == one),
            trail_about.c.position,
        )
        for one in types
    )
    return _merged(pages, bounds)


def _of_type(type_id: int, bounds: _Bounds) -> _Positions:
    query = select(trail.c.position).where(trail.c.type_id == type_id)
    return bounds.of(query, trail.c.position)


def _merged(pages: Iterable[_Positions], bounds: _Bounds) -> _Positions:
    parts = [select(page.subquery().c.position) for page in pages]
    whole = union_all(*parts).subquery()
    return bounds.of(select(whole.c.position), whole.c.position)


def _is_about(name: int) -> "ColumnElement[bool]":
    """Return the condition that an entry is about a name, too."""
    other = trail_about.alias()
    return exists().where(
        other.c.name_id == name,
        other.c.type_id == trail_about.c.type_id,
        other.c.position == trail_about.c.position,
    )
