"""Rules before anybody signs them: checked and tried, and nothing is stored."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from httpx2 import Response

from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import ENROLMENT, RECOGNISING, terms
from tests.consortium_names import OTHER
from tests.e2e.http_bank import HttpBank, check_problem
from tests.e2e.http_cases import apply, exchanging, sewing

Json = dict[str, Any]  # Any: plain JSON.
CHECK, TRY = "/v1/rules/check", "/v1/rules/dry-run"


@pytest.fixture
def bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve two colleges; whatever is asked, the log stays as it is."""
    with exchanging(tmp_path, sqlite_url) as served:
        yield served
        served.check_log()


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve the same on either database."""
    with exchanging(tmp_path, database_url) as served:
        yield served


def ask(bank: HttpBank, path: str, *, body: object, **query: str | int) -> Response:
    """Ask about a rule, and require that nothing is written."""
    size = bank.size()
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    answer = bank.client.post(path, content=raw, params=query)
    assert bank.size() == size
    return answer


def draft(**changes: object) -> Json:
    """Return a rule that the school would propose."""
    return {"proposer": SCHOOL, "terms": terms(**changes)}


def test_what_is_wrong_with_terms_is_pointed_at(bank: HttpBank) -> None:
    """The first fault that a proposal would be refused for."""
    stranger = draft(parties=[SCHOOL, OTHER, "no-college"])
    found = ask(bank, CHECK, body=stranger).json()
    assert [(one["code"], one["pointer"]) for one in found["faults"]] == [
        ("rule-party", "/body/terms/parties/2")
    ]
    assert found["remarks"] == []


def test_what_is_odd_beside_rules_in_force_is_remarked(bank: HttpBank) -> None:
    """The same source toward the same aim, in the language that is asked for."""
    bank.client.headers["Accept-Language"] = "zh-CN"
    found = ask(bank, CHECK, body=draft()).json()

    assert found["faults"] == []
    assert found["position"] == bank.size() - 1
    overlaps = {(one["code"], one["rule"]) for one in found["remarks"]}
    assert ("overlaps", RECOGNISING) in overlaps
    assert all("规则" in one["detail"] for one in found["remarks"])


def test_a_body_that_is_no_rule_is_refused(bank: HttpBank) -> None:
    """By the same problems on both paths."""
    for raw, expected, pointer in (
        (b"{", (400, "body-not-json"), None),
        (b'{"proposer":"a","proposer":"b"}', (400, "body-not-json"), None),
        (b"[]", (422, "invalid-request"), "/body"),
        (b"{}", (422, "invalid-request"), "/body/terms"),
        (b" " * 40_000, (413, "body-too-large"), None),
    ):
        for path in (CHECK, TRY):
            check_problem(ask(bank, path, body=raw), expected, pointer=pointer)


def test_a_field_of_terms_is_pointed_at(bank: HttpBank) -> None:
    """As deep as it lies."""
    wrong = draft(valid_from="yesterday", extra=1)
    problem = check_problem(ask(bank, CHECK, body=wrong), (422, "invalid-request"))
    places = [one["pointer"] for one in problem["errors"]]  # type: ignore[attr-defined]
    assert sorted(places) == ["/body/terms/extra", "/body/terms/valid_from"]


def test_a_trial_tells_what_existing_lots_would_have_become(either: HttpBank) -> None:
    """Of those who are enrolled; what counts already would be refused."""
    bank = either
    source = sewing(bank, "one")
    before = ask(bank, TRY, body=draft(), min_position=bank.size() - 1).json()
    apply(bank, 1, rule=RECOGNISING, lots=[(source, "2")])
    code = {**draft(), "code": "RECOGNISE", "version": 2}
    after = ask(bank, TRY, body=code, min_position=bank.size() - 1).json()
    later = ask(bank, TRY, body={**draft(), "on": "2025-12-31"}).json()

    (trial,) = before["trials"]
    assert (trial["learner_id"], trial["enrolment_id"]) == (LEARNER, ENROLMENT)
    assert [lot["award_id"] for lot in trial["lots"]] == [source]
    assert (trial["result"], trial["refusal"]) == ("accepted", None)
    assert [gain["credits"] for gain in trial["gains"]] == ["1"]
    (again,) = after["trials"]
    assert (again["result"], again["refusal"]["code"]) == ("refused", "root-used")
    assert later["trials"][0]["refusal"]["code"] == "rule-not-in-force"


def test_trials_are_bounded_and_go_on(
    bank: HttpBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page ends after so many enrolments, whether any was touched or not."""
    monkeypatch.setattr("api.routes.trials.SCANNED_MAX", 2)
    for number in range(3):
        body = {
            "enrolment_id": f"00000000-0000-4000-8000-00000000000{number}",
            "learner_id": LEARNER,
            "programme": f"{SCHOOL}/WELDER@1",
            "cohort": "2026",
            "started_on": "2026-03-01",
        }
        bank.post(SCHOOL, "enrolment.opened.v1", body=body)
    sewing(bank, "one")
    pages: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        last = {"min_position": bank.size() - 1}
        found = ask(bank, TRY, body=draft(), limit=1, **last, **cursor).json()
        pages.append(len(found["trials"]))
        if "next" not in found:
            break
        cursor = {"cursor": found["next"]}

    assert sum(pages) == 4
    assert max(pages) == 1
    wrong = ask(bank, TRY, body=draft(), cursor="x" + str(cursor.get("cursor")))
    check_problem(wrong, (422, "invalid-cursor"))


def test_terms_that_would_be_refused_are_not_tried(bank: HttpBank) -> None:
    """The problem is the one that proposing them would get."""
    answer = ask(bank, TRY, body={**draft(), "proposer": "no-college"})
    check_problem(answer, (422, "rule-party"), pointer="/iss")
