"""The demo with results from files: counted rightly, faults found by file and row."""

import gzip
import os
import re
import sys
from pathlib import Path

import pytest

from tests.e2e.cli_machine import run_command
from tests.e2e.cli_shell import play
from tests.e2e.ports import free_port

COURSES = """\
code_module,code_presentation,module_presentation_length
AAA,2013J,268
EEE,2013B,240
"""
RESULTS = """\
code_module,code_presentation,id_student,studied_credits,final_result
AAA,2013J,11391,240,Pass
AAA,2013J,28400,60,Withdrawn
EEE,2013B,11391,30,Distinction
EEE,2013B,30268,60,Fail
"""
ASSESSMENTS = """\
code_module,code_presentation,id_assessment,assessment_type,weight,id_student,\
date_submitted,is_banked,score
AAA,2013J,1752,TMA,10,11391,18,0,78
AAA,2013J,1752,TMA,10,28400,22,0,40
AAA,2013J,1753,Exam,12.5,28400,-1,1,39.9
EEE,2013B,1800,CMA,0,30268,20,0,
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write a small data set."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "courses.csv").write_text(COURSES)
    compress(folder / "results-2013.csv.gz", RESULTS)
    compress(folder / "assessment-scores-2013.csv.gz", ASSESSMENTS)
    return folder


def compress(path: Path, text: str) -> None:
    """Write a compressed file."""
    path.write_bytes(gzip.compress(text.encode()))


def commands(told: str) -> list[str]:
    """Return the commands that the demo's last part shows."""
    _, _, last = told.partition("How to look around")
    return re.findall(r"^  ((?:export|skillbank) .*)$", last, re.MULTILINE)


def test_every_pass_becomes_an_award(data: Path) -> None:
    """One member per module; assessments count from 40 on, and carry no credits."""
    few = run_command("demo", "--data", data, "--json").figures()
    all_of_it = ("--data", data, "--assessments", "--json")
    more = run_command("demo", *all_of_it).figures()

    assert few["awards_by_member"] == {"aaa": 1, "eee": 1}
    assert (few["learners"], few["credits"], few["audit"]) == (1, "90", "pass")
    assert more["awards_by_member"] == {"aaa": 3, "eee": 1}
    assert (more["learners"], more["credits"], more["audit"]) == (2, "90", "pass")


def test_what_the_demo_tells_to_type_works(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commands, in their order, on a bank that is served again."""
    here = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{here}:{os.environ['PATH']}")
    kept = run_command("demo", "--data", data, "--keep", tmp_path / "a bank")
    serve, export, *others = commands(kept.out)
    port = free_port()
    url = f"export SKILLBANK_URL=http://127.0.0.1:{port}"
    script = "\n".join([f"{serve} --port {port} &", url, export, *others])

    out = play(script, tmp_path)

    assert len(others) == 6
    assert "earned 90" in out
    assert "Proven." in out
    assert "PASS nothing was found" in out


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("results-2013.csv.gz", "code_module,id\n", "row 1: no column code_pres"),
        ("courses.csv", COURSES.replace("268", "long"), "row 2: column module_pres"),
        ("courses.csv", COURSES + "AAA,2013J,1\n", "row 4: the same as row 2"),
        ("results-2013.csv.gz", RESULTS.replace("Fail", "?"), "row 5: column final"),
        ("results-2013.csv.gz", RESULTS.replace("30268", ""), "row 5: column id_stu"),
        (
            "results-2013.csv.gz",
            RESULTS.replace("EEE,2013B,30268", "ZZZ,2013B,1"),
            "row 5: no credits are known for module ZZZ",
        ),
        (
            "results-2013.csv.gz",
            RESULTS.replace("EEE,2013B,30268", "EEE,2013J,1"),
            "row 5: EEE 2013J is not in courses.csv",
        ),
        ("results-2013.csv.gz", RESULTS + "AAA,2013J\n", "row 6: no column id_stu"),
        (
            "results-2013.csv.gz",
            RESULTS.replace("Pass", "Fail").replace("Distinction", "Fail"),
            "nobody passed anything",
        ),
        (
            "assessment-scores-2013.csv.gz",
            ASSESSMENTS.replace(",78", ",NaN"),
            "row 2: column score",
        ),
        (
            "assessment-scores-2013.csv.gz",
            ASSESSMENTS.replace(",18,", ",soon,"),
            "row 2: column date_submitted",
        ),
    ],
)
def test_a_faulty_file_is_named_with_its_row(
    data: Path, name: str, text: str, said: str
) -> None:
    """Nothing is founded: exit code 3."""
    if name.endswith(".gz"):
        compress(data / name, text)
    else:
        (data / name).write_text(text)

    ran = run_command(
        *("demo", "--data", data, "--assessments", "--keep", data.parent / "kept")
    )

    assert (ran.code, ran.out) == (3, "")
    assert f"{name}" in ran.err
    assert said in ran.err
    assert not (data.parent / "kept").exists()


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(RESULTS.encode())[:-9], gzip.compress(b"\xff\xfe")],
    ids=["not-compressed", "cut-off", "not-utf-8"],
)
def test_a_damaged_file_is_named(data: Path, content: bytes) -> None:
    """And a folder without files too."""
    (data / "results-2013.csv.gz").write_bytes(content)

    damaged = run_command("demo", "--data", data)
    absent = run_command("demo", "--data", data.parent)

    assert (damaged.code, absent.code) == (3, 3)
    assert "results-2013.csv.gz" in damaged.err
    assert "courses.csv: No such file" in absent.err
