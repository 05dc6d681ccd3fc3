"""A small log byte for byte: made anew, and checked with little but SHA-256."""

import hashlib
from base64 import b64decode

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from client.pinning import Pin, pin
from ledger.intake import receive_founding
from ledger.integrity.batch import read_header
from ledger.integrity.checkpoints import read_checkpoint
from ledger.integrity.entries import Entry, read_entry
from ledger.integrity.jws import verify_jws
from ledger.integrity.keys import SigningKey
from ledger.integrity.receipts import (
    BatchReceipt,
    LineReceipt,
    SingleReceipt,
    verify_batch,
    verify_line,
    verify_single,
)
from tests.conformance.make_vectors import make_vectors, spell
from tests.conformance.vectors_of import FOLDER, read_vectors

MADE = make_vectors()
FOUNDING = read_vectors("founding.json")
ENTRIES = read_vectors("entry.json")["entries"]
CHECKPOINT = read_vectors("checkpoint.json")
RECEIPTS = read_vectors("receipts.json")
RAW = [one["entry"].encode() for one in ENTRIES]


@pytest.fixture(scope="module")
def pinned() -> Pin:
    """Take the bank's keys from the ledger's name and entry 0."""
    return pin(FOUNDING["entry"].encode(), ledger=FOUNDING["ledger"])


def read(position: int) -> Entry:
    """Return an entry taken apart."""
    return read_entry(RAW[position])


@pytest.mark.parametrize("name", MADE)
def test_the_vectors_are_made_again(name: str) -> None:
    """``python -m tests.conformance.make_vectors`` would change nothing."""
    assert spell(MADE[name]) == (FOLDER / name).read_bytes()


def test_the_ledgers_name_is_origin_and_hash_of_the_founding(pinned: Pin) -> None:
    """Entry 0 is signed with the key it declares, and declares the bank's keys."""
    digest = hashlib.sha256(FOUNDING["payload"].encode()).digest()
    origin, _, named = FOUNDING["ledger"].rpartition("#")
    documents = FOUNDING["private_documents"]
    keys = {n: SigningKey.from_json(d.encode()) for n, d in documents.items()}

    draft = receive_founding(read(0).member_bytes)

    assert b64decode(named + "=", altchars=b"-_") == digest
    assert (origin, draft.statement.aud) == (FOUNDING["origin"],) * 2
    assert draft.kid == keys["operator"].kid
    assert pinned.service_key == keys["service"].public
    assert pinned.checkpoint_key == keys["checkpoint"].public


def test_an_entry_is_hashed_as_a_leaf() -> None:
    """SHA-256 of a zero byte and the entry; each position is its own."""
    for position, one in enumerate(ENTRIES):
        leaf = hashlib.sha256(b"\x00" + one["entry"].encode()).hexdigest()
        assert leaf == one["leaf_hash"]
        assert read(position).line.position == position
        head = RAW[position].partition(b"\n")[0]
        assert orjson.dumps(orjson.loads(head), option=orjson.OPT_SORT_KEYS) == head


def mth(leaves: list[bytes]) -> bytes:
    """Return the root of up to six leaves, by the definition of RFC 6962 §2.1."""
    if len(leaves) == 1:
        return leaves[0]
    k = max(power for power in (1, 2, 4) if power < len(leaves))
    left, right = mth(leaves[:k]), mth(leaves[k:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", range(1, 7))
def test_a_checkpoint_is_a_signed_note(size: int, pinned: Pin) -> None:
    """Taken apart by hand, and verified with the key from its verifier key."""
    note = CHECKPOINT["checkpoints"][str(size)]
    name, key_id, material = CHECKPOINT["verifier_key"].split("+", 2)
    public = b64decode(material)
    text, _, signature = note.partition("\n\n")
    root = mth([bytes.fromhex(one["leaf_hash"]) for one in ENTRIES[:size]])

    origin, number, encoded = text.split("\n")
    dash, signer, blob = signature.rstrip("\n").split(" ")
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(
        b64decode(blob)[4:], text.encode() + b"\n"
    )

    assert (origin, number, b64decode(encoded)) == (name, str(size), root)
    assert (dash, signer, public[:1]) == ("\u2014", name, b"\x01")
    hashed = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    assert b64decode(blob)[:4] == hashed == bytes.fromhex(key_id)
    assert hashed.hex() == CHECKPOINT["key_id"]
    read_checkpoint(note, origin=name, key=pinned.checkpoint_key)


def test_a_receipt_of_a_single_holds(pinned: Pin) -> None:
    """Of entry 1, under the checkpoint of its group."""
    receipt = SingleReceipt.model_validate_json(orjson.dumps(RECEIPTS["single"]))

    checkpoint = verify_single(
        receipt,
        read(1).member_bytes,
        origin=pinned.origin,
        key=pinned.checkpoint_key,
    )

    assert checkpoint.size == 2
    assert receipt.entry_hash == b64encode_url(ENTRIES[1]["leaf_hash"])


def b64encode_url(hexadecimal: str) -> str:
    """Return base64url, written anew for the test."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    number = int(hexadecimal, 16) << 2
    digits = [alphabet[number >> 6 * place & 63] for place in range(43)]
    return "".join(reversed(digits))


def test_a_receipt_of_a_batch_holds(pinned: Pin) -> None:
    """Of entries 2 to 5, from the tree before them."""
    receipt = BatchReceipt.model_validate_json(orjson.dumps(RECEIPTS["batch"]))

    checkpoint = verify_batch(
        receipt,
        read(2).member_bytes,
        statements=[read(3 + index).member_bytes for index in range(3)],
        origin=pinned.origin,
        key=pinned.checkpoint_key,
    )

    assert checkpoint.size == 6


def test_a_receipt_of_a_line_holds(pinned: Pin) -> None:
    """Of entry 4, with the header that signed it."""
    receipt = LineReceipt.model_validate_json(orjson.dumps(RECEIPTS["line"]))
    school = SigningKey.from_json(FOUNDING["private_documents"]["school"].encode())
    signed, header = read_header(receipt.batch.header.encode())

    verify_jws(signed, school.public)
    checkpoint = verify_line(
        receipt,
        read(4).member_bytes,
        origin=pinned.origin,
        key=pinned.checkpoint_key,
        header=header,
    )

    assert checkpoint.size == 6
    assert receipt.tags == read(4).line.tags
