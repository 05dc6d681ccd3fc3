"""The whole trail over HTTP: filtered, paged, and as lines."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest

from client.answers import TrailEvent
from client.exchange import parse
from client.oversight_answers import Overview
from tests.bank import LEARNER, SCHOOL
from tests.consortium import write_consortium
from tests.consortium_cases import CONSUMING
from tests.consortium_names import OTHER
from tests.e2e.http_bank import HttpBank, check_problem, next_of, serving

PATH = "/v1/audit/trail"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpBank]:
    """Serve a consortium's history, which nothing here changes."""
    folder = tmp_path_factory.mktemp("bank")
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as served:
        write_consortium(served)
        yield served


def told(
    bank: HttpBank, **query: str | int
) -> list[dict[str, Any]]:  # Any: plain JSON.
    """Return all that is asked for, page by page."""
    events: list[dict[str, Any]] = []  # Any: plain JSON.
    url: str | None = f"{PATH}?{urlencode({'limit': 7, **query})}"
    while url is not None:
        answer = bank.client.get(url)
        assert answer.status_code == 200, answer.text
        events += answer.json()["events"]
        url = next_of(answer)
    return events


def positions(bank: HttpBank, **query: str | int) -> list[int]:
    """Return where all that is asked for stands."""
    return [one["position"] for one in told(bank, **query)]


def test_the_whole_trail_is_every_statement(bank: HttpBank) -> None:
    """In order, each with its key and whoever acted."""
    whole = positions(bank)
    first = bank.read(PATH, limit=1)["events"]

    assert whole == sorted(set(whole))
    assert len(whole) > 60
    assert isinstance(first, list)
    assert first[0]["type"] == "member.admitted.v1"
    assert first[0]["signed_by"].startswith("operator#")
    assert first[0]["actor"] == {"staff": "r7", "role": "registrar"}


def test_filters_combine(bank: HttpBank) -> None:
    """A type may be whole, or a beginning up to a dot."""
    cases = positions(bank, rule=CONSUMING, type="exchange")

    assert cases == positions(bank, rule=CONSUMING, type="exchange.")
    assert set(positions(bank, type="exchange.accepted.v1")) & set(cases)
    assert set(cases) < set(positions(bank, rule=CONSUMING, member=OTHER))
    assert set(cases) < set(positions(bank, learner=LEARNER))
    assert cases == positions(bank, learner=LEARNER, rule=CONSUMING, type="exchange")


def test_a_period_is_by_the_ledgers_own_days_or_to_the_millisecond(
    bank: HttpBank,
) -> None:
    """Both ends are inclusive."""
    whole = told(bank, limit=500)
    second = [
        one
        for one in whole
        if "2026-09-01T16:00" <= one["recorded_at"] < "2026-09-02T16:00"
    ]
    expected = [one["position"] for one in second]
    at = second[0]["recorded_at"]

    day = {"from": "2026-09-02", "to": "2026-09-02"}
    assert positions(bank, **day) == expected
    assert positions(bank, **{"from": at, "to": at})[0] == expected[0]
    assert positions(bank, to="2026-08-31") == []
    assert positions(bank, **{"from": "9999-12-31"}) == []
    assert positions(bank, **{"from": "0001-01-01", "to": "9999-12-31"}) == [
        one["position"] for one in whole
    ]


def test_a_past_trail_ends_at_its_position(bank: HttpBank) -> None:
    """Whatever else is asked."""
    past = bank.read(PATH, member=SCHOOL, as_of_position=9)

    assert past["as_of_position"] == 9
    assert past["member"] == SCHOOL
    events = past["events"]
    assert isinstance(events, list)
    assert events
    assert all(one["position"] <= 9 for one in events)


def test_it_comes_as_lines_to_whoever_asks_for_lines(bank: HttpBank) -> None:
    """One event on each, and the next page in the Link header."""
    lines = "application/x-ndjson"
    answer = bank.client.get(PATH, params={"limit": 3}, headers={"Accept": lines})
    plain = bank.read(PATH, limit=3)

    assert answer.headers["content-type"] == lines
    assert answer.headers["link"].endswith('>; rel="next"')
    assert answer.headers["x-ledger-position"] == str(bank.size() - 1)
    assert [orjson.loads(one) for one in answer.content.splitlines()] == plain["events"]


@pytest.mark.parametrize(
    ("query", "expected", "pointer"),
    [
        ("member=nobody", (404, "no-such-member"), "/query/member"),
        ("rule=a/b@1", (404, "no-such-rule"), "/query/rule"),
        (f"learner=learner_{'e' * 32}", (404, "no-such-learner"), "/query/learner"),
        ("type=exchange.acc", (404, "no-such-schema"), "/query/type"),
        ("from=yesterday", (422, "invalid-request"), "/query/from"),
        ("to=2026-02-30", (422, "invalid-request"), "/query/to"),
        ("from=2026-09-02T00:00:00Z", (422, "invalid-request"), "/query/from"),
        ("from=2026-09-02&to=2026-09-01", (422, "period-reversed"), "/query/to"),
        (f"member={quote('张三')}", (422, "invalid-request"), "/query/member"),
        ("staff=r7", (422, "invalid-request"), "/query/staff"),
        ("cursor=x", (422, "invalid-cursor"), "/query/cursor"),
    ],
)
def test_what_cannot_be_asked_is_told(
    bank: HttpBank, query: str, expected: tuple[int, str], pointer: str
) -> None:
    """A misspelt name is no empty trail."""
    check_problem(bank.client.get(f"{PATH}?{query}"), expected, pointer=pointer)


def test_the_figures_are_read_by_the_client_as_they_come(bank: HttpBank) -> None:
    """True for their position, with the newest checkpoint."""
    answer = bank.get("/v1/overview", min_position=bank.size() - 1)
    found = Overview.model_validate_json(answer.content)

    assert answer.headers["x-ledger-position"] == str(found.position)
    assert found.entries == found.position + 1 == bank.size()
    assert found.checkpoint is not None
    assert found.checkpoint.size == bank.size()
    assert found.awards.count == sum(one.count for one in found.awards.by_member)
    assert found.months[-1].month == found.today[:7]
    check_problem(bank.get("/v1/overview", x="1"), (422, "invalid-request"))


def test_the_client_reads_every_event(bank: HttpBank) -> None:
    """With its actor, its mandate and all that it is about."""
    events = bank.read(PATH, limit=500)["events"]
    assert isinstance(events, list)
    found = [parse(TrailEvent, orjson.dumps(one)) for one in events]

    assert all(one.actor and one.about.members for one in found)
    assert any(one.mandate for one in found)
    assert [one.award_id for one in found if one.contested]
