"""Who decides an application: desks in their roles, or the bank at once."""

import pytest

from ledger.domain import rules
from ledger.domain.errors import exchanges as errors
from ledger.domain.rules.counting import Judged
from ledger.domain.rules.requests_alike import JudgedAlike
from ledger.domain.statements import read_statement
from ledger.integrity.canonical import dumps
from ledger.sequencer.speaking import spoken
from tests.builders import (
    AT,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    TODAY,
)
from tests.scenario.agreements import (
    EXCHANGE,
    agree,
    ask,
    because,
    case_of,
    desk,
    ground,
    number,
    offer,
    proposal,
    quoted,
    request,
    step,
)
from tests.scenario.lives import (
    AUTOMATIC,
    accept,
    at_last_desk,
    automatic,
)
from tests.scenario.test_exchanges import parts


def test_the_bank_answers_at_once_where_the_rule_has_no_desks() -> None:
    """With the quote, under its service key; a desk's case it leaves alone."""
    ledger = automatic()
    agree(ledger, proposal())
    for seen, exchange_id in ((AUTOMATIC, EXCHANGE), (proposal(), number(7))):
        body = request(seen, exchange_id=exchange_id, lots=[offer(credits_="1")])
        act = ledger.act(OTHER, "exchange.requested.v1", body=body, mandate=MANDATE)
        judged = rules.decide(act, ledger.state)
        ledger.apply(act)
        assert isinstance(judged, Judged | JudgedAlike)
        found = spoken(judged, ledger.state, at=AT, on=TODAY)
        said = None if found is None else found.statement
        if exchange_id == EXCHANGE:
            assert said is not None
            plain = said.model_dump(mode="json", by_alias=True, exclude_none=True)
            assert plain["body"] == quoted(ledger)
            assert (said.iss, said.type) == (OPERATOR, "exchange.accepted.v1")
            # Nobody reads it back before it is applied: it is what would be read.
            assert read_statement(dumps(plain), type_name=said.type) == said
            accept(ledger, iss=OPERATOR)
        else:
            assert said is None

    assert parts(ledger) == (1000, 1000, 1000)


@pytest.mark.parametrize("type_name", ["endorsed", "declined"])
def test_no_desk_speaks_where_the_rule_has_none(type_name: str) -> None:
    """Nobody can come between the request and the bank's answer."""
    ledger = automatic()
    ask(ledger, AUTOMATIC)
    body = desk() if type_name == "endorsed" else because()

    with pytest.raises(errors.NotTheDeskError):
        ledger.say(OTHER, f"exchange.{type_name}.v1", body=body)


def test_desks_have_roles_and_vouch_for_numbers() -> None:
    """What a desk vouches for counts for those after it."""
    ledger = ground()
    body = proposal(
        approval=[step(SCHOOL, role="tutor"), step()],
        attestations=[{"code": "match", "at_least": "70"}],
    )
    agree(ledger, body)
    ask(ledger, body)
    with pytest.raises(errors.VouchingMissingError):
        quoted(ledger)

    said = desk(vouched=[{"code": "match", "value": "75"}])
    tutor = {"staff": "r7", "role": "tutor"}
    ledger.say(SCHOOL, "exchange.endorsed.v1", body=said, actor=tutor)

    accept(ledger)


def test_an_acceptance_may_differ_in_its_opinion_alone() -> None:
    """All that is counted is worked out by everybody alike."""
    ledger = at_last_desk()
    body = {**quoted(ledger), "opinion": "同意"}

    ledger.say(OTHER, "exchange.accepted.v1", body=body)

    assert case_of(ledger).status == "accepted"
