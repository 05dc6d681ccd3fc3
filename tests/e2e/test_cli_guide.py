"""The guides are right: every block in them runs, in its order."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from client.bank import Bank
from client.keyfolder import KeyFolder
from tests.databases import Server
from tests.e2e.cli_machine import SCHOOL, Machine, founded
from tests.e2e.cli_shell import blocks, play
from tests.e2e.ports import free_port

GUIDES = Path(__file__).parents[2] / "docs" / "guide"
ADMISSION = "<!-- The operator admits cqvtc here. -->"
PORT = "8000"
ERASED = "learner_" + "0" * 31 + "1"
COURSE = {"code": "WELD-1", "version": 1, "title": "焊接", "kind": "course"}
ROWS = "学号,姓名,成绩编号,课程代码,学分,考核日期\nS1,张三,R-1,WELD-1,3,2026-06-01\n"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Found and serve a bank."""
    with founded(tmp_path) as made:
        yield made


def guide(name: str) -> str:
    """Return the text of a guide."""
    return (GUIDES / f"{name}.md").read_text()


def given(machine: Machine) -> dict[str, str]:
    """Return what a reader was told by the consortium's office."""
    url = f"http://127.0.0.1:{machine.port}"
    return {"BANK_ADDRESS": url, "LEDGER_NAME": machine.ledger}


def test_the_schools_guide_runs(machine: Machine) -> None:
    """Shell blocks in one shell, with the admission in between; then the Python."""
    before, found, after = guide("school").partition(ADMISSION)
    assert found
    first, settings = blocks(before, "sh"), given(machine)

    play(first, machine.folder, settings=settings)
    machine.admit((machine.folder / "declaration.json").read_text())
    exports = "\n".join(line for line in first.splitlines() if "export" in line)
    out = play(f"{exports}\n{blocks(after, 'sh')}", machine.folder, settings=settings)

    assert "2 rows: 2 posted, 0 there before" in out
    assert "2 rows: 0 posted, 2 there before" in out
    assert (machine.folder / "proof.json").exists()
    with KeyFolder(machine.folder / "keys").learners(SCHOOL) as book:
        learner = book.find("20260001")
    assert learner is not None
    url = settings["BANK_ADDRESS"]
    names = {"url": url, "ledger": machine.ledger, "learner_id": learner}
    told = "\n".join(f"{name} = {text!r}" for name, text in names.items())
    code = blocks(after, "python")
    play(f"python - <<'END'\n{told}\n{code}\nEND", machine.folder)
    with Bank(url, ledger=machine.ledger) as bank:
        assert bank.balance(learner).earned == "10.5"
    machine.check_log(awards=5)


def test_the_guide_to_rules_and_exchanges_runs(machine: Machine) -> None:
    """A school and a company agree, and a learner's internship counts."""
    learner = prepare(machine)
    settings = given(machine)

    out = play(blocks(guide("recognition"), "sh"), machine.folder, settings=settings)

    assert "score at least 70 on 100" in out
    assert "agreed by all" in out
    assert "sent back to be completed" in out
    assert "gives course credit 6 → cqvtc/NEV PRACTICE" in out
    with Bank(settings["BANK_ADDRESS"], ledger=machine.ledger) as bank:
        balance = bank.balance(learner)
    assert (balance.earned, balance.recognised_at[0].credits) == ("9", "6")
    counted = {
        one.requirement: one.counted for one in balance.usable_for[0].requirements
    }
    assert counted == {"CORE": "0", "PRACTICE": "6"}
    compared = play(
        blocks(guide("reconciliation"), "sh"),
        machine.folder,
        settings={
            "SKILLBANK_URL": settings["BANK_ADDRESS"],
            "SKILLBANK_LEDGER": machine.ledger,
            "SKILLBANK_STAFF": "r7",
            "OPERATOR_KEYS": str(machine.bank / "keys" / "members"),
            "OPERATOR": "operator",
        },
    )
    assert "All 0 rows agree" in compared
    machine.check_log(awards=2)


