"""For all histories: plain statements move and change what the rules say they do."""

from collections.abc import Iterable
from typing import Final

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import create_engine, select
from sqlalchemy.pool import StaticPool

from ledger.domain import rules
from ledger.domain.moving import moved_by
from ledger.domain.rules.act import Act
from ledger.domain.rules.exchanges import accepted_case
from ledger.domain.rules.requests import requested_case
from ledger.domain.state import ExchangeRecord, RuleRecord, Slice
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import ExchangeAccepted
from projections.cases.plain import is_plain, plain_moves
from projections.pages import open_page
from projections.runner import PROJECTIONS
from projections.tables import metadata
from tests.builders import MANDATE, OPERATOR, OTHER, Body, Ledger, award_of
from tests.property.exchanges_market import ENROLMENTS, RULES, market
from tests.property.test_exchanges import Market
from tests.property.test_overview import fact_of
from tests.scenario.agreements import (
    EXCHANGE,
    SERVICE,
    WEST,
    quoted,
    request,
    sent_back,
)

EXAMPLES: Final = 10
STEPS: Final = 30


class Plainly(Market):
    """A market whose history is read once more at its end."""

    def teardown(self) -> None:
        """Require that plain statements are what the rules make of them."""
        if hasattr(self, "ledger"):
            check_plain(self.ledger.said)


def check_plain(acts: Iterable[Act[Statement]]) -> int:
    """Hold each plain statement against the rules; return how many there were."""
    state, count = Slice(complete=True), 0
    for act in acts:
        changes = rules.evolve(act, state)
        if is_plain(act.statement):
            (after,) = (one for one in changes if isinstance(one, ExchangeRecord))
            check_case(act, after, state=state)
            count += 1
        state.put(changes)
    return count


def check_case(act: Act[Statement], after: ExchangeRecord, *, state: Slice) -> None:
    """Require that the case, and what moves, follow from the case and its rule."""
    statement = act.statement
    assert is_plain(statement)
    before = state.find(ExchangeRecord, after.exchange_id)
    rule = state.find(RuleRecord, after.rule)
    assert rule is not None
    if isinstance(statement, ExchangeAccepted):
        assert before is not None
        case, made = before, accepted_case(statement.body, before)
    else:
        assert before is None
        case = made = requested_case(act, state)  # type: ignore[arg-type]  # a request's
    moved = plain_moves(statement, case, rule=rule, on=act.recorded_on)

    assert moved == moved_by(act, state)[1]
    assert made == after


@pytest.mark.parametrize("rule", RULES[2:4], ids=["takes", "recognises"])
def test_a_request_and_its_acceptance_are_what_the_rules_say(rule: Body) -> None:
    """Under a rule that takes what was offered, and under one that recognises."""
    ledger = market()
    lots = [{"award_id": award_of(), "credits": "3", "component": 0}]
    body = request(rule, enrolment_id=ENROLMENTS[WEST], lots=lots)
    ledger.say(WEST, "exchange.requested.v1", body=body, mandate=MANDATE)
    said = quoted(ledger, EXCHANGE)
    ledger.say(OPERATOR, "exchange.accepted.v1", body=said, key=SERVICE)

    assert check_plain(ledger.said) == 2


def test_all_plain_statements_are_what_the_rules_say() -> None:
    """Whatever happened to the case, its lots and its learner before."""
    profile = settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    run_state_machine_as_test(Plainly, settings=profile)


def test_a_case_that_is_handed_in_again_concerns_others() -> None:
    """Under another rule its desks are others, however the log is cut into pages."""
    ledger = market()
    desk, simple = RULES[1], RULES[0]
    lots = [{"award_id": award_of(), "credits": "3", "component": 0}]
    given = {"enrolment_id": ENROLMENTS[OTHER], "lots": lots}
    more = {"mandate": MANDATE}
    body = request(desk, **given)
    ledger.say(OTHER, "exchange.requested.v1", body=body, **more)
    ledger.say(OTHER, "exchange.returned.v1", body=sent_back())
    again = request(simple, **given, revision=1)
    ledger.say(OTHER, "exchange.requested.v1", body=again, **more)
    said = quoted(ledger, EXCHANGE)
    ledger.say(OPERATOR, "exchange.accepted.v1", body=said, key=SERVICE)

    assert projected(ledger, size=100) == projected(ledger, size=1)


def projected(ledger: Ledger, *, size: int) -> dict[str, list[str]]:
    """Return all rows of the read side, projected so many at a time."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    facts = [fact_of(act) for act in ledger.said]
    with engine.begin() as connection:
        for start in range(0, len(facts), size):
            page = open_page(connection, facts[start : start + size])
            for project in PROJECTIONS:
                project(page, connection)
        rows = {
            name: sorted(map(repr, connection.execute(select(table))))
            for name, table in metadata.tables.items()
        }
    engine.dispose()
    return rows
