"""Every fault of a file is found in one go, with its row, and nothing is sent."""

import httpx2
import pytest

from client.bank import Bank as RemoteBank
from client.imports.columns import Column, Wording
from client.imports.faults import FileFaultsError
from client.imports.order import FileChangedError, Order
from client.imports.run import Import
from client.learners import LearnerBook
from tests.bank import SCHOOL, Bank
from tests.unit.client.conftest import HEADER, TODAY, Desk, Run, Write, rows
from tests.unit.client.simulator import Face

REFERENCE = "成绩编号 (reference)"
ASSESSED_ON = "考核日期 (assessed_on)"
CREDITS = "学分 (credits)"

FAULTY = {
    "missing-column": ("学号,课程代码,学分\n1,WELD-1,3\n", [(1, "")]),
    "repeated-column": (HEADER + ",学号\n", [(1, "学号")]),
    "one-column": (HEADER.replace(",", ";") + "\n1;2\n", [(1, "")]),
    "empty-file": ("", [(0, "")]),
    "no-rows": (HEADER + "\n\n,,,,,,\n", [(0, "")]),
    "row-too-short": (rows(1) + "1,2\n", [(3, "")]),
    "row-too-long": (rows(1) + "1,2,3,4,5,6,7,8\n", [(3, "")]),
    "broken-csv": (rows(1) + '"1,2,3,4,5,6,7\n', [(3, "")]),
    "too-long": (
        rows(1).replace("R-1,", "R" * 2001 + ","),
        [(2, REFERENCE)],
    ),
    "control-character": (
        rows(1).replace("R-1", "R\a1"),
        [(2, REFERENCE)],
    ),
    "empty-cell": (rows(2).replace("R-2", " "), [(3, REFERENCE)]),
    "not-a-date": (
        rows(1).replace("2026-06-02", "soon"),
        [(2, ASSESSED_ON)],
    ),
    "ambiguous-date": (
        rows(1).replace("2026-06-02", "6/2/2026"),
        [(2, ASSESSED_ON)],
    ),
    "not-an-amount": (rows(1).replace(",3,", ",3.1234,"), [(2, CREDITS)]),
    "not-an-achievement": (
        rows(1).replace("WELD-1", "焊接"),
        [(2, "课程代码 (achievement)")],
    ),
    "learner-missing": (rows(1).replace("2026001,", ","), [(2, "")]),
    "duplicate-row": (rows(3) + rows(1).partition("\n")[2], [(5, "")]),
    "duplicate-row-of-a-faulty-one": (
        rows(1).replace(",3,", ",x,") + rows(1).partition("\n")[2],
        [(3, "")],
    ),
    "amount-missing": (rows(1).replace(",3,", ",,"), [(2, CREDITS)]),
    "date-in-future": (
        rows(1).replace("2026-06-02", "2026-09-02"),
        [(2, ASSESSED_ON)],
    ),
    "unknown-achievement": (
        rows(1).replace("WELD-1", "WELD-9"),
        [(2, "课程代码 (achievement)")],
    ),
    "credits-above-achievement": (
        rows(1).replace(",3,", ",4,"),
        [(2, CREDITS)],
    ),
}


@pytest.mark.parametrize("code", FAULTY)
def test_a_faulty_file_is_refused_with_row_and_column(
    code: str, face: Face, write: Write, run: Run
) -> None:
    """Nothing of it is sent, and nobody gets a pseudonym."""
    text, places = FAULTY[code]
    code = code.removesuffix("-of-a-faulty-one")
    path = write(text)

    with pytest.raises(FileFaultsError) as caught:
        run(path)

    found = [(f.row, f.column) for f in caught.value.faults.kept if f.code == code]
    assert found == places
    assert face.posted == []
    assert path.with_name("learners.jsonl").read_bytes() == b""


EXTRA = {
    "not-a-choice": ("是否通过", "也许"),
    "not-passed-with-credits": ("是否通过", "否"),
    "calendar-missing": ("学期", "2026-1"),
    "framework-missing": ("等级", "5"),
    "certificate-not-disclosed": ("证书编号", "NO-1"),
    "attested-without-verification": ("存入依据", "外部证书"),
    "not-a-number": ("修订号", "eins"),
    "date-order": ("有效期至", "2020-01-01"),
    "not-a-learner-id": ("学分账户号", "张三"),
    "invalid-value": ("修订号", "1000"),
    "empty-cell": ("核验来源", "查询网"),
    "empty-cell-passed": ("是否通过", ""),
}


