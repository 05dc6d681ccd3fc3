"""The built-in demo: the same figures every time, and a bank that can be kept."""

from pathlib import Path

import orjson

from api.cli.demo.counting import count_types
from api.settings import Settings
from ledger.audit.tiles import TilesSource
from tests.e2e.cli_machine import run_apart, run_command

AWARDS = {
    "baling": 3443,
    "changtan": 965,
    "jialing": 957,
    "linjiang": 3445,
    "lvdian": 1074,
    "pandong": 1015,
    "ruicai": 487,
    "shanyun": 3389,
    "yuping": 1493,
    "yuqiao": 3453,
}
"""Drawn from the demo's seed; the same on every machine."""
SAID = {
    "appeal.decided.v1": 2,
    "appeal.filed.v1": 2,
    "claim.filed.v1": 2,
    "claim.returned.v1": 1,
    "exchange.accepted.v1": 230,
    "exchange.cancelled.v1": 3,
    "exchange.declined.v1": 3,
    "exchange.endorsed.v1": 36,
    "exchange.lapsed.v1": 3,
    "exchange.requested.v1": 245,
    "exchange.returned.v1": 6,
    "exchange.reversed.v1": 3,
    "graduation.assessed.v1": 3,
    "period.closed.v1": 1,
    "redemption.reversed.v1": 1,
    "rule.acceded.v1": 1,
    "rule.endorsed.v1": 1,
    "rule.proposed.v1": 14,
    "rule.ratified.v1": 15,
    "rule.rejected.v1": 1,
}
"""What members agreed on, and what became of their cases: how often each was said."""
KEPT = ["keys", "ledger.db", "log", "projections.db", "vault.db"]
MEMBERS = {*AWARDS, "yuhe-center", "yuming-audit", "zhuanwei"}


def test_the_sample_gives_its_figures_and_keeps_a_bank(tmp_path: Path) -> None:
    """One object with what was promised, and the log is kept whole."""
    folder = tmp_path / "kept"

    ran = run_apart("demo", "--json", "--keep", folder)

    assert ran.code == 0, ran.err
    figures = orjson.loads(ran.out)
    assert figures.pop("ledger").startswith("skillbank.example/demo#")
    assert figures == {
        "members": len(MEMBERS),
        "learners": 2001,
        "awards": sum(AWARDS.values()),
        "awards_by_member": AWARDS,
        "credits": "62257.5",
        "exchanges": 230,
        "redemptions": 36,
        "entries": 22870,
        "trial_balance": dict.fromkeys(MEMBERS, "0"),
        "audit": "pass",
    }
    assert sorted(path.name for path in folder.iterdir()) == KEPT
    log = TilesSource(folder / "log")
    assert (len(list(log.entries())), log.findings()) == (figures["entries"], ())

    assert said_about_rules(folder) == SAID


def test_the_story_is_told_with_its_figures() -> None:
    """Whoever tries the product reads this first: no step with a gap in it."""
    ran = run_apart("demo")

    assert ran.code == 0, ran.err
    told = " ".join(ran.out.split())
    assert "of 2 rules 1 can be applied now" in told
    assert "has 4 steps that the rules accept" in told
    assert not set("{}") & set(told)


def said_about_rules(folder: Path) -> dict[str, int]:
    """Return how often each type about rules and cases stands in a kept log."""
    said = count_types(Settings.in_folder(folder).database_url)
    about = ("exchange.", "redemption.", "rule.", "claim.", "appeal.", "period.")
    chosen = (*about, "graduation.")
    return {one: count for one, count in said.items() if one.startswith(chosen)}


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    """And so is a file; options that make no sense together are named."""
    (tmp_path / "mine.txt").write_text("mine")

    for arguments in (
        ("--keep", tmp_path),
        ("--keep", tmp_path / "mine.txt"),
        ("--assessments",),
    ):
        ran = run_command("demo", *arguments)

        assert (ran.code, ran.out) == (2, ""), arguments
        assert ran.err.startswith("error:")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
