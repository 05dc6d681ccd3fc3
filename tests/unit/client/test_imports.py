"""An import is all right or not sent, and twice the same as once."""

import shutil
from pathlib import Path

import pytest

from client.bank import Bank as RemoteBank
from client.errors import BankRefusedError, BankUnavailableError
from client.imports.columns import Column, Wording
from client.learners import LearnerBook
from ledger.domain.state import LotRecord
from tests.bank import LEARNER, SCHOOL, Bank, achievement
from tests.unit.client.conftest import Desk, Run, Write, rows
from tests.unit.client.simulator import Face, lose


def lots(bank: Bank) -> dict[str, LotRecord]:
    """Return the awards of the ledger by id."""
    found = bank.store.scan("lots")
    return {lot.award_id: lot for lot in found if isinstance(lot, LotRecord)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_imported_whatever_its_encoding(
    encoding: str, bank: Bank, write: Write, run: Run
) -> None:
    """Accounts are opened, awards posted, names and scores go to the vault only."""
    summary = run(write(rows(3), encoding))

    assert (summary.rows, summary.posted, summary.accounts_opened) == (3, 3, 3)
    assert bank.check_log().awards == 3
    vault = {
        (one.name, one.value) for kept in bank.vault.kept for one in kept.disclosures
    }
    assert {("name", "学生1"), ("student_number", "2026001"), ("score", "61")} <= vault
    log = b"".join(bank.raw_entries())
    assert not any(secret in log for secret in (b"2026001", "学生".encode(), b'"R-1"'))


def test_running_twice_gives_the_same_ledger(
    bank: Bank, write: Write, run: Run
) -> None:
    """The second run finds all of it done, and sends nothing."""
    path = write(rows(5))
    run(path)
    before = list(bank.raw_entries())

    again = run(path)

    assert (again.posted, again.known, again.batches) == (0, 5, 0)
    assert list(bank.raw_entries()) == before


def test_more_rows_in_the_same_file_are_added(
    bank: Bank, write: Write, run: Run
) -> None:
    """Only what is new is posted."""
    run(write(rows(3)))

    again = run(write(rows(5)))

    assert (again.posted, again.known, again.accounts_opened) == (2, 3, 2)
    assert bank.check_log().awards == 5


def test_without_its_journal_an_import_still_posts_nothing_twice(
    bank: Bank, write: Write, run: Run
) -> None:
    """The bank names what it holds, and the rest is signed again."""
    run(write(rows(3)))
    shutil.rmtree(write(rows(5)).with_name("grades.csv.import"))

    again = run(write(rows(5)))

    assert (again.posted, again.known, again.refused.count) == (2, 3, 0)
    assert bank.check_log().awards == 5


def test_without_the_marks_of_open_accounts_none_is_opened_twice(
    bank: Bank, write: Write, run: Run, tmp_path: Path
) -> None:
    """A list restored from an older backup is enough."""
    run(write(rows(3)))
    book = tmp_path / "learners.jsonl"
    kept = [line for line in book.read_text().splitlines() if "open" not in line]
    book.write_text("\n".join([*kept, ""]))
    shutil.rmtree(tmp_path / "grades.csv.import")

    again = run(write(rows(4)))

    assert (again.accounts_opened, again.posted, again.known) == (1, 1, 3)
    assert bank.check_log().awards == 4


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2], ids=["accounts", "awards"])
def test_an_import_that_lost_the_bank_is_resumed_with_the_same_bytes(
    when: str, nth: int, face: Face, write: Write, run: Run
) -> None:
    """Whether the batch arrived or not: the journal's bytes are sent again."""
    getattr(face, when).extend([None] * (nth - 1) + [lose] * 4)
    path = write(rows(3))
    with pytest.raises(BankUnavailableError):
        run(path)
    sent = list(face.posted)

    again = run(path)

    journal = sorted((path.parent / "grades.csv.import").rglob("*.batch"))
    assert len(journal) == 2
    assert journal[nth - 1].read_bytes() in face.posted[len(sent) :]
    assert again.replayed == int(when == "after")
    assert again.rows == again.posted + again.known == 3
    assert face.bank.check_log().awards == 3


def test_a_batch_that_expired_unsent_is_signed_again(
    face: Face, write: Write, run: Run
) -> None:
    """After days the bank no longer takes the old signature; the rows still come in."""
    face.before.extend([lose] * 4)
    path = write(rows(3))
    with pytest.raises(BankUnavailableError):
        run(path)
    face.bank.clock.step(3 * 24 * 3600)

    again = run(path)

    assert (again.posted, again.accounts_opened) == (3, 3)
    assert face.bank.check_log().awards == 3


def test_rows_that_the_bank_refuses_are_named_and_the_rest_is_posted(
    bank: Bank, write: Write, run: Run, desk: Desk, remote: RemoteBank
) -> None:
    """A reference used before with other content; its row number comes back."""
    path = write(rows(4))
    with LearnerBook(path.with_name("learners.jsonl")) as book:
        learner = book.assign("2026003")
        book.save()
    opened = {"learner_id": learner, "mode": "provisional"}
    bank.post(SCHOOL, "account.opened.v1", body=opened)
    result = desk.content("R-3", assessed_on="2020-01-01")
    remote.post(desk.factory.sign(result))

    summary = run(path)

    assert [(f.row, f.code) for f in summary.refused.kept] == [
        (4, "reference-conflict")
    ]
    assert (summary.posted, summary.known, summary.accounts_opened) == (3, 0, 3)
    assert bank.check_log().awards == 4