@pytest.mark.parametrize("code", EXTRA)
def test_a_faulty_cell_of_an_optional_column_is_named(
    code: str, face: Face, write: Write, run: Run
) -> None:
    """The same for what not every file has."""
    name, value = EXTRA[code]
    code = code.removesuffix("-passed")
    text = rows(1).replace(",成绩\n", f",成绩,{name}\n").rstrip("\n") + f",{value}\n"

    with pytest.raises(FileFaultsError) as caught:
        run(write(text))

    assert code in [fault.code for fault in caught.value.faults.kept]
    assert {fault.row for fault in caught.value.faults.kept} == {2}
    assert face.posted == []


def test_a_retired_achievement_is_named(
    bank: Bank, face: Face, write: Write, run: Run
) -> None:
    """The catalogue says so before anything is sent."""
    retired = {"achievement": f"{SCHOOL}/WELD-1@1"}
    bank.post(SCHOOL, "achievement.retired.v1", body=retired)

    with pytest.raises(FileFaultsError) as caught:
        run(write(rows(1)))

    assert [f.code for f in caught.value.faults.kept] == ["achievement-retired"]
    assert face.posted == []


def test_a_verification_in_the_future_is_named(write: Write, run: Run) -> None:
    """The ledger would refuse it; the file is to be mended before anything is sent."""
    more = "证书类别,证书编号,核验方式,核验来源,核验日期"
    text = rows(1).replace(",成绩\n", f",成绩,{more}\n").rstrip("\n")
    path = write(f"{text},1+X,NO-1,官网查询,查询网,2199-01-01\n")

    with pytest.raises(FileFaultsError) as caught:
        run(path)

    (fault,) = caught.value.faults.kept
    assert (fault.row, fault.code) == (2, "date-in-future")
    assert fault.column == "核验日期 (verified_on)"


def test_all_faults_are_found_in_one_go(write: Write, run: Run) -> None:
    """Not only the first, and several in one row."""
    text = rows(3).replace("R-2", "").replace("2026-06-03", "x").replace("R-3", "")

    with pytest.raises(FileFaultsError) as caught:
        run(write(text))

    assert [fault.row for fault in caught.value.faults.kept] == [3, 3, 4]


def test_personal_numbers_are_not_repeated_in_messages(write: Write, run: Run) -> None:
    """A fault names row and column; the student is not in it."""
    text = rows(1).replace("2026-06-02", "bad")

    with pytest.raises(FileFaultsError) as caught:
        run(write(text))

    message = "".join(map(str, caught.value.faults.kept))
    assert not any(word in message for word in ("学生1", "2026001"))


def test_one_student_cannot_have_two_accounts(write: Write, run: Run) -> None:
    """The file may name the account, but not change it."""
    accounts = ["learner_" + sign * 32 for sign in "ab"]
    lines = [f"1,{account},R-{n},WELD-1,3" for n, account in enumerate(accounts)]
    text = "\n".join(["学号,学分账户号,成绩编号,课程代码,学分", *lines, ""])

    with pytest.raises(FileFaultsError) as caught:
        run(write(text))

    assert [(f.row, f.code) for f in caught.value.faults.kept] == [(3, "other-learner")]


def test_a_mapped_column_must_be_there(write: Write, run: Run) -> None:
    """A misspelt option is not passed over."""
    wording = Wording(names={Column.SCORE: "分"})

    with pytest.raises(FileFaultsError) as caught:
        run(write(rows(1)), wording=wording)

    assert [fault.code for fault in caught.value.faults.kept] == ["mapped-column"]


def test_a_wrong_encoding_given_by_hand_is_named(write: Write, run: Run) -> None:
    """It is an error of the file, with its row."""
    with pytest.raises(FileFaultsError) as caught:
        run(write(rows(1), "gb18030"), encoding="utf-8")

    assert caught.value.faults.kept[0].code == "unknown-encoding"


def test_a_dry_run_checks_all_and_sends_nothing(
    face: Face, write: Write, remote: RemoteBank, desk: Desk, book: LearnerBook
) -> None:
    """With a bank at hand its catalogue is asked; without one the rest is checked."""
    order = Order(path=write(rows(3).replace("WELD-1", "WELD-9")), today=TODAY)
    job = Import(order=order, secret=desk.secret, book=book)

    assert job.check().rows == 3
    with pytest.raises(FileFaultsError):
        Import(order=order, secret=desk.secret, book=book).check(bank=remote)
    assert face.posted == []
    assert not order.path.with_name("grades.csv.import").exists()


def test_a_file_that_changes_meanwhile_stops_the_import(
    face: Face, write: Write, run: Run
) -> None:
    """What was checked is what is sent."""

    def change(_: httpx2.Request) -> None:
        write(rows(3).replace("R-2", "R-9"))

    face.after.append(change)

    with pytest.raises(FileChangedError):
        run(write(rows(3)))

    assert run(write(rows(3))).posted == 3
