"""A bank that signs what its rules do not give is found out, where it did so."""

from collections.abc import Iterator, Mapping

import orjson
import pytest

from ledger.audit.verify import verify
from ledger.integrity import canonical
from ledger.integrity.entries import BankLine, read_entry, seal_entry
from ledger.integrity.jws import STATEMENT_TYP, read_jws, sign_jws
from ledger.integrity.keys import SigningKey
from tests.bank import OPERATOR, SCHOOL
from tests.e2e.test_audit_sources import Bundle, note_over
from tests.exchanging import CALENDAR, OTHER, Body, ExchangeBank, terms
from tests.histories import award_of

Codes = set[tuple[int, str, str]]


@pytest.fixture
def bank(sqlite_url: str) -> Iterator[ExchangeBank]:
    """Open a bank in which one exchange was accepted, the newest entry."""
    with ExchangeBank(sqlite_url) as opened:
        earned = opened.earn("1")
        opened.request(opened.application(earned), shown=[earned.shown])
        yield opened


def payload_of(raw: bytes) -> dict[str, object]:
    """Return what an entry's member signed."""
    signed = read_jws(read_entry(raw).member_bytes, typ=STATEMENT_TYP)
    said = orjson.loads(signed.payload)
    assert isinstance(said, dict)
    return said


def found(
    bank: ExchangeBank,
    raw: list[bytes],
    *,
    body: Body,
    key: SigningKey | None = None,
    **changes: object,
) -> Codes:
    """Audit a history whose newest entry the bank wrote anew and signed again."""
    last = raw[-1]
    said = {**payload_of(last), "body": body, **changes}
    signer = key or bank.service
    member_bytes = sign_jws(signer, canonical.dumps(said), typ=STATEMENT_TYP)
    forged = [*raw[:-1], seal_entry(read_entry(last).line, member_bytes)]
    report = verify(Bundle(forged, note_over(bank, forged)), ledger=bank.ledger)
    return {(one.position, one.code, one.detail) for one in report.findings}


def accepted(raw: list[bytes]) -> dict[str, object]:
    """Return the body of the newest entry."""
    body = payload_of(raw[-1])["body"]
    assert isinstance(body, dict)
    return body


def lots(body: Mapping[str, object], name: str) -> list[dict[str, object]]:
    """Return the lots that a body names."""
    parts = body[name]
    assert isinstance(parts, list)
    return parts


def test_the_same_acceptance_signed_again_is_not_at_fault(bank: ExchangeBank) -> None:
    """What is found below is found for what is said, not for how it is signed."""
    raw = list(bank.raw_entries())

    assert found(bank, raw, body=accepted(raw)) == set()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("created", {"credits": "4"}),
        ("created", {"credits": "2.999"}),
        ("created", {"outcome": "requirement_met"}),
        ("created", {"lot_id": award_of("1")}),
        ("used", {"credits": "2"}),
    ],
    ids=["more", "less", "another-outcome", "another-lot", "source-kept"],
)
def test_other_amounts_than_the_rule_gives_are_found(
    bank: ExchangeBank, name: str, change: Body
) -> None:
    """Where they stand, and as what they are."""
    raw = list(bank.raw_entries())
    body = accepted(raw)
    forged = {**body, name: [{**lots(body, name)[0], **change}]}

    faults = found(bank, raw, body=forged)

    detail = f"quote-differs /body/{name}"
    assert (len(raw) - 1, "not-allowed", detail) in faults
    assert min(position for position, _, _ in faults) == len(raw) - 1


def test_an_acceptance_by_a_members_key_is_found(bank: ExchangeBank) -> None:
    """The recogniser may not decide what was agreed to follow by itself."""
    raw = list(bank.raw_entries())

    own = found(bank, raw, body=accepted(raw), key=bank.keys[OTHER], iss=OTHER)
    operators = found(bank, raw, body=accepted(raw), key=bank.keys[OPERATOR])

    for faults in (own, operators):
        assert (len(raw) - 1, "not-allowed", "not-the-desk /iss") in faults


