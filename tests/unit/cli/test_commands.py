"""Each command does one thing, and its exit code says what came of it."""

from pathlib import Path

import orjson
import pytest

from ledger.integrity.declarations import verify_declaration
from ledger.integrity.keys import SigningKey
from tests.bank import LEARNER, SCHOOL, Bank
from tests.unit.cli.conftest import Run
from tests.unit.client.simulator import Face, lose, problem, reply

AWARD = ("award", "--achievement", "WELD-1", "--reference", "R-1", "--credits", "3")


def secret_parts(folder: Path) -> list[str]:
    """Return every secret in a folder of keys."""
    documents = [orjson.loads(path.read_bytes()) for path in folder.rglob("*.json")]
    return [d["jwk"]["d"] if "jwk" in d else d["secret"] for d in documents]


def test_a_key_is_made_shown_and_declared_but_never_printed(
    tmp_path: Path, run: Run
) -> None:
    """Only its public part and the proof of possession leave the file."""
    keys = tmp_path / "keys"
    made = run("keys", "new", "cqvtc", "--keys", keys, "--json")
    shown = run("keys", "show", "--keys", keys)
    declared = run("keys", "show", "--keys", keys, "--ledger", "x#y")

    key = SigningKey.from_json((keys / "cqvtc.json").read_bytes())
    assert orjson.loads(made.out)["keys"][0]["kid"] == key.kid
    assert key.kid in shown.out
    (one,) = orjson.loads(declared.out)["keys"]
    verify_declaration(one, member_id="cqvtc", audience="x#y")
    (secret,) = secret_parts(keys)
    for ran in (made, shown, declared):
        assert ran.code == 0
        assert secret not in ran.out + ran.err


def test_a_key_is_not_overwritten(tmp_path: Path, run: Run) -> None:
    """The second time asks for another name."""
    run("keys", "new", "cqvtc", "--keys", tmp_path)

    again = run("keys", "new", "cqvtc", "--keys", tmp_path)
    other = run("keys", "new", "cqvtc", "--keys", tmp_path, "--name", "cqvtc-2")

    assert (again.code, other.code) == (3, 0)
    assert "--name" in again.err
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_a_loose_key_file_is_warned_about(machine: Path, run: Run) -> None:
    """On stderr, and the command goes on."""
    (machine / "keys" / f"{SCHOOL}.json").chmod(0o644)

    ran = run("keys", "show")

    assert ran.code == 0
    assert "chmod 600" in ran.err


def test_a_statement_is_signed_and_posted(machine: Path, bank: Bank, run: Run) -> None:
    """Two steps, so that the key may be on another machine than the network."""
    draft = {
        "type": "achievement.published.v1",
        "body": {
            "code": "A",
            "version": 1,
            "title": "甲",
            "kind": "course",
            "credits": "1",
        },
    }
    (machine / "a.json").write_bytes(orjson.dumps(draft))

    signed = run("sign", machine / "a.json", "--out", machine / "a.jws")
    posted = run("post", machine / "a.jws", "--json", "--receipts", machine / "r")
    again = run("post", machine / "a.jws", "--json")

    assert (signed.code, posted.code, again.code) == (0, 0, 0)
    assert orjson.loads(posted.out)["receipt"]["position"] == 4
    assert orjson.loads(again.out)["replayed"]
    assert len(list((machine / "r").iterdir())) == 1
    bank.check_log()


def test_lines_become_a_batch(machine: Path, bank: Bank, run: Run) -> None:
    """A file of several statements is signed once; disclosures go along."""
    drafts = [
        {
            "type": "account.opened.v1",
            "body": {"learner_id": f"learner_{n:032x}", "mode": "provisional"},
            "disclose": {"name": "甲"},
        }
        for n in (7, 8)
    ]
    (machine / "a.jsonl").write_bytes(b"\n".join(map(orjson.dumps, drafts)))

    signed = run("sign", machine / "a.jsonl")
    (machine / "a.batch").write_text(signed.out)
    posted = run("post", machine / "a.batch")

    assert posted.out == "2 statements from position 5\n"
    assert len(bank.vault.kept) == 2
    bank.check_log()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"type":"x"}', b'{"type":"x","type":"x","body":{}}', b"\xff"],
    ids=["empty", "list", "no-body", "twice", "binary"],
)
def test_what_cannot_be_signed_is_refused(
    machine: Path, run: Run, content: bytes
) -> None:
    """With code 3 and a word about why."""
    (machine / "a.json").write_bytes(content)

    ran = run("sign", machine / "a.json")

    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("error:")