def prepare(machine: Machine) -> str:
    """Admit a school and a company, each with a result of one learner; return it."""
    keys = machine.school.with_name("keys")
    for member, kind in ((SCHOOL, "school"), ("pandong", "enterprise")):
        new = ("keys", "new", member, "--keys", keys, "--ledger", machine.ledger)
        (machine.folder / "declared.json").write_text(machine.run(*new))
        machine.run(
            *("admit", machine.folder / "declared.json", "--kind", kind),
            *("--name", member, "--keys", machine.bank / "keys" / "members"),
        )
    year = {"code": "2026", "starts_on": "2026-09-01", "ends_on": "2027-08-31"}
    calendar = {"code": "calendar", "version": 1, "title": "校历", "years": [year]}
    calendar |= {"workdays": {"weekdays": [1, 2, 3, 4, 5]}}
    course = {**COURSE, "code": "NEV-101", "credits": "3"}
    practice = {**COURSE, "code": "PX-01", "kind": "internship", "credits": "6"}
    said = (
        (SCHOOL, "calendar.published.v1", calendar),
        (SCHOOL, "achievement.published.v1", course),
        ("pandong", "achievement.published.v1", practice),
    )
    for member, type_name, body in said:
        machine.post(keys, type_name, body=body, member=member)
    form, signed = machine.folder / "form.txt", machine.folder / "signed.json"
    form.write_text("委托书")
    machine.run("mandate", "seal", form, "--notice", "2026-1", "--out", signed)
    opened = ("--mode", "self", "--mandate", signed)
    own = ("--assessed-on", "2026-06-30", "--keys", keys)
    machine.run(
        *("award", "--student", "20260001", "--achievement", "NEV-101"),
        *("--reference", "N-1", "--credits", "3", "--member", SCHOOL, *opened, *own),
    )
    with KeyFolder(keys).learners(SCHOOL) as book:
        learner = book.find("20260001") or ""
    machine.run(
        *("award", "--learner", learner, "--achievement", "PX-01", "--score", "88"),
        *("--reference", "PX-2026-0001", "--credits", "6", "--member", "pandong"),
        *own,
    )
    return learner


def test_the_learners_and_the_auditors_guides_run(machine: Machine) -> None:
    """One after the other, on a bank where a school posted one result."""
    new = ("keys", "new", SCHOOL, "--keys", machine.school, "--ledger", machine.ledger)
    machine.admit(machine.run(*new))
    course = {**COURSE, "credits": "3"}
    machine.post(machine.school, "achievement.published.v1", body=course)
    (machine.folder / "grades.csv").write_text(ROWS)
    machine.run("import", machine.folder / "grades.csv", "--keys", machine.school)
    with KeyFolder(machine.school).learners(SCHOOL) as book:
        settings = {**given(machine), "LEARNER": book.find("S1") or ""}

    learner = play(blocks(guide("learner"), "sh"), machine.folder, settings=settings)
    (award,) = set(re.findall(r"award_[0-9a-f-]{36}", learner))
    auditor = play(
        blocks(guide("auditor"), "sh"),
        machine.folder,
        settings=settings | {"AWARD": award},
    )

    assert "3 credits, active" in learner
    assert "Proven." in learner
    assert "PASS nothing was found" in auditor
    assert (machine.folder / "checkpoint-of-today.txt").read_text().startswith("bank")


def test_the_operators_guide_runs(tmp_path: Path, postgres_server: Server) -> None:
    """Found, serve, admit, back up, restore; and the same on PostgreSQL."""
    script = blocks(guide("operator"), "sh").replace(PORT, str(free_port()))

    with ExitStack() as opened:
        settings = {
            f"{name.upper()}_DATABASE": opened.enter_context(
                postgres_server.lent(f"guide_{name}")
            )
            for name in ("ledger", "projections", "vault")
        }
        out = play(script, tmp_path, settings=settings)

    assert "cqvtc is a member since position 1" in out
    assert out.count("PASS nothing was found") == 3
    assert "The bank had it already" in out
    assert "entries are saved in backup" in out
    assert "The bank signs, from position" in out
    assert "the operator confirmed the clock" in out
    assert f"{ERASED} is erased." in out
    assert "until 2056-07-01: nothing was erased" in out
    assert "writer's tables were made anew" in out
    assert not (tmp_path / "pg" / "ledger.db").exists()


def test_the_witnesses_guide_runs(machine: Machine) -> None:
    """A key, a witness of a bank that is running, and nothing to show."""
    asked = "skillbank witness evidence"
    script = blocks(guide("witness"), "sh").replace("8100", str(free_port()))
    script = script.replace(
        asked, f"until {asked} --state witness.db; do :; done\n{asked}"
    )

    out = play(script, machine.folder, settings=given(machine))

    assert "witness.north.example+" in out


def test_every_guide_is_run_or_is_the_demos() -> None:
    """A new guide is added to a test, or this one fails."""
    names = {path.stem for path in GUIDES.glob("*.md")}

    assert names == {
        "auditor",
        "demo",
        "learner",
        "operator",
        "recognition",
        "reconciliation",
        "school",
        "witness",
    }
