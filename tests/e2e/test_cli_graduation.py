"""A registrar audits, signs and answers an appeal with commands alone."""

from pathlib import Path

import pytest

from tests.e2e.cli_machine import SCHOOL, founded
from tests.e2e.test_cli_exchange import COMPANY, Town

END = "2026-12-31"


def small(achievement: str) -> dict[str, object]:
    """Return a programme of six credits that an internship meets."""
    required = {
        "code": "WORK",
        "title": "岗位实习",
        "nature": "compulsory",
        "module": "practice",
        "credits": "6",
        "satisfied_by": [achievement],
    }
    named = {"code": "MINI", "version": 1, "title": "短期培训", "credits": "6"}
    return {**named, "requirements": [required]}


def enrolled(town: Town) -> str:
    """Publish the small programme and enrol the learner in it."""
    found = town.show("awards", town.learner)["awards"]
    (lot,) = (one for one in found if one["award_id"] == town.award)
    course = lot["achievement"].partition("@")[0]
    town.run("programme", "publish", town.file("mini", small(course)))
    return town.run(
        *("enrol", town.learner, "--programme", f"{SCHOOL}/MINI@1"),
        *("--cohort", "2026", "--started-on", "2026-09-01"),
    ).strip()


def test_the_audit_is_read_signed_and_appealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing first, then met; the appeal says what is due until when."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    with founded(tmp_path) as machine:
        town = Town(machine)
        learner, award = town.learner, town.award
        enrolment = enrolled(town)
        asked = ("graduation", learner, "--enrolment", enrolment)
        signed = town.show(*asked, "--sign", "--opinion", "尚缺实习")
        filed = town.run(
            *("appeal", "file", learner, "--panel", SCHOOL),
            *("--against", f"graduation:{signed['signed']['assessment_id']}"),
            *("--grounds", "facts_wrong", "--reason", "实习已完成"),
            *("--evidence", "实习鉴定表", "--mandate", machine.folder / "mandate.json"),
        ).strip()
        verdict = ("--reason-code", "facts_wrong", "--reason", "实习应予计入")
        decided = ("--outcome", "remitted", "--due-on", END, *verdict)

        foreign = town.attempt("appeal", "decide", filed, *decided, member=COMPANY)
        town.run("appeal", "decide", filed, *decided)
        listed = town.run("appeal", "list", learner)
        town.run("redeem", enrolment, "WORK", "--lot", award)
        met = town.run(*asked, "--sign")
        monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
        last = town.run(*asked)
        past = town.attempt(*asked, "--as-of-position", "3", "--sign")

        assert "尚缺 6 学分" in signed["missing"][0]["detail"]
        assert (foreign.code, "申诉受理方不符" in foreign.err) == (3, True)
        assert END in listed
        assert "责令重新办理" in listed
        assert award in met
        assert "符合毕业条件" in met
        assert "last signed: 2026-" in last
        assert past.code == 3
