"""Pages of lists of which several rows can stand at one position, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.reading import make_cursor
from tests.consortium_cases import PROGRAMME, propose, ratify
from tests.e2e.http_bank import HttpBank, check_problem
from tests.e2e.http_cases import apply, exchanging, path_of, sewing

Json = dict[str, Any]  # Any: plain JSON.
AWARDS, TRANSCRIPT = path_of("awards"), path_of("transcript")
RECONCILIATION = "/v1/reconciliation"
POSITION_MAX, NUMBER_MAX = 2**53 - 1, 2**31 - 2


@pytest.fixture
def bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve a bank where one exchange made three lots."""
    aim = {"programme": PROGRAMME.partition("@")[0], "code": "FREE"}
    target = {"outcome": "elective_credit", "requirement": aim}
    part = {**target, "credits": "0.1"}
    with exchanging(tmp_path, sqlite_url) as served:
        rule = propose(served, "THREE", targets=[part, part, target])
        ratify(served, rule)
        first = sewing(served, "one")
        applied = apply(served, 1, rule=rule, lots=[(first, "2")])
        assert applied.status_code == 201, applied.text
        sewing(served, "two")
        yield served


def test_a_page_may_end_within_what_one_exchange_made(bank: HttpBank) -> None:
    """Whatever its size, the pages are the list; a cursor of before is still read."""
    newest = {"min_position": bank.size() - 1}
    whole: Json = bank.read(AWARDS, **newest)
    lots = [one["award_id"] for one in whole["awards"]]
    made = [one["position"] for one in whole["awards"]][1]
    for size in range(1, len(lots) + 1):
        pages = bank.pages(AWARDS, "awards", limit=size)
        assert [one["award_id"] for page in pages for one in page] == lots
    studied = list(bank.pages(TRANSCRIPT, "studied", limit=2))
    recognised = bank.pages(TRANSCRIPT, "recognised", limit=2)
    before = bank.read(AWARDS, cursor=make_cursor(str(made), of=AWARDS))
    lines = [*bank.pages(RECONCILIATION, "lines", limit=1)]

    assert [one["position"] for one in whole["awards"][1:4]] == [made] * 3
    assert [len(page) for page in studied] == [1, 0, 1]
    assert [one["award_id"] for page in recognised for one in page] == lots[1:4]
    assert before["awards"] == whole["awards"][4:]
    assert [one["number"] for page in lines for one in page] == [0, 1, 2]


def test_a_place_that_was_made_by_hand_harms_nothing(bank: HttpBank) -> None:
    """The greatest is after everything, and what is greater still is refused."""
    newest = {"min_position": bank.size() - 1}
    for path in (AWARDS, TRANSCRIPT, RECONCILIATION):
        last = make_cursor(f"{POSITION_MAX}-{NUMBER_MAX}", of=path)
        assert "next" not in bank.read(path, cursor=last, **newest)
        for place in (
            f"{POSITION_MAX + 1}-0",
            f"0-{NUMBER_MAX + 1}",
            f"0-{POSITION_MAX}",
            "-",
            "-1",
            "1-",
            "1--1",
            "1-2-3",
        ):
            answer = bank.get(path, cursor=make_cursor(place, of=path))
            check_problem(answer, (422, "invalid-cursor"), pointer="/query/cursor")
