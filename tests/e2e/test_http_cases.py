"""Exchanges over HTTP: applied for, quoted, decided, and seen in every answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import CONSUMING, ENROLMENT, PROGRAMME, RECOGNISING, case
from tests.consortium_names import OTHER, SECOND
from tests.e2e.http_bank import HttpBank, check_problem
from tests.e2e.http_cases import (
    DESK,
    about_case,
    apply,
    exchanging,
    path_of,
    send,
    sewing,
)

Json = dict[str, Any]  # Any: plain JSON.


@pytest.fixture
def bank(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve two colleges on either database."""
    with exchanging(tmp_path, database_url) as served:
        yield served


@pytest.fixture
def sqlite_bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve the same on SQLite."""
    with exchanging(tmp_path, sqlite_url) as served:
        yield served


def quote_of(bank: HttpBank, number: int) -> Json:
    """Return the body that accepts a case today."""
    return bank.client.get(f"/v1/exchanges/{case(number)}/quote").json()["body"]  # type: ignore[no-any-return]  # plain JSON


def created_by(bank: HttpBank, number: int) -> str:
    """Return the one lot that a case created."""
    (lot,) = bank.client.get(f"/v1/exchanges/{case(number)}").json()["created"]
    return str(lot)


def test_an_automatic_exchange_is_seen_in_every_answer(bank: HttpBank) -> None:
    """The source stays where it is, and what it gave says where it comes from."""
    source = sewing(bank, "one")
    answer = apply(bank, 1, rule=RECOGNISING, lots=[(source, "2")])
    assert answer.status_code == 201, answer.text
    position = answer.json()["position"]

    made = created_by(bank, 1)
    balance: Json = bank.read(path_of("balance"), min_position=position + 1)
    lot: Json = bank.read(f"/v1/awards/{made}")
    origin: Json = bank.read(f"/v1/awards/{source}")
    one: Json = bank.read(f"/v1/exchanges/{case(1)}")

    assert balance["earned"] == "2"
    (recognised,) = balance["recognised_at"]
    assert (recognised["member"], recognised["credits"]) == (SCHOOL, "1")
    assert [each["exchange_id"] for each in recognised["exchanges"]] == [case(1)]
    rows = {row["member"]: row for row in balance["issued"]}
    assert (rows[OTHER]["available"], rows[SCHOOL]["available"]) == ("2", "1")
    assert rows[SCHOOL]["achievements"] == 0
    assert lot["roots"] == [{"award_id": source, "credits": "2"}]
    assert lot["derived_from"] == [{"award_id": source, "credits": "2"}]
    assert (lot["exchange_id"], lot["outcome"]) == (case(1), "elective_credit")
    assert [each["type"] for each in lot["entries"]] == ["exchange.accepted.v1"]
    assert [each["award_id"] for each in origin["derived"]] == [made]
    types = [each["type"] for each in origin["entries"]]
    assert types == ["credit.awarded.v1", "exchange.accepted.v1"]
    assert (one["status"], one["effect"], one["desk"]) == (
        "accepted",
        "recognise",
        None,
    )
    assert [each["type"] for each in one["entries"]] == [
        "exchange.requested.v1",
        "exchange.accepted.v1",
    ]
    bank.check_log()


def test_a_desk_signs_what_the_quote_says_and_nothing_else(bank: HttpBank) -> None:
    """Until then the lots are held, and it is told whose desk the case is on."""
    source = sewing(bank, "one")
    position = apply(bank, 1, rule=CONSUMING, lots=[(source, "2")]).json()["position"]

    waiting: Json = bank.read(f"/v1/exchanges/{case(1)}", min_position=position)
    held: Json = bank.read(path_of("balance"))
    body = quote_of(bank, 1)
    (lot,) = body["created"]
    richer = {**body, "created": [{**lot, "credits": "1.5"}]}
    differing = send(bank, "exchange.accepted.v1", body=richer, actor=DESK)
    accepted = send(bank, "exchange.accepted.v1", body=body, actor=DESK)
    after = bank.client.get(f"/v1/exchanges/{case(1)}/quote")
    used: Json = bank.read(path_of("balance"), as_of_position=position + 1)
    then: Json = bank.read(f"/v1/exchanges/{case(1)}", as_of_position=position)

    desk = {"step": 0, "member": SCHOOL, "role": "dean", "due_on": "2026-09-03"}
    assert (waiting["status"], waiting["desk"]) == ("requested", desk)
    assert held["issued"][0]["held"] == "2"
    check_problem(differing, (409, "quote-differs"), pointer="/body/created")
    assert accepted.status_code == 201, accepted.text
    problem = check_problem(after, (409, "exchange-state"))
    assert problem["errors"][0]["status"] == "accepted"  # type: ignore[index]
    rows = {row["member"]: row for row in used["issued"]}
    assert (rows[OTHER]["held"], rows[OTHER]["exchanged"]) == ("0", "2")
    assert (then["status"], then["desk"]) == ("requested", desk)
    bank.check_log()


def test_a_stale_version_is_refused_with_the_digest_there_is(
    sqlite_bank: HttpBank,
) -> None:
    """409, and what to read again; nothing is held."""
    bank = sqlite_bank
    source = sewing(bank, "one")
    rule: Json = bank.read(f"/v1/rules/{RECOGNISING}")
    body = {
        "exchange_id": case(1),
        "revision": 0,
        "learner_id": LEARNER,
        "enrolment_id": ENROLMENT,
        "rule": RECOGNISING,
        "rule_digest": "w" * 43,
        "lots": [{"award_id": source, "credits": "2", "component": 0}],
    }

    answer = send(bank, "exchange.requested.v1", body=body)

    problem = check_problem(answer, (409, "stale-rule"), pointer="/body/rule_digest")
    assert problem["errors"][0]["digest"] == rule["digest"]  # type: ignore[index]
    assert bank.get(f"/v1/exchanges/{case(1)}").status_code == 404


def test_what_is_refused_says_why_and_how_much(sqlite_bank: HttpBank) -> None:
    """Too much, twice, by the wrong desk, without a scope."""
    bank = sqlite_bank
    source = sewing(bank, "one")
    too_much = apply(bank, 1, rule=CONSUMING, lots=[(source, "2.5")])
    problem = check_problem(too_much, (409, "lot-insufficient"))
    assert problem["errors"][0]["left_milli"] == 2000  # type: ignore[index]
    assert "2 credits" in str(problem["detail"])

    apply(bank, 2, rule=CONSUMING, lots=[(source, "2")])
    again = apply(bank, 3, rule=CONSUMING, lots=[(source, "1")])
    why = {"reason_code": "other"}
    elsewhere = about_case(bank, "declined", number=2, iss=OTHER, **why)
    check_problem(again, (409, "lot-insufficient"))
    check_problem(elsewhere, (403, "not-the-desk"), pointer="/iss")

    body = {"exchange_id": case(4), "learner_id": LEARNER, "enrolment_id": ENROLMENT}
    body |= {"rule": RECOGNISING, "rule_digest": "w" * 43}
    lots = [{"award_id": source, "credits": "1", "component": 0}]
    foreign = send(
        bank, "exchange.requested.v1", body={**body, "lots": lots}, iss=OTHER
    )
    check_problem(foreign, (403, "scope-missing"), pointer="/iss")


def test_an_enrolment_shows_what_counts_and_what_could(
    sqlite_bank: HttpBank,
) -> None:
    """Redeemed at the requirement that it was redeemed for, and before, not yet."""
    bank = sqlite_bank
    source = sewing(bank, "one")
    spare = sewing(bank, "two")
    apply(bank, 1, rule=RECOGNISING, lots=[(source, "2")])
    made = created_by(bank, 1)
    before: Json = bank.read(path_of("balance"))
    redeemed = {
        "redemption_id": case(9),
        "enrolment_id": ENROLMENT,
        "requirement": "FREE",
        "lots": [{"award_id": made, "credits": "1"}],
    }
    answer = send(bank, "credit.redeemed.v1", body=redeemed)
    position = answer.json()["position"]

    after: Json = bank.read(path_of("balance"), min_position=position)
    (enrolment,) = list(bank.read(path_of("enrolments"))["enrolments"])  # type: ignore[call-overload]
    past: Json = bank.read(path_of("enrolments"), as_of_position=position - 1)

    free = [_free(one) for one in (before, after)]
    counts = [(one["counted"], one["missing"], one["available"]) for one in free]
    assert counts == [("0", "6", "1"), ("1", "5", "0")]
    assert spare in [one["award_id"] for one in free[0]["convertible"]]
    assert made not in [one["award_id"] for one in free[0]["convertible"]]
    assert enrolment["programme"] == PROGRAMME
    row = {"requirement": "FREE", "needed": "6", "counted": "1"}
    assert row in enrolment["counted"]
    assert {**row, "counted": "0"} in past["enrolments"][0]["counted"]


def _free(balance: Json) -> Json:
    (enrolment,) = balance["usable_for"]
    return next(r for r in enrolment["requirements"] if r["requirement"] == "FREE")


def test_no_answer_tells_of_another_learner(sqlite_bank: HttpBank) -> None:
    """Neither the learner, nor an award, case or enrolment of theirs."""
    bank = sqlite_bank
    source = sewing(bank, "one")
    position = apply(bank, 1, rule=RECOGNISING, lots=[(source, "2")]).json()["position"]
    secrets = (LEARNER, source, created_by(bank, 1), case(1), ENROLMENT)

    for name in ("balance", "awards", "trail", "exchanges", "enrolments"):
        answer = bank.get(path_of(name, SECOND), min_position=position + 1)
        assert answer.status_code == 200, answer.text
        assert not [one for one in secrets if one in answer.text], name
        own = bank.get(path_of(name))
        assert SECOND not in own.text


def test_lists_of_cases_go_page_by_page(sqlite_bank: HttpBank) -> None:
    """Each once; and what is not there is not found."""
    bank = sqlite_bank
    for number in range(1, 6):
        apply(bank, number, rule=RECOGNISING, lots=[(sewing(bank, f"{number}"), "2")])

    last = bank.size() - 1
    pages = bank.pages(path_of("exchanges"), "exchanges", limit=2, min_position=last)
    seen = [[row["exchange_id"] for row in page] for page in pages]

    assert [len(page) for page in seen] == [2, 2, 1]
    assert sorted(str(one) for page in seen for one in page) == [
        case(number) for number in range(1, 6)
    ]
    for path in (f"/v1/exchanges/{case(8)}", f"/v1/exchanges/{case(8)}/quote"):
        check_problem(bank.get(path), (404, "no-such-exchange"))


@pytest.mark.traced
def test_a_case_is_told_as_it_stood_on_a_date(sqlite_bank: HttpBank) -> None:
    """By the end of that day in the ledger's zone; before it was asked for, nothing."""
    bank = sqlite_bank
    apply(bank, 1, rule=CONSUMING, lots=[(sewing(bank, "one"), "2")])
    bank.clock.step(24 * 3600)
    send(bank, "exchange.accepted.v1", body=quote_of(bank, 1), actor=DESK)
    last = bank.size() - 1

    def told(day: str) -> tuple[list[str], int]:
        rows: Json = bank.read(
            path_of("exchanges"), effective_on=day, min_position=last
        )
        one = bank.get(f"/v1/exchanges/{case(1)}", effective_on=day)
        return [row["status"] for row in rows["exchanges"]], one.status_code

    def begun(day: str) -> int:
        rows: Json = bank.read(
            path_of("enrolments"), effective_on=day, min_position=last
        )
        return len(rows["enrolments"])

    assert told("2026-08-31") == ([], 404)
    assert told("2026-09-01") == (["requested"], 200)
    assert told("2026-09-02") == told("9999-12-31") == (["accepted"], 200)
    assert (begun("2020-01-01"), begun("9999-12-31")) == (0, 1)
