"""The trail and the figures by command: in both languages, and safely in a file."""

import csv
from pathlib import Path

import orjson
import pytest

from api.cli.oversight.exporting import inert
from api.cli.oversight.words import ACTS, Telling
from ledger.domain.statements import BY_NAME
from tests.bank import LEARNER, SCHOOL
from tests.unit.cli.conftest import Run
from tests.unit.client.simulator import Face, reply

PATH = "/v1/audit/trail"
RULE = "south-college/AUTOMATIC@1"
EVENT: dict[str, object] = {
    "position": 4,
    "recorded_at": "2026-11-23T08:00:00.000Z",
    "type": "exchange.declined.v1",
    "issuer": SCHOOL,
    "statement_id": "x",
    "signed_by": f"{SCHOOL}#k",
    "actor": {"staff": "=1+1", "role": "dean", "authority": "院务会"},
    "mandate": {
        "by": "learner",
        "method": "paper",
        "proof": "o" * 43,
        "notice_version": "2026-1",
        "at": "2026-11-23T07:00:00.000Z",
    },
    "about": {"learners": [LEARNER], "members": [SCHOOL], "rules": [RULE]},
    "exchange_id": "case-1",
    "reason_code": "level_too_low",
    "recovery_key": True,
    "contested": True,
}
LATER = {**EVENT, "position": 5, "type": "unheard.of.v1", "contested": False}


@pytest.fixture
def told(machine: Path, face: Face) -> Path:
    """Answer every question about the trail with two events."""
    face.answers[PATH] = reply({"events": [EVENT, LATER]})
    return machine


def test_the_trail_is_told_in_either_language(
    told: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chinese where the machine speaks it; a type nobody worded as it is."""
    english = run("trail", "--member", SCHOOL)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    chinese = run("trail", "--rule", RULE)

    assert "exchange declined" in english.out
    assert "in doubt, recovery-key" in english.out
    assert "不予认定" in chinese.out
    assert "存疑、recovery-key" in chinese.out
    assert "unheard.of.v1" in chinese.out
    assert told.exists()


def test_a_file_for_a_spreadsheet_calculates_nothing(
    told: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the mark that makes it Chinese, and every page in it."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    path = told / "trail.csv"
    ran = run("trail", "--export", path, "--json")

    assert orjson.loads(ran.out) == {"file": str(path), "count": 2}
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert [row["序号"] for row in rows] == ["4", "5"]
    assert rows[0]["经办人"] == "'=1+1"
    assert rows[0]["授权凭证摘要"] == "o" * 43
    assert rows[0]["规则"] == RULE
    assert (path.stat().st_mode & 0o777) == 0o600


def test_lines_for_programs_hold_everything(told: Path, run: Run) -> None:
    """As JSON, in any language, and nothing is overwritten."""
    path = told / "trail.ndjson"
    first, again = (run("trail", "--type", "x", "--export", path) for _ in range(2))

    lines = [orjson.loads(one) for one in path.read_bytes().splitlines()]
    assert lines[0]["actor"]["staff"] == "=1+1"
    assert [one["position"] for one in lines] == [4, 5]
    assert (first.code, again.code) == (0, 2)
    assert "2 entries" in first.err


def test_a_trail_of_nothing_or_in_no_form_is_not_asked_for(
    told: Path, run: Run
) -> None:
    """Before the bank hears of it."""
    nothing, form = run("trail"), run("trail", "--export", told / "trail.xls")

    assert (nothing.code, form.code) == (2, 2)
    assert "--export" in nothing.err + form.err


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@a", "\t=1", "\r1", " =1", "\uff1d1", "\uff201"]
)
def test_whatever_a_spreadsheet_would_run_is_quoted(cell: str) -> None:
    """Also behind a space, and in full-width signs."""
    assert inert(cell) == f"'{cell}"
    assert inert(f"a{cell}") == f"a{cell}"


def test_words_are_those_of_statements() -> None:
    """No word is idle, and each is said in both languages."""
    assert ACTS.keys() <= BY_NAME.keys()
    for name in ACTS:
        chinese, english = Telling("zh-CN").act(name), Telling("en").act(name)
        assert english.isascii()
        assert not chinese.isascii()


OVERVIEW = {
    "position": 9,
    "entries": 10,
    "today": "2026-11-23",
    "checkpoint": {"size": 10, "root": "r", "note": "n"},
    "members": [{"kind": "school", "status": "active", "count": 2}],
    "accounts": [{"mode": "self", "opened": 3, "claimed": 1, "closed": 0}],
    "learners": {
        "accounts": 3,
        "with_award": 2,
        "with_exchange": 1,
        "with_exchange_share": "50.0",
        "with_redemption": 0,
        "with_redemption_share": None,
    },
    "awards": {
        "count": 50,
        "credits": "150",
        "used": 1,
        "used_share": "2.0",
        "by_member": [{"member": SCHOOL, "count": 50, "credits": "150", "used": 1}],
        "by_kind": [{"kind": "course", "count": 50, "credits": "150"}],
    },
    "redemptions": {"counted": 1, "reversed": 0},
    "desks": [
        {"member": SCHOOL, "role": None, "open": 1, "overdue": 0},
        {"member": SCHOOL, "role": "dean", "open": 4, "overdue": 3},
    ],
    "rules": {"agreed": 2},
    "months": [
        {"month": "2026-10", "awards": 0, "exchanges": 0, "redemptions": 0},
        {"month": "2026-11", "awards": 50, "exchanges": 1, "redemptions": 1},
    ],
}
STATES = ("available", "held", "exchanged", "redeemed", "expired", "revoked")
CASES = ("requested", "returned", "accepted", "declined", "cancelled", "lapsed")


def test_the_figures_are_told_in_either_language(
    machine: Path, face: Face, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The share that is ever used first; months without anything are left out."""
    credits_ = dict.fromkeys(STATES, "7")
    cases = dict.fromkeys((*CASES, "reversed"), 0)
    answer = {
        **OVERVIEW,
        "credits": {**credits_, "by_member": [{"member": SCHOOL, **credits_}]},
        "exchanges": {**cases, "by_recogniser": [{"member": SCHOOL, **cases}]},
    }
    face.answers["/v1/overview"] = reply(answer)

    english, data = run("overview"), run("overview", "--json")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    chinese = run("overview")

    assert "50 awards of 150 credits, 1 (2.0 %) ever used" in english.out
    assert "用过 1 项（2.0 %）" in chinese.out
    assert "2026-11" in chinese.out
    assert "2026-10" not in chinese.out
    assert "待补正" in chinese.out
    assert orjson.loads(data.out) == answer
    assert machine.exists()
