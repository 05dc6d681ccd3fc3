"""The client believes a bank only what the ledger's name proves."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from client.bank import Bank as RemoteBank
from client.errors import (
    AnotherLedgerError,
    BankAnswerError,
    BankFailedError,
    BankFaultError,
    BankRefusedError,
    BankUnavailableError,
    LedgerNameError,
    StatementFileError,
)
from client.pinning import pin
from client.proven import ProvenEntry
from client.references import MemberSecret
from ledger.integrity.batch import read_batch
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.receipts import BatchReceipt, LineReceipt, SingleReceipt
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


def test_another_bank_at_the_address_is_noticed_before_anything_is_sent(
    bank: Bank, face: Face, desk: Desk
) -> None:
    """The hash in the name must be that of entry 0."""
    name = bank.ledger[:-1] + ("A" if bank.ledger[-1] != "A" else "Q")
    with (
        RemoteBank("http://bank.example", ledger=name, transport=face) as remote,
        pytest.raises(AnotherLedgerError),
    ):
        remote.post(desk.statement("1"))

    assert face.posted == []


def test_a_ledger_of_another_origin_is_noticed(bank: Bank) -> None:
    """The origin in the name must be the one that entry 0 declares."""
    digest = bank.ledger.rpartition("#")[2]

    with pytest.raises(AnotherLedgerError):
        pin(bank.store.read_raw(0), ledger=f"elsewhere.example/x#{digest}")


def test_an_entry_0_under_another_position_or_signature_is_refused(bank: Bank) -> None:
    """Neither another entry nor one whose signature was swapped founds a ledger."""
    raw = bank.store.read_raw(0)
    forged = raw[:-8] + (b"AAAAAAAA" if raw[-8:] != b"AAAAAAAA" else b"BAAAAAAA")

    for entry in (bank.store.read_raw(1), forged, b"{}"):
        with pytest.raises(AnotherLedgerError):
            pin(entry, ledger=bank.ledger)


def test_what_is_not_a_ledgers_name_is_refused(face: Face) -> None:
    """A name without a hash would trust anybody."""
    with pytest.raises(LedgerNameError):
        RemoteBank("http://bank.example", ledger="bank.example", transport=face)


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


def test_an_entry_is_proven_from_the_name_alone(
    remote: RemoteBank, bank: Bank, desk: Desk
) -> None:
    """The proof file needs nobody's word, and another name does not pass."""
    position = remote.post(desk.statement("1")).receipt.position

    proven = ProvenEntry.read(remote.proof(position).model_dump_json().encode())
    entry, checkpoint = proven.verify(ledger=bank.ledger)

    assert (entry.line.position, checkpoint.size) == (4, 5)
    with pytest.raises(AnotherLedgerError):
        proven.verify(ledger=f"{bank.ledger[:-2]}AA")


@pytest.mark.parametrize("field", ["entry", "path", "position", "checkpoint", "ledger"])
def test_a_proof_that_was_tampered_with_is_found(
    field: str, remote: RemoteBank, bank: Bank
) -> None:
    """Each part of a proof is under proof."""
    proven = remote.proof(3)
    entry = b64decode(proven.entry).replace(b"registrar", b"registrat")
    changes = {
        "entry": b64encode(entry[:-1] + b"A"),
        "path": ("A" * 43, *proven.path[1:]),
        "position": 2,
        "checkpoint": proven.checkpoint.replace("\n4\n", "\n5\n"),
        "ledger": "bank.example/other#" + "A" * 43,
    }
    forged = ProvenEntry(**{**dict(proven), field: changes[field]})

    with pytest.raises(BankFaultError):
        forged.verify(ledger=bank.ledger)


def test_receipts_are_kept_when_asked(
    bank: Bank,
    face: Face,
    desk: Desk,
    tmp_path: Path,
) -> None:
    """One private file per receipt."""
    folder = tmp_path / "receipts"
    with RemoteBank(
        "http://bank.example", ledger=bank.ledger, keep_receipts=folder, transport=face
    ) as remote:
        receipt = remote.post(desk.statement("1")).receipt
        raw = desk.batch(desk.content("2"))
        remote.post_batch(raw)

    single = folder / f"{receipt.statement_id}.receipt.json"
    batch = folder / f"{read_batch(raw).payload.id}.receipt.json"
    assert SingleReceipt.model_validate_json(single.read_bytes()) == receipt
    assert BatchReceipt.model_validate_json(batch.read_bytes()).count == 1
    assert single.stat().st_mode & 0o777 == 0o600


def test_a_lost_answer_can_be_asked_for(
    remote: RemoteBank, face: Face, desk: Desk
) -> None:
    """A single, a batch and one of its lines: each receipt is checked."""
    single = desk.statement("1")
    batch = desk.batch(*(desk.content(str(n)) for n in (2, 3)))
    remote.post(single)
    remote.post_batch(batch)
    line = read_batch(batch).lines[1].statement

    for sent, position, kind in (
        (single, 4, SingleReceipt),
        (batch, 5, BatchReceipt),
        (line, 7, LineReceipt),
    ):
        face.outcomes = {"x": position}
        outcome = remote.statement(SCHOOL, "x", sent=sent)
        assert isinstance(outcome.receipt, kind)


def test_the_receipt_of_another_statement_is_a_fault_of_the_bank(
    remote: RemoteBank, face: Face, desk: Desk
) -> None:
    """What was sent must be what the receipt proves."""
    first, second = (desk.statement(n) for n in "12")
    remote.post(first)
    remote.post(second)
    face.outcomes = {"x": 4}

    with pytest.raises(BankFaultError):
        remote.statement(SCHOOL, "x", sent=second)


def test_a_known_refusal_is_an_outcome(remote: RemoteBank, face: Face) -> None:
    """The bank's code comes back."""
    face.outcomes = {"x": -1}

    outcome = remote.statement(SCHOOL, "x", sent=b"")

    assert outcome.refusal is not None
    assert outcome.refusal.bank_code == "not-permitted"


def test_a_refusal_without_a_reason_is_still_one(
    remote: RemoteBank, face: Face, desk: Desk
) -> None:
    """Evidence and lines are optional."""
    face.before.append(lambda _: problem("member-suspended", 403))

    with pytest.raises(BankRefusedError) as caught:
        remote.post(desk.statement("1"))

    assert (caught.value.bank_code, caught.value.evidence) == ("member-suspended", None)


def test_the_same_result_has_the_same_body_each_time(desk: Desk) -> None:
    """Salts and tags are made from the secret, ids and times are not."""
    first, second = (desk.factory.line(desk.content("1")) for _ in range(2))

    assert first.statement != second.statement
    assert first.disclosures == second.disclosures
    assert desk.content("1") == desk.content("1")
    assert desk.content("1") != desk.content("2")
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
