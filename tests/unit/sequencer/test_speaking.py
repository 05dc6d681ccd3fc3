"""What the bank says itself follows from what it was asked, and is said once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from ledger.domain import rules
from ledger.domain.rules.acceptance import acceptance_id
from ledger.domain.rules.act import Act
from ledger.domain.rules.requests_alike import JudgedAlike
from ledger.domain.state import Slice, StatementRecord
from ledger.lists.drafts import Draft
from ledger.making import altered
from ledger.sequencer.group import Group
from ledger.sequencer.speaking import payload_of, spoken
from tests.bank import OPERATOR, SCHOOL
from tests.exchanging import OTHER, TODAY, ExchangeBank, actor

AT: Final = f"{TODAY}T08:00:00.000Z"

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


def test_an_answer_that_has_something_like_a_stand_in_is_written_from_its_model(
    bank: ExchangeBank,
) -> None:
    """Nothing of it is taken for a gap between its names."""
    earned = bank.earn("1")
    raw = bank.request_bytes(bank.application(earned), shown=[earned.shown])
    found = judged(bank.receive(raw), bank)
    usual = found.alike
    odd = replace(usual, said=altered(usual.said, aud="<0> and <6>"))

    plain, other = (
        spoken(found._replace(alike=one), Slice(), at=AT, on=TODAY)
        for one in (usual, odd)
    )

    assert plain is not None
    assert other is not None
    assert plain.payload == payload_of(plain.statement)
    assert other.payload == payload_of(other.statement)
    assert other.statement == altered(plain.statement, aud="<0> and <6>")


def judged(request: Draft, bank: ExchangeBank) -> JudgedAlike:
    """Return what deciding a request comes to."""
    with bank.store.snapshot() as snapshot:
        group = Group(
            loader=snapshot,
            service=bank.service.kid,
            next_position=snapshot.size(),
            recorded_at=AT,
        )
        group.preload([request])
        group.add(request)
        state = Slice(group.base)
        act = Act(
            statement=request.statement,
            kid=request.kid,
            payload_hash=request.payload_hash,
            body_hash="",
            position=snapshot.size(),
            recorded_at=AT,
            recorded_on=TODAY,
        )
        found = rules.decide(act, state)
    assert isinstance(found, JudgedAlike)
    return found