def forged_request(bank: ExchangeBank, body: Body) -> list[bytes]:
    """Return a history with a request that no rule allows, taken in all the same."""
    raw = list(bank.raw_entries())
    signed = bank.request_bytes(body, shown=[])
    now = read_entry(raw[-1]).line.recorded_at
    line = BankLine(position=len(raw), recorded_at=now)
    return [*raw, seal_entry(line, signed)]


def test_a_request_beyond_a_cap_is_found(bank: ExchangeBank) -> None:
    """Four courses were accepted by the rule, the fifth by the bank alone."""
    for number in range(3):
        earned = bank.earn(f"more-{number}")
        bank.request(bank.application(earned), shown=[earned.shown])
    raw = forged_request(bank, bank.application(bank.earn("last")))

    report = verify(Bundle(raw, note_over(bank, raw)), ledger=bank.ledger)

    faults = [(one.position, one.detail) for one in report.findings]
    assert faults == [(len(raw) - 1, "cap-exceeded /body/lots")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"valid_from": "2027-01-01"}, "rule-not-in-force"),
        ({"valid_until": "2026-08-31"}, "rule-not-in-force"),
        (
            {
                "request_window": {
                    "calendar": CALENDAR,
                    "unit": "year",
                    "first_day": 2,
                    "last_day": 9,
                }
            },
            "outside-window",
        ),
    ],
    ids=["too-early", "too-late", "outside-its-window"],
)
def test_a_request_outside_the_rules_dates_is_found(
    bank: ExchangeBank, changes: Body, code: str
) -> None:
    """An auditor reads the same calendar."""
    rule = bank.agree("DATED", terms(**changes))
    raw = forged_request(bank, bank.application(bank.earn("2"), rule=rule))

    report = verify(Bundle(raw, note_over(bank, raw)), ledger=bank.ledger)

    faults = [(one.position, one.detail) for one in report.findings]
    assert faults == [(len(raw) - 1, f"{code} /body/rule")]


def test_credits_accepted_twice_are_found(bank: ExchangeBank) -> None:
    """The second request offers what the first has used up."""
    raw = list(bank.raw_entries())
    body = payload_of(raw[-2])["body"]
    assert isinstance(body, dict)
    again = {**body, "exchange_id": "00000000-0000-4000-8000-0000000000ff"}

    raw = forged_request(bank, again)
    report = verify(Bundle(raw, note_over(bank, raw)), ledger=bank.ledger)

    details = {(one.position, one.code, one.detail) for one in report.findings}
    last = len(raw) - 1
    assert (last, "not-allowed", "lot-insufficient /body/lots/0/credits") in details
    assert any(code == "lot-unsound" for _, code, _ in details)


def test_an_acceptance_that_nobody_asked_for_is_found(bank: ExchangeBank) -> None:
    """Without its request there is no case, and nothing follows from it."""
    raw = list(bank.raw_entries())
    body = {**accepted(raw), "exchange_id": "00000000-0000-4000-8000-0000000000ff"}

    faults = found(bank, raw, body=body)

    last = len(raw) - 1
    assert (last, "not-allowed", "unknown-exchange /body/exchange_id") in faults
    assert last in {position for position, code, _ in faults if code == "no-subject"}


def test_a_case_of_a_desk_accepted_by_the_bank_is_found(bank: ExchangeBank) -> None:
    """The service key cannot take a decision that colleges kept for themselves."""
    earned = bank.earn("2")
    body = bank.application(earned, rule=f"{OTHER}/DESKS@1")
    bank.request(body, shown=[earned.shown])
    endorsed = {"exchange_id": body["exchange_id"], "step": 0}
    actor = {"staff": "r1", "role": "tutor"}
    bank.post(SCHOOL, "exchange.endorsed.v1", body=endorsed, actor=actor)
    quoted = bank.quote(body["exchange_id"])
    bank.post(
        OTHER,
        "exchange.accepted.v1",
        body=quoted,
        actor={"staff": "r1", "role": "dean"},
    )
    raw = list(bank.raw_entries())

    faults = found(bank, raw, body=accepted(raw), iss=OPERATOR)

    assert faults == {(len(raw) - 1, "not-allowed", "not-the-desk /iss")}
