"""The figures of the consortium, from sums alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, literal, select

from ledger.database import open_for_reading
from ledger.domain.state import ExchangeStatus
from ledger.domain.types import credits_text
from projections.overview import learners as of
from projections.overview import projection as p
from projections.overview import records as r
from projections.overview.tables import overview as table
from projections.tables import cursor

Answer = dict[str, Any]  # Any: plain JSON.
Row = tuple[tuple[str, ...], int]
"""The parts of a key, and the amount."""

MONTHS_SHOWN: Final = 24
_MEMBERS_AS: Final = ("kind", "status")
_MONTHLY: Final = ("awards", "exchanges", "redemptions")
_PER_MILLE: Final = 1000
_POSITION: Final = "position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All sums, by figure, and the position that they are true for."""

    position: int
    by_figure: Mapping[str, tuple[Row, ...]]

    def rows(self, figure: str) -> tuple[Row, ...]:
        """Return the rows of a figure, in the order of their keys."""
        return self.by_figure.get(figure, ())

    def by(self, figure: str, part: int = 0) -> "Counter[str]":
        """Return the sums of a figure by one part of its keys."""
        sums: Counter[str] = Counter()
        for parts, amount in self.rows(figure):
            sums[parts[part]] += amount
        return sums

    def total(self, figure: str) -> int:
        """Return the sum over all of a figure."""
        return sum(amount for _, amount in self.rows(figure))


def read_figures(connection: Connection) -> Figures:
    """Return all sums: as many rows as there are members, desks and months."""
    position = literal(_POSITION), cursor.c.name, cursor.c.position
    # One statement sees one moment: the sums, and how far they go.
    query = select(table).union_all(select(*position))
    found: dict[str, list[Row]] = defaultdict(list)
    for figure, key, amount in connection.execute(query).all():
        found[figure].append((tuple(key.split(r.SEPARATOR)), amount))
    reached = [amount for _, amount in found.pop(_POSITION, ())]
    return Figures(
        position=max(reached, default=-1),
        by_figure={name: tuple(sorted(rows)) for name, rows in found.items()},
    )


def awards_by_member(url: str) -> Counter[str]:
    """Return how many awards each member has posted, revoked ones included.

    What it recognised by exchanges is no award of its own.
    """
    engine = open_for_reading(url)
    with engine.connect() as connection:
        found = read_figures(connection).by(p.AWARDS)
    engine.dispose()
    return found


def overview(figures: Figures, *, today: str) -> Answer:
    """Return the figures. A desk's case is overdue from the day after it was due."""
    return {
        "today": today,
        "members": [
            {**dict(zip(_MEMBERS_AS, parts, strict=True)), "count": amount}
            for parts, amount in figures.rows(r.MEMBERS)
        ],
        "accounts": _accounts(figures),
        "learners": _learners(figures),
        "awards": _awards(figures),
        "credits": _credits(figures),
        "exchanges": _exchanges(figures),
        "redemptions": {
            name: figures.by(r.REDEMPTIONS)[name] for name in (r.COUNTED, r.REVERSED)
        },
        "desks": _desks(figures, today=today),
        "rules": dict(figures.by(r.RULES)),
        "months": _months(figures, today=today),
    }


def _accounts(figures: Figures) -> list[Answer]:
    claimed, closed = figures.by(of.CLAIMED), figures.by(of.CLOSED)
    return [
        {
            "mode": mode,
            "opened": opened,
            "claimed": claimed[mode],
            "closed": closed[mode],
        }
        for mode, opened in figures.by(of.ACCOUNTS).items()
    ]


def _learners(figures: Figures) -> Answer:
    """Return how many accounts ever had what, and the share of those with awards."""
    had = figures.by(of.LEARNERS)
    awarded = had[of.HAD_AWARD]
    return {
        "accounts": figures.total(of.ACCOUNTS),
        "with_award": awarded,
        "with_exchange": had[of.HAD_EXCHANGE],
        "with_exchange_share": share(had[of.HAD_EXCHANGE], awarded),
        "with_redemption": had[of.HAD_REDEMPTION],
        "with_redemption_share": share(had[of.HAD_REDEMPTION], awarded),
    }


def _awards(figures: Figures) -> Answer:
    used, count = figures.by(p.USED), figures.total(p.AWARDS)
    return {
        "count": count,
        "credits": credits_text(figures.total(p.AWARDED)),
        "used": used.total(),
        "used_share": share(used.total(), count),
        "by_member": [
            {**row, "used": used[row["member"]]}
            for row in _awarded_by(figures, "member", part=0)
        ],
        "by_kind": _awarded_by(figures, "kind", part=1),
    }


def _awarded_by(figures: Figures, name: str, *, part: int) -> list[Answer]:
    credits_milli = figures.by(p.AWARDED, part)
    return [
        {name: key, "count": count, "credits": credits_text(credits_milli[key])}
        for key, count in sorted(figures.by(p.AWARDS, part).items())
    ]


def _credits(figures: Figures) -> Answer:
    sums = dict(figures.rows(p.CREDITS))
    members = sorted({member for _, member in sums})

    def states(of_members: Iterable[str]) -> Answer:
        named = list(of_members)
        return {
            state: credits_text(sum(sums.get((state, one), 0) for one in named))
            for state in p.STATES
        }

    by_member = [{"member": member, **states([member])} for member in members]
    return {**states(members), "by_member": by_member}


def _exchanges(figures: Figures) -> Answer:
    by_status = figures.by(r.EXCHANGES, 1)
    of_members: dict[str, Counter[str]] = defaultdict(Counter)
    for (member, status), amount in figures.rows(r.EXCHANGES):
        of_members[member][status] += amount
    statuses = [status.value for status in ExchangeStatus]
    return {
        **{status: by_status[status] for status in statuses},
        "by_recogniser": [
            {"member": member, **{status: found[status] for status in statuses}}
            for member, found in of_members.items()
        ],
    }


def _desks(figures: Figures, *, today: str) -> list[Answer]:
    """Return open cases by desk; one sent back waits for whoever applied, roleless."""
    opened: Counter[tuple[str, str]] = Counter()
    overdue: Counter[tuple[str, str]] = Counter()
    for (member, role, due_on), amount in figures.rows(r.DESKS):
        opened[member, role] += amount
        overdue[member, role] += amount if due_on and due_on < today else 0
    return [
        {
            "member": member,
            "role": role or None,
            "open": count,
            "overdue": overdue[member, role],
        }
        for (member, role), count in opened.items()
    ]


def _months(figures: Figures, *, today: str) -> list[Answer]:
    """Return the last months up to this one, empty ones included, oldest first."""
    counts = dict(figures.rows(p.MONTHS))
    year, month = map(int, today.split("-")[:2])
    this = year * 12 + month - 1
    shown = []
    for number in range(max(12, this - MONTHS_SHOWN + 1), this + 1):
        name = f"{number // 12:04d}-{number % 12 + 1:02d}"
        counted = {kind: counts.get((kind, name), 0) for kind in _MONTHLY}
        shown.append({"month": name, **counted})
    return shown


def share(part: int, whole: int) -> str | None:
    """Return a share in per cent with one decimal, rounded down; None of nothing."""
    if not whole:
        return None
    tenths = part * _PER_MILLE // whole
    return f"{tenths // 10}.{tenths % 10}"
