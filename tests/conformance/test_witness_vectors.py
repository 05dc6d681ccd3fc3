"""Cosignatures and requests of witnesses are what the specifications make of them."""

from typing import Any, Final

import pytest

from ledger.integrity.checkpoints import parse_note
from ledger.integrity.cosignatures import (
    ED25519_TYPE,
    read_answer,
    read_vkey,
    witness_vkey,
)
from ledger.integrity.witnessing import (
    NOTHING_SEEN,
    Seen,
    judge,
    read_request,
    write_request,
)
from tests.conformance.vectors_of import read_vectors

VECTORS: Final = read_vectors("witness.json")
LOG: Final = read_vectors("checkpoint.json")


@pytest.mark.parametrize("vector", VECTORS["cosignatures"], ids=lambda one: one["size"])
def test_a_cosignature_verifies(vector: dict[str, Any]) -> None:  # Any: JSON.
    """Name, key id, time and signature are as the specification has them."""
    witness = read_vkey(VECTORS["vkey"])
    checkpoint, _ = parse_note(LOG["checkpoints"][str(vector["size"])])

    found = read_answer(vector["line"], checkpoint, witness=witness)

    assert found is not None
    assert (found.name, found.seconds) == (VECTORS["name"], vector["seconds"])
    assert found.line == vector["line"]
    assert witness_vkey(witness) == VECTORS["vkey"]


@pytest.mark.parametrize("vector", VECTORS["requests"], ids=lambda one: one["what"])
def test_a_request_is_judged(vector: dict[str, Any]) -> None:  # Any: JSON.
    """After what the witness saw before, and written as it was read."""
    log = read_vkey(LOG["verifier_key"], kind=ED25519_TYPE)
    size, seen = vector["seen_size"], NOTHING_SEEN
    if size:
        note = LOG["checkpoints"][str(size)]
        seen = Seen(size=size, root=parse_note(note)[0].root, note=note)
    raw = vector["body"].encode()
    request = read_request(raw)

    assert judge(request, seen, logs={log.name: log.key}) == vector["verdict"]
    assert write_request(request.old, request.path, note=request.note) == raw
