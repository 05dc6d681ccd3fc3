"""Month end by command: shown, taken along, compared with one's own records, closed."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest

from tests.e2e.cli_machine import SCHOOL, Machine, Ran, founded
from tests.e2e.test_cli_exchange import COMPANY, TERMS, Town

MONTH_END = ("reconciliation", "compare")
OPEN = ("--period", "open", "--member")


class MonthEnd(Town):
    """Two exchanges were accepted, and one of them undone."""

    def __init__(self, machine: Machine) -> None:
        """Agree on a rule, and apply twice."""
        super().__init__(machine)
        self.agree(TERMS)
        self.first, second = self.request("4"), self.request("2")
        self.run("exchange", "reverse", second, "--reason", "recorded_in_error")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[MonthEnd]:
    """Found a bank with a month behind it."""
    with founded(tmp_path) as machine:
        yield MonthEnd(machine)


def compare(town: MonthEnd, *rows: str, member: str = SCHOOL) -> Ran:
    """Compare records of a member's own; the exchange and root are filled in."""
    path = town.machine.folder / "own.csv"
    text = "\n".join(("业务编号,原始成果编号,学分,类别", *rows))
    case = text.format(case=town.first, root=town.award)
    path.write_text(case, encoding="gb18030")
    return town.attempt(*MONTH_END, path, *OPEN, member, "--json")


def test_a_month_end_goes_from_lines_to_a_closed_period(town: MonthEnd) -> None:
    """For whoever recognised, and for whose credits they were."""
    sheet = town.machine.folder / "lines.csv"
    shown = town.show("reconciliation", "show", "--member", COMPANY, "--lines")
    told = town.run("reconciliation", "show", "--lines")
    town.run("reconciliation", "show", "--csv", sheet)

    (total,) = shown["totals"]
    amounts = [line["credits"] for line in shown["lines"]]
    assert (amounts, total["credits"], total["category"]) == (
        ["2", "1", "-1"],
        "2",
        "internship",
    )
    assert shown["net"][0]["members"] == [SCHOOL, COMPANY]
    assert shown["net"][0]["net"] == "2"
    assert "not closed" in told
    raw = sheet.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert [row["credits"] for row in rows] == amounts
    assert town.attempt("reconciliation", "show", "--csv", sheet).code == 2

    for member in (SCHOOL, COMPANY):
        agreed = compare(town, "{case},{root},2,实习", member=member)
        assert (agreed.code, orjson.loads(agreed.out)["agree"]) == (0, True)
    differs = compare(town, "{case},{root},2.5,课程", "c-7,{root},1,")
    found = orjson.loads(differs.out)
    assert (differs.code, found["in_file"], found["in_bank"]) == (1, "3.5", "2")
    assert [one["kind"] for one in found["differences"]] == [
        "other_amount",
        "other_category",
        "missing_in_bank",
    ]
    assert compare(town, "{case},,2,").code == 3
    _close(town, date.fromisoformat(shown["lines"][0]["recorded_on"]))


def _close(town: Town, day: date) -> None:
    """Close the days before the first line."""
    operator = ("--keys", town.machine.bank / "keys" / "members", "--json")
    days = [(day - timedelta(days=ago)).isoformat() for ago in (2, 1, 0)]
    span = ("--first-day", days[0], "--last-day")

    def close(code: str, *words: str) -> Ran:
        names = ("--member", "operator")
        return town.attempt("reconciliation", "close", code, *words, *operator, *names)

    early = close("now", *span, "2999-12-31")
    assert (early.code, orjson.loads(early.out)["error"]) == (3, "period-not-over")
    assert close("before", *span, days[1]).code == 0
    again = close("before", *span, days[1])
    assert (again.code, orjson.loads(again.out)["error"]) == (3, "period-exists")
    closed = town.show("reconciliation", "show", "--period", "before")
    assert (closed["totals"], closed["period"]["last_day"]) == ([], days[1])
    opened = town.show("reconciliation", "show")
    assert opened["period"]["first_day"] == days[2]
    assert town.attempt("reconciliation", "show", "--period", "never").code == 3