def test_a_refusal_of_the_whole_member_stops_the_import(
    bank: Bank, write: Write, run: Run
) -> None:
    """And after it is lifted the import goes on."""
    path = write(rows(2))
    reason = {"member_id": SCHOOL, "reason_code": "investigation"}
    bank.post("operator", "member.suspended.v1", body=reason)

    with pytest.raises(BankRefusedError, match="member-suspended"):
        run(path)
    bank.post("operator", "member.reinstated.v1", body=reason)

    assert run(path).posted == 2


def test_learners_may_be_named_by_their_accounts(
    bank: Bank, write: Write, run: Run
) -> None:
    """An account that exists already is not opened again."""
    path = write(f"learner_id,reference,achievement,credits\n{LEARNER},R-1,WELD-1,3\n")

    summary = run(path)

    assert (summary.posted, summary.accounts_opened) == (1, 0)
    assert bank.check_log().awards == 1


FULL = (
    "学号,成绩编号,课程代码,学分,学时,学时单位,是否通过,学习开始日期,学习结束日期,"
    "考核日期,有效期至,考试性质,等级标准,等级,成绩,等第,佐证摘要,证书类别,证书编号,"
    "核验方式,核验来源,核验日期,备注\n"
    "7,R-7,CERT@1,8.0,32,小时,是,2026/1/5,20260601,2026年6月1日,2030-01-01,补考,"
    'rs,5,=1+1,@SUM(A1),"+49, -1",X,NO-1,官网查询,查询网,2026-06-02,不导入\n'
)


def test_everything_a_row_may_say_arrives(bank: Bank, write: Write, run: Run) -> None:
    """Dates, level, workload, attempt, certificate; formulas stay text."""
    bank.post(
        "operator",
        "framework.published.v1",
        body={
            "code": "rs",
            "version": 1,
            "title": "技能等级",
            "levels": [{"code": "5", "rank": 1, "name": "初级工"}],
        },
    )
    body = achievement(
        code="CERT", awarding_body={"name": "评价机构", "scheme": "X"}, credits="8"
    )
    bank.post(SCHOOL, "achievement.published.v1", body=body)
    summary = run(write(FULL))

    assert summary.ignored_columns == ("备注",)
    (lot,) = lots(bank).values()
    assert (lot.awarded_milli, lot.basis, lot.learned_from, lot.learned_to) == (
        8000,
        "attested",
        "2026-01-05",
        "2026-06-01",
    )
    assert (lot.level and lot.level.code, lot.workload and lot.workload.unit) == (
        "5",
        "hour",
    )
    disclosed = {d.name: d.value for kept in bank.vault.kept for d in kept.disclosures}
    assert (disclosed["score"], disclosed["grade"]) == ("=1+1", "@SUM(A1)")
    assert disclosed["evidence"] == "+49, -1"
    assert disclosed["certificate"] == {"scheme": "X", "number": "NO-1"}


def test_a_revision_replaces_the_award_before_it(
    bank: Bank, write: Write, run: Run
) -> None:
    """After the first was revoked; the id of what it replaces is worked out here."""
    run(write(rows(1)))
    (first,) = lots(bank)
    revoked = {
        "award_id": first,
        "credits": "3",
        "class": "corrected",
        "reason_code": "amount_corrected",
    }
    bank.post(SCHOOL, "credit.revoked.v1", body=revoked)
    text = rows(1).replace(",成绩\n", ",成绩,修订号\n").replace(",3,", ",2,")

    summary = run(write(text.rstrip("\n") + ",1\n"))

    assert summary.posted == 1
    assert sorted(lot.awarded_milli for lot in lots(bank).values()) == [2000, 3000]


def test_a_files_own_words_are_mapped(bank: Bank, write: Write, run: Run) -> None:
    """``--map`` wins over a column of ours, ``--default`` fills one that is absent."""
    text = "student_number,流水,reference,credits\n1,A-1,not this,3\n"
    wording = Wording(
        names={Column.REFERENCE: "流水"}, defaults={Column.ACHIEVEMENT: "WELD-1"}
    )

    summary = run(write(text), wording=wording)

    assert (summary.posted, summary.ignored_columns) == (1, ("reference",))
    disclosed = {d.name: d.value for kept in bank.vault.kept for d in kept.disclosures}
    assert disclosed["reference"] == "A-1"


def test_an_account_that_cannot_be_opened_is_the_rows_fault(
    write: Write, run: Run
) -> None:
    """A collective account needs a mandate: every row of its learner says so."""
    summary = run(write(rows(2)), mode="collective")

    assert [(f.row, f.code) for f in summary.refused.kept] == [
        (2, "mandate-missing"),
        (3, "mandate-missing"),
    ]
    assert (summary.posted, summary.known) == (0, 0)
