"""From the ledger's name to keys, and from keys to proofs that can be kept."""

from pathlib import Path

import pytest

from client.bank import Bank as RemoteBank
from client.errors import (
    AnotherLedgerError,
    BankFaultError,
    LedgerNameError,
)
from client.pinning import pin
from client.proven import ProvenEntry
from ledger.integrity.batch import read_batch
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.entries import BankLine, read_entry, seal_entry
from ledger.integrity.keys import KeyUse, SigningKey
from ledger.integrity.receipts import BatchReceipt, LineReceipt, SingleReceipt
from tests.bank import ORIGIN, SCHOOL, Bank
from tests.unit.client.conftest import Desk
from tests.unit.client.simulator import Face, reply


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
    entry = b64decode(proven.entry)
    changes = {
        "entry": b64encode(entry[:-1] + bytes([entry[-1] ^ 1])),
        "path": ("A" * 43, *proven.path[1:]),
        "position": 2,
        "checkpoint": proven.checkpoint.replace("\n4\n", "\n5\n"),
        "ledger": "bank.example/other#" + "A" * 43,
    }
    forged = ProvenEntry(**{**dict(proven), field: changes[field]})

    with pytest.raises(BankFaultError):
        forged.verify(ledger=bank.ledger)


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


def test_the_receipt_of_a_line_needs_the_members_signature(
    remote: RemoteBank, face: Face, bank: Bank, desk: Desk
) -> None:
    """A header that the member's registered key did not sign proves nothing."""
    batch = desk.batch(desk.content("1"))
    remote.post_batch(batch)
    face.outcomes = {"x": 5}
    line = read_batch(batch).lines[0].statement
    other = SigningKey.generate(SCHOOL, KeyUse.MEMBER)
    key = {
        "kid": bank.keys[SCHOOL].kid,
        "use": "member",
        "alg": "EdDSA",
        "jwk": dict(other.public.jwk),
        "valid_from": "2026-09-01T08:00:00.000Z",
        "added_position": 1,
    }
    for keys in ([key], []):
        face.answers[f"/v1/members/{SCHOOL}/keys"] = reply({"keys": keys})
        with pytest.raises(BankFaultError):
            remote.statement(SCHOOL, "x", sent=line)


def test_a_known_refusal_is_an_outcome(remote: RemoteBank, face: Face) -> None:
    """The bank's code comes back."""
    face.outcomes = {"x": -1}

    outcome = remote.statement(SCHOOL, "x", sent=b"")

    assert outcome.refusal is not None
    assert outcome.refusal.bank_code == "not-permitted"


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

    with pytest.raises(AnotherLedgerError, match=f"it is {ORIGIN}"):
        pin(bank.store.read_raw(0), ledger=f"elsewhere.example/x#{digest}")


def test_an_entry_0_under_another_position_or_signature_is_refused(bank: Bank) -> None:
    """Neither another entry nor one whose signature was swapped founds a ledger."""
    raw = bank.store.read_raw(0)
    first = read_entry(raw)
    line = BankLine(position=1, recorded_at=first.line.recorded_at)
    moved = seal_entry(line, first.member_bytes)
    forged = raw[:-8] + (b"AAAAAAAA" if raw[-8:] != b"AAAAAAAA" else b"BAAAAAAA")

    for entry in (bank.store.read_raw(1), moved, forged, b"{}"):
        with pytest.raises(AnotherLedgerError):
            pin(entry, ledger=bank.ledger)


def test_what_is_not_a_ledgers_name_is_refused(face: Face) -> None:
    """A name without a hash would trust anybody."""
    with pytest.raises(LedgerNameError):
        RemoteBank("http://bank.example", ledger="bank.example", transport=face)
