"""What the bank says itself follows from what it was asked, and is said once."""

from collections.abc import Iterator

import pytest

from ledger.domain.rules.acceptance import acceptance_id
from ledger.domain.state import (
    StatementRecord,
)
from tests.bank import OPERATOR, SCHOOL
from tests.exchanging import OTHER, ExchangeBank, actor

ABSORBED = "learner_" + "a" * 32


@pytest.fixture
def bank(sqlite_url: str) -> Iterator[ExchangeBank]:
    """Open a bank."""
    with ExchangeBank(sqlite_url) as opened:
        yield opened


def test_the_bank_answers_under_an_id_that_follows_from_the_case(
    bank: ExchangeBank,
) -> None:
    """So it is looked up before it is said."""
    earned = bank.earn("1")
    body = bank.application(earned)

    bank.request(body, shown=[earned.shown])

    identity = acceptance_id(str(body["exchange_id"]), revision=0)
    known = bank.store.load("statements", [(OPERATOR, identity)])
    (record,) = known.values()
    assert isinstance(record, StatementRecord)
    assert record.position == bank.audit().entries - 1


def test_a_request_whose_answer_has_no_id_left_is_refused(bank: ExchangeBank) -> None:
    """The operator used it up: a statement is never written over another."""
    earned = bank.earn("1")
    body = bank.application(earned)
    identity = acceptance_id(str(body["exchange_id"]), revision=0)
    renamed = {"member_id": OTHER, "name": "south"}
    bank.post(OPERATOR, "member.renamed.v1", body=renamed, id=identity)

    assert bank.refused(body, shown=[earned.shown]) == "statement-id-conflict"
    assert bank.lot(earned.award_id).available_milli == 3000


def test_a_request_is_refused_where_the_bank_may_not_answer(
    bank: ExchangeBank,
) -> None:
    """Its service key was revoked: only desks can decide until it has another."""
    first, second = bank.earn("1"), bank.earn("2")
    revoked = {
        "member_id": OPERATOR,
        "kid": bank.service.kid,
        "reason_code": "compromised",
    }
    bank.post(OPERATOR, "key.revoked.v1", body=revoked)

    code = bank.refused(bank.application(first), shown=[first.shown])
    body = bank.application(second, rule=f"{OTHER}/DESKS@1")
    bank.request(body, shown=[second.shown])
    endorsed = {"exchange_id": body["exchange_id"], "step": 0}
    bank.post(SCHOOL, "exchange.endorsed.v1", body=endorsed, actor=actor("tutor"))

    assert code == "key-revoked"
    assert bank.lot(second.award_id).held_milli == 3000
    bank.check_log()
