"""For all histories: lines are what exchanges made less what was undone, per pair."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.pool import StaticPool

from ledger.domain.statements import exchanges as x
from ledger.domain.statements.awards import CreditRevoked
from ledger.domain.types import credits_milli
from projections.memory import Memory
from projections.moments import Window
from projections.pages import open_page
from projections.reconciliation.queries import (
    Asked,
    Period,
    lines_of,
    net_of,
    periods_at,
    totals_of,
)
from projections.runner import PROJECTIONS
from projections.tables import metadata
from tests.builders import (
    AT,
    OPERATOR,
    OTHER,
    SCHOOL,
    TODAY,
    Body,
    Ledger,
    achievement,
    award_of,
    revocation,
)
from tests.property.test_exchanges import Market
from tests.property.test_overview import fact_of
from tests.scenario.agreements import agree, because, ground, proposal
from tests.scenario.lives import created, exchange
from tests.scenario.test_better_results import BETTER, both

EXAMPLES: Final = 4
STEPS: Final = 20
NEVER: Final = 2**53
ANYTHING: Final[Body] = {"groups": [{"components": [{"of": {}}]}]}
Json = dict[str, Any]  # Any: plain JSON.
Pair = tuple[str, str]


class Reconciled(Market):
    """A market over many days, whose periods are closed from time to time."""

    days = 0
    closed = -1
    size = 1

    def _try(self, iss: str, type_name: str, *, body: Body, **more: object) -> bool:
        day = date.fromisoformat(TODAY) + timedelta(days=self.days)
        at = AT.replace(TODAY, day.isoformat())
        return super()._try(iss, type_name, body=body, at=at, **more)

    @precondition(lambda self: hasattr(self, "ledger"))
    @rule(close=st.booleans(), size=st.integers(1, 40))
    def sleep(self, *, close: bool, size: int) -> None:
        """Let a day pass, and perhaps close all days before it."""
        self.days, self.size = self.days + 1, size
        if close:
            first, last = self._day(self.closed + 1), self._day(self.days - 1)
            body = {"code": f"to-{last}", "first_day": first, "last_day": last}
            assert self._try(OPERATOR, "period.closed", body=body)
            self.closed = self.days - 1

    def _day(self, number: int) -> str:
        day = date.fromisoformat(TODAY) + timedelta(days=number)
        return day.isoformat()

    def teardown(self) -> None:
        """Require that every line adds up, however the log was cut into pages."""
        if not hasattr(self, "ledger"):
            return
        check_lines(self.ledger, size=self.size)


def check_lines(ledger: Ledger, *, size: int) -> None:
    """Require that lines are what a recount of the statements gives."""
    with projected(ledger, size=size) as found:
        whole = everything(found)
        check_lots(ledger, whole)
        check_pairs(ledger, found)
        check_periods(ledger, found, whole=whole)
        rows = all_rows(found)
    # Whether or not a page remembers what those before it have read and written.
    with projected(ledger, size=1, memory=Memory()) as again:
        assert all_rows(again) == rows


@contextmanager
def projected(
    ledger: Ledger, *, size: int, memory: Memory | None = None
) -> Iterator[Connection]:
    """Project a whole history, so many entries at a time."""
    facts = [fact_of(act) for act in ledger.said]
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    with engine.begin() as connection:
        for start in range(0, len(facts), size):
            page = open_page(connection, facts[start : start + size], memory=memory)
            for project in PROJECTIONS:
                project(page, connection)
        yield connection
    engine.dispose()


def all_rows(connection: Connection) -> list[tuple[object, ...]]:
    """Return every row of all tables."""
    return [
        tuple(row)
        for table in metadata.sorted_tables
        for row in connection.execute(select(table).order_by(*table.primary_key))
    ]


def everything(
    connection: Connection, period: Period | None = None, *, position: int = NEVER
) -> list[Json]:
    """Return the lines of a period, or all, as known at a position."""
    return lines_of(
        connection,
        Asked(period=period, position=position),
        periods=periods_at(connection, position),
        window=Window(limit=NEVER),
    )


def milli(text: str) -> int:
    """Return signed thousandths."""
    amount = credits_milli(text.removeprefix("-"))
    return -amount if text.startswith("-") else amount


def recounted(ledger: Ledger) -> dict[str, int]:
    """Return what is recognised in every lot, from what was said and nothing else."""
    left: dict[str, int] = {}
    cases: dict[str, x.ExchangeAcceptedBody] = {}
    for act in ledger.said:
        match act.statement:
            case x.ExchangeAccepted(body=body):
                cases[body.exchange_id] = body
                for lot in body.created:
                    left[lot.lot_id] = credits_milli(lot.credits)
                for part in body.superseded:
                    left[part.award_id] -= credits_milli(part.credits)
            case x.ExchangeReversed(body=undone):
                for lot in cases[undone.exchange_id].created:
                    left[lot.lot_id] = 0
                for part in cases[undone.exchange_id].superseded:
                    left[part.award_id] += credits_milli(part.credits)
            case CreditRevoked(body=revoked) if revoked.award_id in left:
                left[revoked.award_id] -= credits_milli(revoked.credits)
            case _:
                continue
    return left


def check_lots(ledger: Ledger, lines: Sequence[Json]) -> None:
    """Require that lines of a lot add up, and have the sign of what was done."""
    said = {act.position: act.statement for act in ledger.said}
    sums: Counter[str] = Counter()
    for line in lines:
        statement = said[line["position"]]
        assert (line["type"], line["issuer"]) == (statement.type, statement.iss)
        assert line["statement_id"] == statement.id
        sums[line["lot"]] += milli(line["credits"])
        if isinstance(statement, CreditRevoked):
            assert milli(line["credits"]) <= 0
        if isinstance(statement, x.ExchangeAccepted):
            own = line["lot"] in {lot.lot_id for lot in statement.body.created}
            assert milli(line["credits"]) * (1 if own else -1) >= 0
    assert dict(sums) == recounted(ledger)


def check_pairs(ledger: Ledger, connection: Connection) -> None:
    """Require that totals are shares by root, and that nets turn with their sides."""
    exact: Counter[Pair] = Counter()
    shares: Counter[Pair] = Counter()
    for identity, amount in recounted(ledger).items():
        lot = ledger.lot(identity)
        behind = sum(root.amount_milli for root in lot.roots)
        for root in lot.roots:
            pair = lot.issuer, ledger.lot(root.award_id).issuer
            exact[pair] += amount * root.amount_milli * 1000 // (behind or 1)
            shares[pair] += 1
    asked = Asked(position=NEVER)
    totals: Counter[Pair] = Counter()
    count: Counter[Pair] = Counter()
    for row in totals_of(connection, asked):
        pair = row["recogniser"], row["root_member"]
        totals[pair] += milli(row["credits"])
        count[pair] += row["lines"]
        assert row["category"] == "course"
    assert sum(totals.values()) == sum(recounted(ledger).values())
    for pair, amount in totals.items():
        # Each share and each part taken back is rounded to a thousandth once.
        assert abs(amount * 1000 - exact[pair]) <= 1000 * count[pair]
    for net in net_of(connection, asked):
        one, other = net["members"]
        sides = [milli(side) for side in net["recognised"]]
        assert sides == [totals[one, other], totals[other, one]]
        assert milli(net["net"]) == sides[0] - sides[1]


def check_periods(
    ledger: Ledger, connection: Connection, *, whole: Sequence[Json]
) -> None:
    """Require that each line is in one period, and that closing moves none."""
    days = {act.position: act.recorded_on for act in ledger.said}
    found: list[Json] = []
    for period in periods_at(connection, NEVER):
        own = everything(connection, period)
        assert all(period.holds(days[line["position"]]) for line in own)
        assert {line["period"] for line in own} <= {period.code}
        found.extend(own)
        if period.closed_position is not None:
            at = period.closed_position
            assert own == everything(connection, period, position=at)
            opened = periods_at(connection, at - 1)[-1]
            before = everything(connection, opened, position=at - 1)
            inside = [line for line in before if period.holds(line["recorded_on"])]
            assert [_place(one) for one in inside] == [_place(one) for one in own]
    assert found == whole


def _place(line: Json) -> tuple[int, int, str]:
    return line["position"], line["number"], line["credits"]


@pytest.mark.parametrize("undone", [False, True], ids=["stands", "undone"])
def test_a_better_result_takes_back_what_it_replaces(*, undone: bool) -> None:
    """Until it is undone itself; in parts as well."""
    ledger = both("replace")
    if undone:
        ledger.say(OTHER, "exchange.reversed.v1", body=because("other", BETTER))
        part = revocation(amount="0.5", award_id=created(ledger))
        ledger.say(OTHER, "credit.revoked.v1", body=part)

    check_lines(ledger, size=100)

    with projected(ledger, size=100) as found:
        left = {row["credits"] for row in totals_of(found, Asked(position=NEVER))}
        amounts = [line["credits"] for line in everything(found)]
    assert left == ({"1.5"} if undone else {"3"})
    assert amounts[:3] == ["2", "3", "-2"]
    assert sorted(amounts[3:]) == (["-0.5", "-3", "2"] if undone else [])


def test_a_category_is_that_of_the_root_when_it_was_recognised() -> None:
    """As amended by then; what is amended later changes no line."""
    ledger = ground()
    for code, kind in (("PRACTICE", "internship"), ("CUP", "competition")):
        body = achievement(code, kind=kind)
        ledger.say(SCHOOL, "achievement.published.v1", body=body)
    _rename(ledger, "PRACTICE")
    seen = proposal(approval=[], source=ANYTHING)
    agree(ledger, seen)
    exchange(ledger, seen)
    _rename(ledger, "CUP")

    with projected(ledger, size=100) as found:
        (line,) = everything(found)

    assert (line["category"], line["root_member"]) == ("internship", SCHOOL)


def _rename(ledger: Ledger, code: str) -> None:
    body = {"award_id": award_of(), "achievement": f"{SCHOOL}/{code}@1"}
    why = {"reason_code": "clerical_error"}
    ledger.say(SCHOOL, "credit.amended.v1", body={**body, **why})


def test_lines_are_what_was_said_whatever_happened_and_however_it_was_read() -> None:
    """Per lot, per pair and per period, against a recount that knows no rule."""
    profile = settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    run_state_machine_as_test(Reconciled, settings=profile)
