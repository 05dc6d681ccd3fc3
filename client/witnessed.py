"""Checks that witnesses stand behind a receipt, under a policy of the reader's."""

from typing import Annotated

import orjson
from pydantic import Field, ValidationError

from client.answers import Answer
from client.errors import BankAnswerError
from client.pinning import Pin
from client.receipts import unproven
from ledger.integrity.checkpoints import Checkpoint, read_checkpoint
from ledger.integrity.encoding import HASH_PATTERN, b64decode
from ledger.integrity.errors import IntegrityError
from ledger.integrity.proofs import ConsistencyProof, verify_consistency
from ledger.integrity.quorum import Policy, verify_quorum

_Hash = Annotated[str, Field(pattern=HASH_PATTERN)]


class WitnessedAnswer(Answer):
    """The checkpoint with quorum to which a receipt was upgraded."""

    checkpoint: Annotated[str, Field(max_length=64 * 1024)]
    consistency_proof: Annotated[tuple[_Hash, ...], Field(max_length=64)]


def check_witnessed(
    content: bytes, receipt: Checkpoint, *, pinned: Pin, policy: Policy
) -> frozenset[str] | None:
    """Return who witnessed a receipt's checkpoint, None if no quorum has yet.

    ``content`` is the bank's answer about the statement; ``receipt`` the checkpoint
    that the receipt itself was verified against.

    Raises:
        BankAnswerError: not such an answer.
        BankFaultError: the cosigned checkpoint is none, has no quorum under the
            policy, or did not only append to the receipt's.
    """
    try:
        found = orjson.loads(content).get("witnessed")
        if found is None:
            return None
        answer = WitnessedAnswer.model_validate_json(orjson.dumps(found))
    except (ValidationError, ValueError, AttributeError) as error:
        raise BankAnswerError(found="no witnessed checkpoint") from error
    try:
        later = read_checkpoint(
            answer.checkpoint, origin=pinned.origin, key=pinned.checkpoint_key
        )
        proof = ConsistencyProof(
            first=receipt.size,
            second=later.size,
            path=tuple(map(b64decode, answer.consistency_proof)),
        )
        verify_consistency(proof, first_root=receipt.root, second_root=later.root)
        return verify_quorum(answer.checkpoint, policy)
    except IntegrityError as error:
        raise unproven(error) from error
