"""The client believes a bank only what the ledger's name proves."""

from dataclasses import replace

import orjson
import pytest

from client.bank import Bank as RemoteBank
from client.errors import (
    BankAnswerError,
    BankFailedError,
    BankFaultError,
    BankRefusedError,
    BankUnavailableError,
    StatementFileError,
)
from client.references import MemberSecret
from tests.bank import SCHOOL, Bank
from tests.unit.client.conftest import Desk
from tests.unit.client.simulator import Face, Reply, be_busy, lose, problem, reply


def test_a_statement_is_posted_and_its_receipt_verified(
    remote: RemoteBank, desk: Desk, bank: Bank
) -> None:
    """What comes back proves these bytes, and the bank's audit finds nothing."""
    posted = remote.post(desk.statement("1"))

    assert (posted.receipt.position, posted.replayed) == (4, False)
    assert bank.vault.kept[0].disclosures[0].value == "95"
    bank.check_log()


def test_a_batch_is_posted_and_its_receipt_verified(
    remote: RemoteBank, desk: Desk, bank: Bank
) -> None:
    """One signature, many lines."""
    raw = desk.batch(*(desk.content(str(n)) for n in range(3)))

    posted = remote.post_batch(raw)

    assert (posted.receipt.header_position, posted.receipt.count) == (4, 3)
    assert bank.check_log().awards == 3


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_connection_is_tried_again_with_the_same_bytes(
    when: str,
    remote: RemoteBank,
    face: Face,
    desk: Desk,
    waits: list[float],
) -> None:
    """Whether request or answer was lost, the award is there once."""
    getattr(face, when).extend([lose, lose])
    raw = desk.statement("1")

    posted = remote.post(raw)

    assert posted.replayed == (when == "after")
    assert set(face.posted) == {raw}
    assert len(waits) == 2
    assert face.bank.check_log().awards == 1


def test_a_busy_bank_is_waited_for_as_long_as_it_asks(
    remote: RemoteBank,
    face: Face,
    desk: Desk,
    waits: list[float],
) -> None:
    """Retry-After is a lower bound, up to the client's own patience."""
    face.before.extend([be_busy("7"), be_busy("3600")])

    remote.post(desk.statement("1"))

    assert waits == [7.0, 20.0]


def test_patience_ends(remote: RemoteBank, face: Face, desk: Desk) -> None:
    """After all attempts the caller learns that nothing is known."""
    face.before.extend([lose] * 4)

    with pytest.raises(BankUnavailableError, match="4 attempts"):
        remote.post(desk.statement("1"))


def test_a_refusal_carries_codes_lines_and_verified_evidence(
    remote: RemoteBank, desk: Desk
) -> None:
    """All faulty lines are named, and the bank has signed that it refuses."""
    contents = [
        desk.content("1"),
        desk.content("2", credits="4"),
        desk.content("3", learned_to="2027-01-01"),
    ]

    with pytest.raises(BankRefusedError) as caught:
        remote.post_batch(desk.batch(*contents))

    assert caught.value.bank_code == "lines-refused"
    assert {n: f.code for n, f in caught.value.lines.items()} == {
        1: "credits-above-achievement",
        2: "date-in-future",
    }
    assert caught.value.evidence is not None
    assert caught.value.evidence.decided_at_position == 3


def test_evidence_about_other_bytes_is_a_fault_of_the_bank(
    remote: RemoteBank, face: Face, desk: Desk
) -> None:
    """An old refusal does not stand for a new one."""
    refused = desk.statement("1", credits="4")
    old = orjson.loads(face.post(refused).content)["refusal"]
    face.before.append(lambda _: problem("not-permitted", 409, refusal=old))

    with pytest.raises(BankFaultError, match="other bytes"):
        remote.post(desk.statement("2"))


@pytest.mark.parametrize("field", ["position", "entry_hash", "recorded_at"])
def test_a_receipt_that_proves_something_else_is_a_fault_of_the_bank(
    field: str,
    remote: RemoteBank,
    face: Face,
    desk: Desk,
) -> None:
    """Every field of a receipt is under proof."""
    raw = desk.statement("1")
    receipt = orjson.loads(face.post(raw).content)
    receipt[field] = {
        "position": 3,
        "entry_hash": "A" * 43,
        "recorded_at": "2026-09-01T08:00:00.001Z",
    }[field]
    face.before.append(lambda _: reply(receipt, 201))

    with pytest.raises(BankFaultError):
        remote.post(raw)


