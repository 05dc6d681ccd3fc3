"""What a bank refuses of exchanges, whoever signs it; nothing of it is written."""

from collections.abc import Iterator

import pytest

from ledger.integrity.disclosures import make_disclosure
from ledger.integrity.errors import IntegrityError
from ledger.sequencer import RefusedError
from tests.bank import OPERATOR, SCHOOL
from tests.exchanging import (
    DESKS,
    OTHER,
    PREDICATE,
    Body,
    ExchangeBank,
    actor,
    score,
    terms,
)


@pytest.fixture
def bank(sqlite_url: str) -> Iterator[ExchangeBank]:
    """Open a bank."""
    with ExchangeBank(sqlite_url) as opened:
        yield opened


def refusal(bank: ExchangeBank, raw: bytes) -> str:
    """Return the code with which a signed statement is refused."""
    before = bank.audit().entries
    with pytest.raises(RefusedError) as refused:
        bank.submit(bank.receive(raw)).result()
    assert bank.check_log().entries == before
    (fault,) = refused.value.faults
    return fault.error.code


def test_what_a_request_shows_must_be_its_own_awards(database_url: str) -> None:
    """Nothing, another salt, another value or another award's score do not count."""
    with ExchangeBank(database_url) as bank:
        earned, other = bank.earn("1", value="60"), bank.earn("2", value="99")
        body = bank.application(earned)
        wrong = (
            (),
            (score("60", salt="t" * 22),),
            (score("61", salt=earned.shown.salt),),
            (make_disclosure("grade", "60", salt=earned.shown.salt),),
            (other.shown,),
        )

        codes = [bank.refused(body, shown=shown) for shown in wrong]

        assert set(codes) == {"predicate-false"}
        bank.request(body, shown=[other.shown, earned.shown])
        bank.check_log()


def test_a_score_below_the_minimum_makes_its_predicate_false(
    database_url: str,
) -> None:
    """Though the member states it, and shows the true value."""
    with ExchangeBank(database_url) as bank:
        earned = bank.earn("1", value="59.999")
        body = bank.application(earned)

        assert bank.refused(body, shown=[earned.shown]) == "predicate-false"
        unsaid = {**body, "predicates": []}
        assert bank.refused(unsaid, shown=[earned.shown]) == "predicate-missing"
        lower = {**PREDICATE, "at_least": "59", "award_id": earned.award_id}
        weaker = {**body, "predicates": [lower]}
        assert bank.refused(weaker, shown=[earned.shown]) == "predicate-missing"


@pytest.mark.parametrize("encoded", ["~!~", "~bm90IGpzb24~", "~" * 40], ids=range(3))
def test_what_is_no_disclosure_is_not_even_queued(
    bank: ExchangeBank, encoded: str
) -> None:
    """The bytes are wrong before any rule is asked."""
    earned = bank.earn("1")
    raw = bank.request_bytes(bank.application(earned), shown=[])

    with pytest.raises(IntegrityError):
        bank.receive(raw + encoded.encode())

    bank.check_log()


@pytest.mark.traced
def test_a_request_in_a_batch_is_refused_line_by_line(bank: ExchangeBank) -> None:
    """Its answer would stand between the lines; its neighbour is not at fault."""
    first, second = bank.earn("1"), bank.earn("2")
    requests = [
        bank.statement(
            OTHER,
            "exchange.requested.v1",
            body=bank.application(one),
            mandate=bank.mandate(),
        )
        for one in (first, second)
    ]
    opened = {"learner_id": "learner_" + "e" * 32, "mode": "provisional"}
    account = bank.statement(OTHER, "account.opened.v1", body=opened)
    raw = bank.batch_bytes(OTHER, [requests[0], account, requests[1]])
    before = bank.audit().entries

    with pytest.raises(RefusedError) as refused:
        bank.submit(bank.receive_batch(raw)).result()

    faults = [(one.line, one.error.code) for one in refused.value.faults]
    assert faults == [(0, "not-in-a-batch"), (2, "not-in-a-batch")]
    assert bank.check_log().entries == before
    assert bank.lot(first.award_id).available_milli == 3000


def lapse(exchange_id: object) -> Body:
    """Return the body that says a desk let its time pass."""
    return {"exchange_id": exchange_id, "due_on": "2026-09-04"}


def test_only_the_service_key_says_what_the_bank_says(bank: ExchangeBank) -> None:
    """No member, not even the operator under its own key."""
    earned = bank.earn("1")
    body = bank.application(earned, rule=DESKS)
    bank.request(body, shown=[earned.shown])
    expired = {"award_id": earned.award_id, "credits": "3", "expired_on": "2026-08-31"}
    said = (
        (OPERATOR, "exchange.lapsed.v1", lapse(body["exchange_id"])),
        (OTHER, "exchange.lapsed.v1", lapse(body["exchange_id"])),
        (OPERATOR, "credit.expired.v1", expired),
        (SCHOOL, "credit.expired.v1", expired),
    )

    codes = [
        refusal(bank, bank.sign(bank.statement(iss, name, body=one)))
        for iss, name, one in said
    ]

    assert set(codes) == {"key-of-another-use"}


