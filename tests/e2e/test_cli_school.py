"""The whole thread by command: found, serve, admit, import, ask, prove, audit."""

import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.e2e.cli_machine import DEADLINE_SECONDS, SCHOOL, Machine, founded

HEADER = "学号,姓名,成绩编号,课程代码,学分,考核日期,成绩"


def rows(count: int) -> str:
    """Return an import file."""
    lines = [f"S{n},生{n},R-{n},WELD-1,3,2026/6/1,{60 + n % 40}" for n in range(count)]
    return "\n".join([HEADER, *lines, ""])


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Found and serve a bank, and admit a school with one course."""
    with founded(tmp_path) as made:
        new = ("keys", "new", SCHOOL, "--keys", made.school, "--ledger", made.ledger)
        made.admit(made.run(*new))
        course: dict[str, object] = {
            "code": "WELD-1",
            "version": 1,
            "title": "焊接",
            "kind": "course",
        }
        course["credits"] = "3"
        made.post(made.school, "achievement.published.v1", body=course)
        yield made


def test_a_school_goes_from_a_file_to_a_proof(machine: Machine) -> None:
    """Every answer agrees, and the audit trusts nothing but the ledger's name."""
    file = machine.folder / "grades.csv"
    file.write_bytes(rows(1200).encode("gb18030"))
    school = ("--keys", machine.school)

    dry = machine.show("import", file, *school, "--dry-run")
    first = machine.show("import", file, *school)
    again = machine.show("import", file, *school)
    award = machine.run(
        *("award", "--student", "S7", "--achievement", "WELD-1"),
        *("--reference", "R-extra", "--credits", "2.5", *school),
    ).strip()
    balance = machine.show("balance", "S7", *school)
    trail = machine.show("trail", "S7", *school)
    proof = machine.show("prove", award, "--out", machine.folder / "proof.json")

    assert (dry["rows"], dry["encoding"]) == (1200, "gb18030")
    assert (first["posted"], first["accounts_opened"]) == (1200, 1200)
    assert (again["posted"], again["known"]) == (0, 1200)
    assert balance["earned"] == "5.5"
    events = trail["events"]
    assert isinstance(events, list)
    assert [event["type"] for event in events] == [
        "account.opened.v1",
        "credit.awarded.v1",
        "credit.awarded.v1",
    ]
    assert proof["verified"] is True
    machine.check_log(awards=1201)


def test_a_faulty_file_is_refused_with_its_rows(machine: Machine) -> None:
    """Exit code 3; the rows on stderr and, as JSON, on stdout."""
    file = machine.folder / "grades.csv"
    file.write_text(rows(5).replace("2026/6/1", "6/1/2026", 2) + "S0,,R-0,WELD-1,3,,\n")

    process = machine.start("import", file, "--keys", machine.school, "--json")
    out, err = process.communicate()

    assert process.returncode == 3
    assert [e["row"] for e in orjson.loads(out)["errors"]] == [2, 3, 7]
    assert "row 7: the same reference is in row 2 already" in err
    machine.check_log(awards=0)


def test_killing_client_and_server_in_the_middle_loses_nothing(
    machine: Machine,
) -> None:
    """Whoever dies and when: the import run again ends in the same ledger."""
    file = machine.folder / "grades.csv"
    file.write_text(rows(2100))
    journal = machine.folder / "grades.csv.import"

    for batches, victim in ((2, "client"), (5, "server")):
        process = machine.start("import", file, "--keys", machine.school)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(list(journal.rglob("*.batch"))) < batches:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        if victim == "server":
            machine.kill_server()
        process.kill()
        process.communicate()
    machine.serve()
    last = machine.show("import", file, "--keys", machine.school)

    posted, known = last["posted"], last["known"]
    assert isinstance(posted, int)
    assert isinstance(known, int)
    assert posted + known == 2100
    machine.check_log(awards=2100)


def test_an_import_goes_on_when_the_bank_is_killed_and_comes_back(
    machine: Machine,
) -> None:
    """The client waits for it; the ledger holds what it would hold without the kill."""
    file = machine.folder / "grades.csv"
    file.write_text(rows(2100))
    journal = machine.folder / "grades.csv.import"

    process = machine.start("import", file, "--keys", machine.school, "--json")
    deadline = time.monotonic() + DEADLINE_SECONDS
    while len(list(journal.rglob("*.batch"))) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    machine.kill_server()
    machine.serve()
    out, err = process.communicate()

    assert process.returncode == 0, err
    summary = orjson.loads(out)
    assert (summary["posted"] + summary["known"], summary["refused"]) == (2100, 0)
    again = machine.show("import", file, "--keys", machine.school)
    assert (again["posted"], again["known"]) == (0, 2100)
    machine.check_log(awards=2100)


def test_without_a_bank_the_command_says_so(machine: Machine) -> None:
    """Exit code 4: nothing could be checked."""
    machine.kill_server()
    learner = "learner_" + "0" * 32
    other = machine.start("balance", learner, "--attempts", "1")
    _, err = other.communicate()

    assert other.returncode == 4
    assert "nothing counts twice" in err
