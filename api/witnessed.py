"""Checkpoints with their cosignatures, as they are sent."""

from datetime import UTC, datetime
from typing import Any

from api.bank import Bank
from ledger.domain.types import instant_of
from ledger.integrity.checkpoints import parse_note
from ledger.integrity.encoding import b64encode
from ledger.integrity.proofs import prove_consistency
from ledger.witnessing.gatherer import Witnessed


def witnessed_since(
    bank: Bank, position: int
) -> dict[str, Any] | None:  # Any: plain JSON.
    """Return the first checkpoint with quorum that covers a receipt's newest entry.

    With it comes the proof that it only appended to the receipt's own checkpoint.
    """
    if bank.gatherer is None:
        return None
    size, _ = bank.store.closing(position)
    found = bank.gatherer.first_with_quorum(size)
    if found is None:
        return None
    proof = prove_consistency(size, found.size, read_node=bank.store.node_reader())
    return {
        "size": found.size,
        "checkpoint": found.note,
        "consistency_proof": [b64encode(one) for one in proof.path],
        "witnesses": list(found.witnesses),
    }


def as_line(found: Witnessed) -> dict[str, Any]:  # Any: plain JSON.
    """Return one checkpoint of a list."""
    checkpoint, _ = parse_note(found.note)
    return {
        "size": found.size,
        "root": b64encode(checkpoint.root),
        "first_cosigned_at": instant_of(datetime.fromtimestamp(found.seconds, UTC)),
        "witnesses": list(found.witnesses),
        "quorum": found.quorum,
        "checkpoint": found.note,
    }
