"""Proofs that go along with a document, so that it can be checked without the bank."""

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


def add_proofs(bank: Bank, head: Head, *, lots: list[Answer]) -> None:
    """Put beside every lot the entry that made it, and its path in the tree.

    The statement's issuer and id tell which of the member's own statements it is.
    """
    read_node = bank.store.node_reader()
    for lot in lots:
        position = lot["position"]
        raw = bank.store.read_raw(position)
        path = prove_inclusion(position, head.size, read_node=read_node).path
        lot["proof"] = {
            "position": position,
            "statement": lot.pop("statement"),
            "entry_hash": b64encode(leaf_hash(raw)),
            "size": head.size,
            "path": [b64encode(one) for one in path],
            "entry": b64encode(raw),
        }
