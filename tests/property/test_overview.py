"""For all histories: the figures are what counting the log gives, however it is cut."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from sqlalchemy import create_engine, insert
from sqlalchemy.pool import StaticPool

from ledger.domain.rules.act import Act
from ledger.domain.statements.envelope import Statement
from ledger.domain.types import credits_text
from projections import follower
from projections.follower import Fact
from projections.overview.queries import Figures, read_figures
from projections.pages import open_page
from projections.runner import PROJECTIONS
from projections.tables import cursor, metadata
from tests.builders import (
    MANDATE,
    OPERATOR,
    Ledger,
    award_of,
    revocation,
)
from tests.e2e.naive import Said
from tests.e2e.naive_overview import count
from tests.e2e.overview_shown import check_overview
from tests.property.exchanges_market import ENROLMENTS, RULES, market
from tests.property.test_exchanges import Market
from tests.scenario.agreements import (
    EXCHANGE,
    SERVICE,
    WEST,
    because,
    case_of,
    quoted,
    request,
)

EXAMPLES: Final = 4
STEPS: Final = 20
STATES: Final = ("available", "held", "exchanged", "redeemed", "expired", "revoked")


class Overseen(Market):
    """A market whose whole history is projected at its end, in pages of some size."""

    size = 1

    @precondition(lambda self: self.size == 1)
    @rule(size=st.integers(2, 40))
    def read_by(self, size: int) -> None:
        """Choose how many entries are projected at once."""
        self.size = size

    def teardown(self) -> None:
        """Require that the figures are those of the log and of the lots."""
        if not hasattr(self, "ledger"):
            return
        check_figures(self.ledger, size=self.size)


def check_figures(ledger: Ledger, *, size: int) -> None:
    """Require that what is projected, so many at a time, is what the log says."""
    facts = [fact_of(act) for act in ledger.said]
    shown = check_overview(
        projected(facts, size=size), count([said_of(one) for one in facts])
    )
    sums: Counter[tuple[str, str]] = Counter()
    for identity in ledger.lots:
        lot = ledger.lot(identity)
        for state in STATES:
            sums[lot.issuer, state] += getattr(lot, f"{state}_milli")
    for row in shown["credits"]["by_member"]:
        for state in STATES:
            assert row[state] == credits_text(sums[row["member"], state])


def fact_of(act: Act[Statement]) -> Fact:
    """Return an act as projections see it."""
    return Fact(
        position=act.position,
        recorded_at=act.recorded_at,
        recorded_on=act.recorded_on,
        kid=act.kid,
        statement=act.statement,
        award=follower.award_of(act.statement),
        body_hash=act.body_hash,
    )


def said_of(fact: Fact) -> Said:
    """Return a fact as one that knows no rule reads it."""
    return Said(
        position=fact.position,
        recorded_at=fact.recorded_at,
        recorded_on=fact.recorded_on,
        kid=fact.kid,
        type=fact.statement.type,
        iss=fact.statement.iss,
        body=dict(fact.body),
        payload={},
    )


def projected(facts: Sequence[Fact], *, size: int) -> Figures:
    """Project facts, so many at a time, and return the figures."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    with engine.begin() as connection:
        for start in range(0, len(facts), size):
            page = open_page(connection, facts[start : start + size])
            for project in PROJECTIONS:
                project(page, connection)
        last = {"name": "all", "position": facts[-1].position}
        connection.execute(insert(cursor).values(last))
        found = read_figures(connection)
    engine.dispose()
    return found


@pytest.mark.parametrize("size", [1, 100], ids=["apart", "at-once"])
def test_undoing_an_exchange_takes_back_only_what_is_left(size: int) -> None:
    """What was revoked of its lot before is not revoked once more."""
    ledger = market()
    seen, more = RULES[2], {"mandate": MANDATE}
    lots = [{"award_id": award_of(), "credits": "3", "component": 0}]
    body = request(seen, enrolment_id=ENROLMENTS[WEST], lots=lots)
    ledger.say(WEST, "exchange.requested.v1", body=body, **more)
    said = quoted(ledger, EXCHANGE)
    ledger.say(OPERATOR, "exchange.accepted.v1", body=said, key=SERVICE)
    (made,) = case_of(ledger).created
    taken = revocation(amount="1", award_id=made)
    ledger.say(WEST, "credit.revoked.v1", body=taken)
    ledger.say(WEST, "exchange.reversed.v1", body=because(), **more)

    assert ledger.lot(made).available_milli == 0
    check_figures(ledger, size=size)


def test_the_figures_are_the_logs_whatever_happened_and_however_it_was_read() -> None:
    """Against a recount that knows no rule, and the lots themselves."""
    profile = settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    run_state_machine_as_test(Overseen, settings=profile)
