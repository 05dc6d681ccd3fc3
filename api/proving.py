"""Proofs that go along with a document, so that it can be checked without the bank."""

from collections.abc import Iterable
from typing import Any

from api.bank import Bank
from ledger.integrity.encoding import b64encode
from ledger.integrity.merkle import leaf_hash
from ledger.integrity.proofs import prove_inclusion
from ledger.store.heads import Head

Answer = dict[str, Any]  # Any: plain JSON.


def foundation(bank: Bank, head: Head) -> Answer:
    """Return what all proofs of a document rest on: name, checkpoint, entry 0."""
    return {
        "ledger": bank.ledger_record().name,
        "size": head.size,
        "checkpoint": head.note,
        "founding": b64encode(bank.store.read_raw(0)),
    }


def add_proofs(bank: Bank, head: Head, *, of: Iterable[Answer]) -> None:
    """Put beside everything that has a position its entry, and the path in the tree."""
    read_node = bank.store.node_reader()
    for one in of:
        position = one["position"]
        raw = bank.store.read_raw(position)
        path = prove_inclusion(position, head.size, read_node=read_node).path
        one["proof"] = {
            "position": position,
            "entry_hash": b64encode(leaf_hash(raw)),
            "size": head.size,
            "path": [b64encode(node) for node in path],
            "entry": b64encode(raw),
        }
