"""Proofs as text, as computed from the specification alone."""

from typing import Any

import pytest

from ledger.integrity.errors import IntegrityError, ProofError
from ledger.integrity.keys import PublicKey, read_public_key
from ledger.integrity.merkle import leaf_hash
from ledger.integrity.notes_proof import NoteProof, read_note_proof
from tests.conformance.vectors_of import read_vectors

VECTORS = read_vectors("tlog-proof.json")
ORIGIN = VECTORS["origin"]


@pytest.fixture(scope="module")
def key() -> PublicKey:
    """Return the log's key."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": VECTORS["public_key"]}
    return read_public_key(jwk, algorithm="EdDSA")


@pytest.mark.parametrize("case", VECTORS["proofs"], ids=lambda case: str(case["name"]))
def test_a_proof_is_read_verified_and_written_again(
    case: dict[str, Any], key: PublicKey
) -> None:
    """Byte for byte; whoever cosigned is passed over."""
    found = read_note_proof(case["text"])
    leaf = leaf_hash(case["entry"].encode())

    checkpoint = found.verify(leaf, origin=ORIGIN, key=key)

    assert (found.index, checkpoint.size) == (case["index"], case["size"])
    extra = case["extra"]
    assert found.extra == (None if extra is None else bytes.fromhex(extra))
    assert found.text() == case["text"]


MALFORMED = {
    f"{number}-{case['pointer'].strip('/')}": case
    for number, case in enumerate(VECTORS["malformed"])
}


@pytest.mark.parametrize("case", MALFORMED.values(), ids=MALFORMED)
def test_another_form_is_refused_where_it_differs(case: dict[str, Any]) -> None:
    """With a pointer to the part."""
    with pytest.raises(ProofError) as refused:
        read_note_proof(case["text"])

    assert refused.value.pointer == case["pointer"]


@pytest.mark.parametrize(
    "case", VECTORS["proves_nothing"], ids=lambda case: str(case["name"])
)
def test_a_proof_of_something_else_proves_nothing(
    case: dict[str, Any], key: PublicKey
) -> None:
    """Its form is right."""
    found = read_note_proof(case["text"])
    leaf = leaf_hash(case["entry"].encode())

    with pytest.raises(IntegrityError):
        found.verify(leaf, origin=ORIGIN, key=key)


def test_a_proof_is_bounded() -> None:
    """In its hashes, and as a whole."""
    case = VECTORS["proofs"][0]
    found = read_note_proof(case["text"])
    long = NoteProof(index=2, path=found.path[:1] * 65, note=found.note)
    large = NoteProof(index=2, path=(), note=found.note, extra=b"x" * 400_000)

    for text in (long.text(), large.text()):
        with pytest.raises(ProofError):
            read_note_proof(text)
    longest = NoteProof(index=2, path=found.path[:1] * 64, note="x")
    assert read_note_proof(longest.text()) == longest