def test_the_service_key_says_nothing_else(bank: ExchangeBank) -> None:
    """It neither decides a desk's case nor speaks for a member."""
    earned = bank.earn("1")
    body = bank.application(earned, rule=DESKS)
    bank.request(body, shown=[earned.shown])
    endorsed = {"exchange_id": body["exchange_id"], "step": 0}
    bank.post(SCHOOL, "exchange.endorsed.v1", body=endorsed, actor=actor("tutor"))
    quoted = bank.quote(body["exchange_id"])
    dean = actor("dean")
    declined = {"exchange_id": body["exchange_id"], "reason_code": "other"}
    renamed = {"member_id": OTHER, "name": "south"}
    said = (
        ("exchange.accepted.v1", quoted, "not-the-desk"),
        ("exchange.declined.v1", declined, "key-of-another-use"),
        ("exchange.reversed.v1", declined, "key-of-another-use"),
        ("member.renamed.v1", renamed, "key-of-another-use"),
        ("exchange.requested.v1", body, "key-of-another-use"),
    )

    for name, one, code in said:
        statement = bank.statement(OPERATOR, name, body=one, actor=dean)
        assert refusal(bank, bank.sign(statement, key=bank.service)) == code, name

    as_member = bank.statement(OTHER, "exchange.accepted.v1", body=quoted, actor=dean)
    raw = bank.sign(as_member, key=bank.service)
    assert refusal(bank, raw) == "key-not-of-issuer"


def test_a_desk_cannot_accept_other_amounts_than_quoted(bank: ExchangeBank) -> None:
    """Not more, not another target, and not before its turn."""
    earned = bank.earn("1")
    body = bank.application(earned, rule=DESKS)
    bank.request(body, shown=[earned.shown])
    quoted, dean = bank.quote(body["exchange_id"]), actor("dean")
    early = bank.statement(OTHER, "exchange.accepted.v1", body=quoted, actor=dean)
    # It is neither this desk's case yet nor one that may be accepted.
    assert refusal(bank, bank.sign(early)) in {"not-the-desk", "exchange-state"}
    endorsed = {"exchange_id": body["exchange_id"], "step": 0}
    bank.post(SCHOOL, "exchange.endorsed.v1", body=endorsed, actor=actor("tutor"))
    part = {"award_id": earned.award_id, "credits": "2"}
    quoted_lots = quoted["created"]
    assert isinstance(quoted_lots, list)
    wrong: tuple[Body, ...] = (
        {"created": [{**quoted_lots[0], "credits": "3.001"}]},
        {"created": []},
        {"used": [part]},
        {"effect": "recognise"},
        {"member": SCHOOL},
        {"superseded": [part]},
    )

    codes = []
    for changes in wrong:
        statement = bank.statement(
            OTHER, "exchange.accepted.v1", body={**quoted, **changes}, actor=dean
        )
        codes.append(refusal(bank, bank.sign(statement)))

    assert set(codes) == {"quote-differs"}


def test_nobody_accepts_what_the_bank_accepts_by_itself(bank: ExchangeBank) -> None:
    """A second acceptance of an automatic case finds it ended."""
    earned = bank.earn("1")
    body = bank.application(earned)
    bank.request(body, shown=[earned.shown])
    (made,) = bank.exchange(body["exchange_id"]).created
    said = {
        "exchange_id": body["exchange_id"],
        "learner_id": body["learner_id"],
        "member": OTHER,
        "effect": "consume",
        "used": [{"award_id": earned.award_id, "credits": "3"}],
        "created": [{"lot_id": made, "outcome": "course_credit", "credits": "3"}],
    }

    for iss, key in ((OTHER, bank.keys[OTHER]), (OPERATOR, bank.service)):
        statement = bank.statement(iss, "exchange.accepted.v1", body=said)
        assert refusal(bank, bank.sign(statement, key=key)) == "exchange-state"


def test_a_cap_holds_over_cases_of_one_group_and_of_many(bank: ExchangeBank) -> None:
    """Four courses fit under twelve credits, and not one more."""
    earned = [bank.earn(str(number)) for number in range(6)]
    futures = []
    for one in earned:
        raw = bank.request_bytes(bank.application(one), shown=[one.shown])
        futures.append(bank.submit(bank.receive(raw)))

    errors = [future.exception() for future in futures]

    assert errors[:4] == [None] * 4
    for error in errors[4:]:
        assert isinstance(error, RefusedError)
        assert error.faults[0].error.code == "cap-exceeded"
    bank.check_log()


def test_a_proposal_that_nobody_ratified_is_no_rule(bank: ExchangeBank) -> None:
    """Nor is one whose other digest was ratified."""
    earned = bank.earn("1")
    name = bank.propose("NEW", terms())
    stale = {"rule": name, "digest": bank.digests[DESKS]}
    raw = bank.sign(bank.statement(SCHOOL, "rule.ratified.v1", body=stale))

    assert refusal(bank, raw) == "stale-rule"
    body = bank.application(earned, rule=name)
    assert bank.refused(body, shown=[earned.shown]) == "rule-not-in-force"
