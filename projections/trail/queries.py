"""The trail: who did what, oldest first, for or to whom it is asked about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    exists,
    literal,
    select,
    union_all,
)

from projections.holders import Ledger, find_holder
from projections.moments import Window
from projections.names import numbers_of, numbers_of_types
from projections.tables import awards
from projections.trail.tables import EVERYTHING, trail_about, trail_runs
from projections.trail.telling import Event, events_at

_NOBODY: Final = -1
"""The number of a name that nothing is about yet."""

_AWARDED: Final = "credit.awarded.v1"

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
    rule, member = (
        None if one is None else numbers.get(one, _NOBODY)
        for one in (sought.rule, sought.member)
    )
    bounds = _Bounds(after=window.after, until=position, limit=window.limit)
    if sought.learner_ids:
        learners = [numbers.get(one, _NOBODY) for one in sought.learner_ids]
        asked = _Asked(types=types, awarded=known.get(_AWARDED), member=member)
        query = _of_learners(learners, asked, rule=rule, bounds=bounds)
    elif rule is not None:
        query = _of_rule(rule, types, member=member, bounds=bounds)
    else:
        if member is None and sought.types is None:
            types = [EVERYTHING]
        name = EVERYTHING if member is None else member
        return _in_runs(connection, name, types=types, bounds=bounds)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Types that are asked for, the one of awards, and a member if any is named."""

    types: list[int]
    awarded: int | None
    member: int | None

    def of_member(
        self, type_id: "ColumnElement[int]", position: "ColumnElement[int]"
    ) -> "list[ColumnElement[bool]]":
        """Return the condition that entries are about the member, if it is named."""
        if self.member is None:
            return []
        return [_is_in_run(self.member, type_id, position=position)]


def _of_learners(
    learners: list[int], asked: _Asked, *, rule: int | None, bounds: _Bounds
) -> _Positions:
    """Return entries about any of one learner's accounts: a life has only so many."""
    about = trail_about.c
    conditions = asked.of_member(about.type_id, about.position)
    conditions += [] if rule is None else [_is_about(rule)]
    query = select(about.position).distinct()
    query = query.where(about.name_id.in_(learners), about.type_id.in_(asked.types))
    page = bounds.of(query.where(*conditions), about.position)
    if asked.awarded not in asked.types or rule is not None:
        return page
    made = select(awards.c.position)
    # What an exchange made has no kind: it is found from the exchange.
    made = made.where(awards.c.learner_id.in_(learners), awards.c.category.is_not(None))
    kind = literal(asked.awarded)
    made = made.where(*asked.of_member(kind, awards.c.position))
    return _merged([page, bounds.of(made, awards.c.position)], bounds)


def _of_rule(
    rule: int, types: list[int], *, member: int | None, bounds: _Bounds
) -> _Positions:
    """Return entries about a rule: one page of each type, merged.

    Whatever is rare is found at once, however much there is of other types.
    """
    about = trail_about.c
    asked = _Asked(types=types, awarded=None, member=member)
    query = select(about.position).where(about.name_id == rule)
    query = query.where(*asked.of_member(about.type_id, about.position))
    pages = (
        bounds.of(query.where(about.type_id == one), about.position) for one in types
    )
    return _merged(pages, bounds)


def _in_runs(
    connection: Connection, name: int, *, types: list[int], bounds: _Bounds
) -> Sequence[int]:
    """Return entries about a member, or all: as many runs of each type, in order.

    Each run holds an entry at least, so that these are enough for a page.
    """
    runs = trail_runs.c
    query = select(runs.first, runs.last).where(
        runs.name_id == name, runs.last > bounds.after, runs.first <= bounds.until
    )
    query = query.order_by(runs.last).limit(bounds.limit)
    parts = [select(query.where(runs.type_id == one).subquery()) for one in types]
    found = sorted(tuple(row) for row in connection.execute(union_all(*parts)))
    positions = (
        position
        for first, last in found
        for position in range(max(first, bounds.after + 1), min(last, bounds.until) + 1)
    )
    return list(islice(positions, bounds.limit))


def _merged(pages: Iterable[_Positions], bounds: _Bounds) -> _Positions:
    parts = [select(page.subquery().c.position) for page in pages]
    whole = union_all(*parts).subquery()
    return bounds.of(select(whole.c.position), whole.c.position)


def _is_about(name: int) -> "ColumnElement[bool]":
    """Return the condition that an entry is about a rule, too."""
    other = trail_about.alias()
    return exists().where(
        other.c.name_id == name,
        other.c.type_id == trail_about.c.type_id,
        other.c.position == trail_about.c.position,
    )


def _is_in_run(
    name: int, type_id: "ColumnElement[int]", *, position: "ColumnElement[int]"
) -> "ColumnElement[bool]":
    """Return the condition that an entry is about a member: the next run has it."""
    runs = trail_runs.c
    found = select(runs.first).where(
        runs.name_id == name, runs.type_id == type_id, runs.last >= position
    )
    return found.order_by(runs.last).limit(1).scalar_subquery() <= position
