"""Our own documents, byte for byte: whoever implements them can compare."""

import hashlib

import orjson

from ledger.integrity.batch import BatchLine, read_batch, seal_batch
from ledger.integrity.declarations import declare, verify_declaration
from ledger.integrity.disclosures import join
from ledger.integrity.encoding import b64decode, b64encode
from ledger.integrity.jws import (
    REFUSAL_TYP,
    STATEMENT_TYP,
    read_jws,
    sign_jws,
    verify_jws,
)
from ledger.integrity.keys import SigningKey
from ledger.integrity.refusals import Refusal, read_refusal, sign_refusal
from tests.conformance.vectors_of import read_vectors

STATEMENT = read_vectors("statement.json")
BATCH = read_vectors("batch.json")
REFUSAL = read_vectors("refusal.json")
MEMBER = SigningKey.from_json(STATEMENT["private_document"].encode())
SERVICE = SigningKey.from_json(REFUSAL["private_document"].encode())


def test_a_private_key_document_has_these_bytes() -> None:
    """As a member keeps it."""
    assert MEMBER.to_json().decode() == STATEMENT["private_document"]


def test_a_statement_has_these_bytes() -> None:
    """Signed anew, and taken apart."""
    payload = STATEMENT["payload"].encode()

    token = sign_jws(MEMBER, payload, typ=STATEMENT_TYP)
    signed = read_jws(STATEMENT["jws"].encode(), typ=STATEMENT_TYP)
    verify_jws(signed, MEMBER.public)

    assert token.decode() == STATEMENT["jws"]
    assert signed.payload == payload
    assert b64encode(hashlib.sha256(payload).digest()) == STATEMENT["payload_hash"]
    header = b64decode(STATEMENT["jws"].partition(".")[0])
    assert orjson.loads(header) == STATEMENT["header"]


def test_a_submitted_statement_has_these_bytes() -> None:
    """With its disclosures behind it."""
    encoded = [one["encoded"] for one in STATEMENT["disclosures"]]

    submitted = join(STATEMENT["jws"].encode(), encoded)

    assert submitted.decode() == STATEMENT["submitted"]


def test_a_declaration_has_these_bytes() -> None:
    """The proof of possession among them."""
    declared, ledger = STATEMENT["declaration"], STATEMENT["ledger"]

    key = verify_declaration(declared, member_id="cqvtc", audience=ledger)

    assert key == MEMBER.public
    assert declare(MEMBER, audience=ledger) == declared


def test_a_batch_has_these_bytes() -> None:
    """Sealed anew from the lines that were read."""
    raw = "\n".join((*BATCH["lines"], "")).encode()

    batch = read_batch(raw)
    verify_jws(batch.header, MEMBER.public)

    assert batch.header.payload.decode() == BATCH["payload"]
    again = [
        BatchLine(statement=line.statement, disclosures=line.disclosures)
        for line in batch.lines
    ]
    assert seal_batch(MEMBER, BATCH["header"], lines=again) == raw


def test_the_root_of_a_batch_is_that_of_rfc_6962() -> None:
    """Computed with nothing but SHA-256: three leaves, the third alone on its side."""
    statements = [line.statement for line in read_batch(_raw()).lines]

    leaves = [hashlib.sha256(b"\0" + one).digest() for one in statements]
    left = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest()
    root = hashlib.sha256(b"\1" + left + leaves[2]).digest()

    assert [leaf.hex() for leaf in leaves] == BATCH["leaf_hashes"]
    assert b64encode(root) == BATCH["root"]


def _raw() -> bytes:
    return "\n".join(BATCH["lines"]).encode()


def test_a_refusal_has_these_bytes() -> None:
    """Signed anew, and read."""
    refusal = Refusal.model_validate_json(REFUSAL["payload"])

    signed = read_jws(REFUSAL["jws"].encode(), typ=REFUSAL_TYP)

    assert signed.payload.decode() == REFUSAL["payload"]
    assert read_refusal(REFUSAL["jws"], key=SERVICE.public) == refusal
    assert sign_refusal(refusal, SERVICE) == REFUSAL["jws"]
