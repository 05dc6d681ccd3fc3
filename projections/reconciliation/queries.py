"""A period's lines, and what they add up to between members."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, tuple_

from ledger.domain.language.dates import day_after
from ledger.domain.rules.periods import OPEN
from ledger.domain.state import PeriodRecord
from ledger.domain.types import credits_text
from projections.cases.versions import all_records
from projections.moments import Window
from projections.reconciliation.tables import recognised_shares as shares
from projections.reconciliation.tables import reconciliation_lines as lines

Answer = dict[str, Any]  # Any: plain JSON.


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of days, both ends included; an end that is not said is open.

    What is called ``open`` is not closed yet.
    """

    code: str
    first_day: str | None = None
    last_day: str | None = None
    closed_position: int | None = None

    def holds(self, day: str) -> bool:
        """Tell whether what was recorded on a day belongs to it."""
        begun = self.first_day is None or self.first_day <= day
        return begun and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which lines are asked for."""

    period: Period | None = None
    member: str | None = None
    counterpart: str | None = None
    exchange_id: str | None = None
    position: int


def periods_at(connection: Connection, position: int) -> tuple[Period, ...]:
    """Return the closed periods in order, and the open one, as known at a position.

    The first begins with the ledger, whatever its first day says.
    """
    closed = sorted(
        all_records(connection, PeriodRecord, position=position),
        key=lambda record: record.number,
    )
    found = [
        Period(
            code=one.code,
            first_day=one.first_day if one.number > 1 else None,
            last_day=one.last_day,
            closed_position=one.position,
        )
        for one in closed
    ]
    begins = day_after(closed[-1].last_day) if closed else None
    return (*found, Period(code=OPEN, first_day=begins))


def period_shown(period: Period) -> Answer:
    """Return a period as answers show it."""
    return {
        "code": period.code,
        "first_day": period.first_day,
        "last_day": period.last_day,
        "closed_position": period.closed_position,
    }


def lines_of(
    connection: Connection,
    asked: Asked,
    *,
    periods: Sequence[Period],
    window: Window,
) -> list[Answer]:
    """Return a page of lines, in the order of the log."""
    place = window.after, window.number
    query = (
        select(*lines.c, *_OF_SHARE)
        .select_from(_JOINED)
        .where(*_conditions(asked))
        .where(tuple_(lines.c.position, lines.c.number) > place)
        .order_by(lines.c.position, lines.c.number)
        .limit(window.limit)
    )
    return [_line(row, periods) for row in connection.execute(query).mappings().all()]


def totals_of(connection: Connection, asked: Asked) -> list[Answer]:
    """Return what each member recognised of each other, by category."""
    return [
        {
            "recogniser": row.recogniser,
            "root_member": row.root_member,
            "category": row.category,
            "credits": credits_text_signed(int(row.amount_milli)),
            "lines": row.lines,
        }
        for row in connection.execute(_totals(asked)).all()
    ]


def net_of(connection: Connection, asked: Asked) -> list[Answer]:
    """Return for every pair of members and category who recognised more, by how much.

    Each pair once, by name; what a member recognises of its own is no business between
    two. No debt is implied.
    """
    amounts: dict[tuple[str, str, str], list[int]] = {}
    for row in connection.execute(_totals(asked)).all():
        if row.recogniser == row.root_member:
            continue
        one, other = sorted((row.recogniser, row.root_member))
        sides = amounts.setdefault((one, other, row.category), [0, 0])
        sides[row.recogniser == other] += int(row.amount_milli)
    return [
        {
            "members": [one, other],
            "category": category,
            "recognised": [credits_text_signed(side) for side in sides],
            "net": credits_text_signed(sides[0] - sides[1]),
        }
        for (one, other, category), sides in sorted(amounts.items())
    ]


def credits_text_signed(amount_milli: int) -> str:
    """Return credits as text, with a minus where they are taken back."""
    sign = "-" if amount_milli < 0 else ""
    return sign + credits_text(abs(amount_milli))


_OF_SHARE: Final = (
    shares.c.root,
    shares.c.recogniser,
    shares.c.root_member,
    shares.c.category,
    shares.c.learner_id,
    shares.c.exchange_id,
    shares.c.rule,
)
_JOINED: Final = lines.join(
    shares, (shares.c.lot == lines.c.lot) & (shares.c.number == lines.c.share)
)


def _totals(asked: Asked) -> Select[Any]:  # Any: five columns.
    pair = (shares.c.recogniser, shares.c.root_member, shares.c.category)
    return (
        select(
            *pair,
            func.sum(lines.c.amount_milli).label("amount_milli"),
            func.count().label("lines"),
        )
        .select_from(_JOINED)
        .where(*_conditions(asked))
        .group_by(*pair)
        .order_by(*pair)
    )


def _conditions(asked: Asked) -> Iterable[ColumnElement[bool]]:
    yield lines.c.position <= asked.position
    period = asked.period
    if period is not None and period.first_day is not None:
        yield lines.c.recorded_on >= period.first_day
    if period is not None and period.last_day is not None:
        yield lines.c.recorded_on <= period.last_day
    for member in (asked.member, asked.counterpart):
        if member is not None:
            yield or_(shares.c.recogniser == member, shares.c.root_member == member)
    if asked.exchange_id is not None:
        yield shares.c.exchange_id == asked.exchange_id


def _line(row: Any, periods: Sequence[Period]) -> Answer:  # noqa: ANN401  # a row
    period = next(one for one in periods if one.holds(row["recorded_on"]))
    return {
        "position": row["position"],
        "number": row["number"],
        "period": period.code,
        "recorded_at": row["recorded_at"],
        "recorded_on": row["recorded_on"],
        "type": row["type"],
        "issuer": row["issuer"],
        "statement_id": row["statement_id"],
        "recogniser": row["recogniser"],
        "root_member": row["root_member"],
        "category": row["category"],
        "credits": credits_text_signed(int(row["amount_milli"])),
        "learner_id": row["learner_id"],
        "exchange_id": row["exchange_id"],
        "rule": row["rule"],
        "lot": row["lot"],
        "root": row["root"],
    }