def test_what_cannot_be_posted_is_refused(machine: Path, face: Face, run: Run) -> None:
    """Nothing is sent."""
    (machine / "a.json").write_bytes(b"{}")

    assert run("post", machine / "a.json").code == 3
    assert face.posted == []


def test_an_award_is_posted_once_however_often_it_is_given(
    machine: Path, bank: Bank, run: Run
) -> None:
    """The student's account is opened on the way."""
    given = (*AWARD, "--student", "2026001", "--score", "95", "--json")

    first, second = run(*given), run(*given)

    assert (first.code, second.code) == (0, 0)
    one, two = orjson.loads(first.out), orjson.loads(second.out)
    assert (one["known"], two["known"]) == (False, True)
    assert one["award_id"] == two["award_id"]
    assert bank.check_log().awards == 1
    assert machine.exists()


def test_an_award_whose_answer_was_lost_is_given_again(
    machine: Path, face: Face, run: Run
) -> None:
    """The student's pseudonym was on the disk before it was sent."""
    face.after.append(lose)
    given = (*AWARD, "--student", "2026001", "--attempts", "1")

    first, second = run(*given), run(*given)

    assert (first.code, second.code) == (4, 0)
    report = face.bank.check_log()
    assert (report.awards, report.learners) == (1, 2)
    assert machine.exists()


def test_a_key_of_another_use_signs_nothing(machine: Path, run: Run) -> None:
    """A key that identifies a system is no signature of the member."""
    run("keys", "new", SCHOOL, "--use", "client")
    key = machine / "keys" / f"{SCHOOL}.client.json"

    assert run(*AWARD, "--learner", LEARNER, "--key", key).code == 2


def test_an_award_may_say_all_that_a_file_may(
    machine: Path, bank: Bank, run: Run
) -> None:
    """By the names of its columns, in either language."""
    ran = run(
        *AWARD, "--learner", LEARNER, "--set", "考试性质=补考", "--set", "grade=A"
    )

    assert ran.code == 0
    disclosed = {d.name for kept in bank.vault.kept for d in kept.disclosures}
    assert disclosed == {"grade", "reference"}
    assert machine.exists()


def test_a_wrong_award_is_refused_here(machine: Path, face: Face, run: Run) -> None:
    """Every fault is told, nothing is sent."""
    ran = run(*AWARD, "--learner", "x", "--assessed-on", "6/1/2026", "--json")

    found = [error["code"] for error in orjson.loads(ran.out)["errors"]]
    assert (ran.code, found) == (3, ["not-a-learner-id", "ambiguous-date"])
    assert face.posted == []
    assert machine.exists()


def test_usage_errors_have_their_own_code(machine: Path, run: Run) -> None:
    """A misspelt column, a bad pseudonym, a bad encoding, no ledger's name."""
    file = machine / "a.csv"
    file.write_text("x")

    for arguments in (
        (*AWARD, "--learner", LEARNER, "--set", "colour=red"),
        (*AWARD, "--learner", LEARNER, "--staff", "张三"),
        ("import", file, "--encoding", "latin-1"),
        ("balance", LEARNER, "--ledger", "nothing"),
        ("sign", machine / "absent.json"),
        ("no-such-command",),
    ):
        assert run(*arguments).code == 2, arguments


def test_failures_have_the_codes_that_were_promised(
    machine: Path, face: Face, run: Run
) -> None:
    """1 a proven fault, 3 a refusal, 4 could not be checked."""
    award = (*AWARD, "--learner", LEARNER, "--json")
    face.before += [lambda _: problem("member-suspended", 403, detail="暂停")]
    refused = run(*award)
    face.before += [lambda _: reply({}, 201)]
    no_receipt = run(*award)
    other = run(*award, "--ledger", "a.example/b#" + "A" * 43)

    assert (refused.code, no_receipt.code, other.code) == (3, 4, 1)
    assert orjson.loads(refused.out)["error"] == "member-suspended"
    assert "暂停" in refused.err
    assert machine.exists()
