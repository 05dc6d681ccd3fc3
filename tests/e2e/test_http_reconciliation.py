"""Month end between two colleges, over HTTP and by command."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bank import OPERATOR, SCHOOL
from tests.consortium_cases import CONSUMING, RECOGNISING, accept, act, case
from tests.consortium_names import OTHER
from tests.e2e.http_bank import HttpBank, check_problem
from tests.e2e.http_cases import apply, exchanging, sewing

DAY = 24 * 3600
PATH = "/v1/reconciliation"
Json = dict[str, Any]  # Any: plain JSON.


@pytest.fixture
def bank(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve two colleges on either database."""
    with exchanging(tmp_path, database_url) as served:
        yield served


@pytest.mark.traced
def test_a_correction_falls_into_the_next_period(bank: HttpBank) -> None:
    """What was closed stays as it was; the reversal is a line of its own."""
    first, second = sewing(bank, "one"), sewing(bank, "two")
    apply(bank, 1, rule=RECOGNISING, lots=[(first, "2")])
    apply(bank, 2, rule=CONSUMING, lots=[(second, "2")])
    accept(bank, 2)
    bank.clock.step(DAY)
    period = {"first_day": "2026-09-01", "last_day": "2026-09-01"}
    bank.post(OPERATOR, "period.closed.v1", body={"code": "2026-09a", **period})
    before: Json = _read(bank, period="2026-09a")
    act(bank, "reversed", number=2, reason_code="recorded_in_error")

    closed: Json = _read(bank, period="2026-09a")
    opened: Json = _read(bank, period="open")
    everything: Json = _read(bank)

    assert closed["lines"] == before["lines"]
    assert closed["totals"] == before["totals"]
    amount, taken = (closed["lines"][1]["credits"], opened["lines"][0]["credits"])
    assert (taken, opened["lines"][0]["exchange_id"]) == (f"-{amount}", case(2))
    assert opened["lines"][0]["type"] == "exchange.reversed.v1"
    assert [one["period"] for one in everything["lines"]] == [
        "2026-09a",
        "2026-09a",
        "open",
    ]
    (net,) = closed["net"]
    assert net["members"] == sorted([OTHER, SCHOOL])
    whole = everything["totals"][0]["credits"]
    assert whole == closed["lines"][0]["credits"]
    bank.check_log()


def test_a_period_is_asked_for_by_member_pair_and_page(bank: HttpBank) -> None:
    """Each line once, and what is not there is not found."""
    for number in range(1, 4):
        apply(bank, number, rule=RECOGNISING, lots=[(sewing(bank, f"{number}"), "2")])
    last = bank.size() - 1

    pages = bank.pages(PATH, "lines", limit=2, min_position=last, period="open")
    seen = [line["exchange_id"] for page in pages for line in page]
    strangers: Json = _read(bank, member="nobody-at-all")
    pair: Json = _read(bank, member=SCHOOL, counterpart=OTHER)

    assert seen == [case(1), case(2), case(3)]
    assert (strangers["lines"], strangers["totals"]) == ([], [])
    assert len(pair["lines"]) == 3
    unknown = bank.get(PATH, period="2020-01")
    check_problem(unknown, (404, "no-such-period"), pointer="/query/period")


def _read(bank: HttpBank, **query: str) -> Json:
    found: Json = bank.read(PATH, min_position=bank.size() - 1, **query)
    return found
