"""Cases that nobody takes further end by their day, and hold nothing any more."""

import pytest

from ledger.domain.errors import exchanges as errors
from tests.builders import OPERATOR, SCHOOL
from tests.scenario.agreements import EXCHANGE, SERVICE, case_of, sent_back
from tests.scenario.lives import requested
from tests.scenario.test_exchanges import parts


def test_a_case_lapses_after_the_last_workday_of_its_desk() -> None:
    """The bank notes it; what was held is free."""
    ledger = requested()
    body = {"exchange_id": EXCHANGE, "due_on": "2026-09-04"}

    ledger.say(
        OPERATOR,
        "exchange.lapsed.v1",
        body=body,
        key=SERVICE,
        at="2026-09-05T08:00:00.000Z",
    )

    assert (case_of(ledger).status, parts(ledger)) == ("lapsed", (3000, 0, 0))


def test_a_case_that_came_back_lapses_if_nobody_hands_it_in_again() -> None:
    """Whoever sent it has as long as the desk had; nothing is held for ever."""
    ledger = requested()
    ledger.say(
        SCHOOL,
        "exchange.returned.v1",
        body=sent_back(),
        at="2026-09-03T08:00:00.000Z",
    )
    due_on = case_of(ledger).due_on
    lapse = {"exchange_id": EXCHANGE, "due_on": due_on}

    with pytest.raises(errors.NotDueError):
        ledger.say(
            OPERATOR,
            "exchange.lapsed.v1",
            body=lapse,
            key=SERVICE,
            at=f"{due_on}T08:00:00.000Z",
        )
    ledger.say(
        OPERATOR,
        "exchange.lapsed.v1",
        body=lapse,
        key=SERVICE,
        at="2026-09-20T08:00:00.000Z",
    )

    assert (case_of(ledger).status, parts(ledger)) == ("lapsed", (3000, 0, 0))
