"""What a learner can do next, over HTTP: data, plain sentences, and a ready request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import ENROLMENT, case, propose, ratify
from tests.consortium_names import OTHER
from tests.e2e.http_bank import HttpBank, check_problem
from tests.e2e.http_cases import exchanging, path_of, send, sewing

Json = dict[str, Any]  # Any: plain JSON.


@pytest.fixture
def bank(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve two colleges and a learner with one result of the other one."""
    with exchanging(tmp_path, database_url) as served:
        sewing(served, "mine")
        yield served
        served.check_log()


@pytest.fixture
def one(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve the same on one database."""
    with exchanging(tmp_path, sqlite_url) as served:
        sewing(served, "mine")
        yield served


def options(bank: HttpBank, language: str = "en", **query: str | int) -> Json:
    """Return a learner's options by rule, with the names that the read side knows."""
    assert bank.served.runner.wait_for(bank.size() - 1, timeout_seconds=10)
    asked = {"enrolment": ENROLMENT, **query}
    headers = {"Accept-Language": language}
    answer = bank.client.get(path_of("options"), params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    assert int(answer.headers["X-Ledger-Position"]) == found["position"]
    return {**found, "options": {one["rule"]: one for one in found["options"]}}


def test_an_open_option_is_a_request_that_is_ready_to_be_signed(bank: HttpBank) -> None:
    """Its body, with an id, is accepted; then the option is gone, and says why."""
    found = options(bank)
    assert (found["open"], found["left_out"]) == (True, 0)
    option = found["options"][f"{SCHOOL}/CONSUME@1"]
    assert option["status"] == "available"
    assert option["sentences"] == [
        "“互认” would use up 焊接基础 (south-college) 2.",
        "You would get elective credit: 1 (FREE).",
        "It goes to dean at north-college first. Workdays: 2. Desks in all: 1.",
    ]
    assert option["missing"] == []

    body = {**option["application"], "exchange_id": case(1)}
    answer = send(bank, "exchange.requested.v1", body=body)
    assert answer.status_code == 201, answer.text

    after = options(bank, min_position=answer.json()["position"])
    (held,) = after["options"][f"{SCHOOL}/CONSUME@1"]["missing"]
    assert (held["code"], held["exchange_id"]) == ("lot-held", case(1))
    assert held["ask"] == [SCHOOL]


def test_what_is_missing_is_said_in_the_language_of_the_learner(one: HttpBank) -> None:
    """How many credits, of what, and whom to ask; a new rule is there at once."""
    component = {"of": {"achievement": f"{OTHER}/SEW-1"}, "credits_at_least": "5"}
    more = {"source": {"groups": [{"components": [component]}]}}
    later = {"valid_from": "2027-01-01", "title_en": "Sewing counts"}
    name = propose(one, "MORE", **more, **later)
    assert name not in options(one)["options"]
    ratify(one, name)

    option = options(one, "zh-CN")["options"][name]
    assert (option["status"], option["application"]) == ("out_of_reach", None)
    assert [(one["code"], one.get("more")) for one in option["missing"]] == [
        ("rule-not-in-force", None),
        ("credits-missing", "3"),
    ]
    assert option["sentences"][1] == (
        "焊接基础还差3学分（要求5，现有2）。可向south-college了解如何取得。"
    )
    assert options(one)["options"][name]["title"] == "Sewing counts"


def asked_of(bank: HttpBank) -> list[str]:
    """Return the look-ups in the state that one answer takes."""
    said: list[tuple[object, str]] = []

    def hear(*event_of: object) -> None:
        connection, _, sql, *_ = event_of
        said.append((connection, str(sql)))

    engine = bank.served.store.engine
    event.listen(engine, "before_cursor_execute", hear)
    options(bank)
    event.remove(engine, "before_cursor_execute", hear)
    (mine,) = [one for one, sql in said if "FROM state_enrolments" in sql]
    return [sql for one, sql in said if one is mine and "FROM state_" in sql]


def test_more_rules_in_reach_are_not_looked_up_one_by_one(bank: HttpBank) -> None:
    """One more rule costs no journey to the database more."""
    options(bank)
    before = asked_of(bank)
    for number in range(3):
        ratify(bank, propose(bank, f"MORE-{number}"))
    options(bank)

    assert asked_of(bank) == before


def test_there_are_no_options_for_what_is_not_there(one: HttpBank) -> None:
    """No stranger's, not of another enrolment, and none once an enrolment ended."""
    for path, query, expected in (
        ("learner_nobody", {"enrolment": ENROLMENT}, (404, "no-such-learner")),
        (LEARNER, {"enrolment": case(9)}, (404, "no-such-enrolment")),
        (LEARNER, {}, (422, "invalid-request")),
    ):
        answer = one.client.get(path_of("options", path), params=query)
        check_problem(answer, expected)

    body = {"enrolment_id": ENROLMENT, "outcome": "graduated", "ended_on": "2026-09-01"}
    one.post(SCHOOL, "enrolment.ended.v1", body=body)
    found = options(one)
    assert (found["open"], found["options"]) == (False, {})
