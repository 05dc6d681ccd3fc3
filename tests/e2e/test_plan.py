"""A plan over HTTP: its steps, posted as they are, are accepted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.routes import plans
from tests.consortium_cases import ENROLMENT
from tests.consortium_names import SECOND
from tests.e2e.http_bank import HttpBank, check_problem
from tests.e2e.http_cases import exchanging, path_of, send, sewing

Json = dict[str, Any]  # Any: plain JSON.


@contextmanager
def earning(folder: Path, url: str) -> Iterator[HttpBank]:
    """Serve two colleges, and a learner with results at both."""
    with exchanging(folder, url) as served:
        for name in ("one", "two"):
            sewing(served, name)
        served.award_now("own")
        yield served


@pytest.fixture
def bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve it on the database that starts sooner."""
    with earning(tmp_path, sqlite_url) as served:
        yield served


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve it on either database."""
    with earning(tmp_path, database_url) as served:
        yield served


def ask(bank: HttpBank) -> Json:
    """Ask for the learner's plan."""
    return bank.read(path_of("plan"), enrolment=ENROLMENT, min_position=bank.size() - 1)


@pytest.mark.traced
def test_steps_posted_in_their_order_bring_what_it_says(either: HttpBank) -> None:
    """Each body is signed as it is; then nothing is left to plan."""
    bank = either
    found = ask(bank)
    assert (found["covers"], found["uses_up"], found["complete"]) == ("5", "0", True)
    assert [one["kind"] for one in found["steps"]] == [
        "exchange",
        "redemption",
        "redemption",
    ]

    for step in found["steps"]:
        answer = send(bank, step["type"], body=step["body"], iss=step["signed_by"])
        assert answer.status_code == 201, answer.text

    after = ask(bank)
    assert (after["covers"], after["steps"]) == ("0", [])
    told = [(one["before"], one["after"]) for one in found["requirements"]]
    assert told == [("0", "3"), ("0", "2")]
    assert [one["before"] for one in after["requirements"]] == ["3", "2"]
    bank.check_log()


def test_a_plan_speaks_the_language_that_is_asked_for(bank: HttpBank) -> None:
    """Every sentence of it."""
    bank.client.headers["Accept-Language"] = "zh-CN"
    found = ask(bank)

    told = [
        *found["sentences"],
        *(text for step in found["steps"] for text in step["sentences"]),
        *(one["sentence"] for one in found["requirements"]),
    ]
    assert all(text.endswith("。") for text in told)


def test_what_is_not_there_or_not_said_is_refused(bank: HttpBank) -> None:
    """An unknown learner, an enrolment of another, no enrolment, one that is none."""
    unknown, path = path_of("plan", "learner_" + "9" * 32), path_of("plan")
    for where, query, expected in (
        (unknown, {"enrolment": ENROLMENT}, (404, "no-such-learner")),
        (
            path_of("plan", SECOND),
            {"enrolment": ENROLMENT},
            (404, "no-such-enrolment"),
        ),
        (path, {}, (422, "invalid-request")),
        (path, {"enrolment": "none"}, (422, "invalid-request")),
    ):
        check_problem(bank.client.get(where, params=query), expected)


def test_beyond_a_few_plans_at_once_the_caller_comes_again(
    bank: HttpBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says when; the places are given back."""
    full = threading.BoundedSemaphore(1)
    monkeypatch.setattr(plans, "_PLANNING", full)
    query = {"enrolment": ENROLMENT}
    with full:
        answer = bank.client.get(path_of("plan"), params=query)
        check_problem(answer, (503, "plan-busy"))
        assert answer.headers["retry-after"]

    assert bank.client.get(path_of("plan"), params=query).status_code == 200