def test_a_batch_receipt_of_other_lines_is_a_fault_of_the_bank(
    remote: RemoteBank, face: Face, desk: Desk
) -> None:
    """The frontier and the client's own lines must give the checkpoint's root."""
    first = desk.batch(desk.content("1"))
    receipt = orjson.loads(face.post(first).content)
    face.before.append(lambda _: reply(receipt, 201))

    with pytest.raises(BankFaultError):
        remote.post_batch(desk.batch(desk.content("2")))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Reply(status=200, content=b"<html>"), BankAnswerError),
        (Reply(status=404, content=b"no"), BankAnswerError),
        (problem("internal", 500, request_id="r-1"), BankFailedError),
        (reply({"position": 1}, 201), BankAnswerError),
    ],
    ids=["html", "no-problem", "failure", "no-receipt"],
)
def test_answers_of_no_known_form_are_told_apart(
    answer: Reply,
    error: type[Exception],
    remote: RemoteBank,
    face: Face,
    desk: Desk,
) -> None:
    """Neither a stranger's server nor a failing bank looks like success."""
    face.before.append(lambda _: answer)

    with pytest.raises(error):
        remote.post(desk.statement("1"))


def test_what_is_not_signed_is_not_posted(remote: RemoteBank, face: Face) -> None:
    """A wrong file is noticed here."""
    with pytest.raises(StatementFileError):
        remote.post(b"{}")
    with pytest.raises(StatementFileError):
        remote.post_batch(b"{}\n{}")

    assert face.posted == []


def test_lists_are_read_page_by_page(remote: RemoteBank, bank: Bank) -> None:
    """Cursors are followed to the end."""
    for name in ("east-works", "south-works"):
        bank.admit(name, kind="enterprise")

    found = [member.member_id for member in remote.members()]

    assert sorted(found) == ["east-works", SCHOOL, "operator", "south-works"]
    assert [key.kid for key in remote.keys(SCHOOL)] == [bank.keys[SCHOOL].kid]
    assert [a.achievement for a in remote.achievements(member=SCHOOL)] == [
        f"{SCHOOL}/WELD-1@1"
    ]


def test_entries_come_without_gaps(remote: RemoteBank, bank: Bank) -> None:
    """All of them, in small pages too."""
    assert list(remote.entries(limit=3)) == list(bank.raw_entries())
    assert list(remote.entries(after=2)) == [bank.store.read_raw(3)]


def test_a_refusal_without_a_reason_is_still_one(
    remote: RemoteBank, face: Face, desk: Desk
) -> None:
    """Evidence and lines are optional."""
    face.before.append(lambda _: problem("member-suspended", 403))

    with pytest.raises(BankRefusedError) as caught:
        remote.post(desk.statement("1"))

    assert (caught.value.bank_code, caught.value.evidence) == ("member-suspended", None)


def test_a_bank_that_leaves_an_entry_out_is_at_fault(
    remote: RemoteBank, face: Face
) -> None:
    """Positions are gapless."""
    pages = orjson.loads(face.get("/v1/entries?after=-1&limit=10").content)
    del pages["entries"][1]
    face.answers["/v1/entries"] = reply(pages)

    with pytest.raises(BankFaultError, match="entry 1 is missing"):
        list(remote.entries())


def test_the_same_result_has_the_same_body_each_time(desk: Desk) -> None:
    """Salts and tags are made from the secret, ids and times are not."""
    first, second = (desk.factory.line(desk.content("1")) for _ in range(2))

    assert first.statement != second.statement
    assert first.disclosures == second.disclosures
    assert desk.content("1") == desk.content("1")
    assert desk.content("1") != desk.content("2")
    values = {name: name for name in ("score", "grade", "reference", "evidence")}
    digests = [one.digest for one in desk.secret.disclose(("x",), values)]
    assert digests == sorted(digests)
    other = replace(desk, secret=MemberSecret(SCHOOL, b"t" * 32))
    assert desk.content("1").disclosures != other.content("1").disclosures


def test_an_oversized_batch_is_refused_here(desk: Desk) -> None:
    """Neither an empty nor an overfull batch is signed."""
    with pytest.raises(ValueError, match="0"):
        desk.batch()
    with pytest.raises(ValueError, match="1001"):
        desk.batch(*[desk.content("1")] * 1001)


def test_retry_after_as_a_date_is_understood(
    remote: RemoteBank, face: Face, desk: Desk, waits: list[float]
) -> None:
    """A moment long past asks for no extra wait; rubbish asks for nothing."""
    face.before.extend([be_busy("Wed, 21 Oct 2015 07:28:00 GMT"), be_busy("soon")])

    remote.post(desk.statement("1"))

    assert [wait < 2 for wait in waits] == [True, True]
