"""Checks that witnesses stand behind a receipt, under a policy of the reader's."""

from contextlib import suppress
from typing import Annotated

import orjson
from pydantic import Field, ValidationError

from client.answers import Answer
from client.errors import (
    BankAnswerError,
    BankFaultError,
    NoQuorumError,
    WitnessesDifferError,
)
from client.pinning import Pin
from client.receipts import unproven
from ledger.integrity.checkpoints import Checkpoint, parse_note, read_checkpoint
from ledger.integrity.encoding import HASH_PATTERN, b64decode
from ledger.integrity.errors import IntegrityError
from ledger.integrity.proofs import ConsistencyProof, verify_consistency
from ledger.integrity.quorum import Cosigned, Policy, check_cosigned

_Hash = Annotated[str, Field(pattern=HASH_PATTERN)]


class WitnessedAnswer(Answer):
    """The checkpoint with quorum to which a receipt was upgraded."""

    checkpoint: Annotated[str, Field(max_length=64 * 1024)]
    consistency_proof: Annotated[tuple[_Hash, ...], Field(max_length=64)]


class CheckpointLine(Answer):
    """One cosigned checkpoint of the bank's list."""

    checkpoint: Annotated[str, Field(max_length=64 * 1024)]


class CheckpointsPage(Answer):
    """Cosigned checkpoints, newest first."""

    checkpoints: tuple[CheckpointLine, ...] = ()


def check_witnessed(
    content: bytes, receipt: Checkpoint, *, pinned: Pin, policy: Policy
) -> frozenset[str] | None:
    """Return who witnessed a receipt's checkpoint, None if no quorum has yet.

    ``content`` is the bank's answer about the statement; ``receipt`` the checkpoint
    that the receipt itself was verified against.

    Raises:
        BankAnswerError: not such an answer.
        BankFaultError: the cosigned checkpoint is none, or a cosignature is forged.
        WitnessesDifferError: it is not proven to have only appended to the receipt's.
        NoQuorumError: it has no quorum under this policy.
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
    except IntegrityError as error:
        raise unproven(error) from error
    _check_growth(answer.consistency_proof, receipt, later=later)
    return require_quorum(cosigned_in(answer.checkpoint, policy))


def witnesses_of(
    note: str, content: bytes, *, pinned: Pin, policy: Policy
) -> frozenset[str] | None:
    """Return the same for the note in a receipt that was verified."""
    receipt = read_checkpoint(note, origin=pinned.origin, key=pinned.checkpoint_key)
    return check_witnessed(content, receipt, pinned=pinned, policy=policy)


def _check_growth(
    path: tuple[str, ...], receipt: Checkpoint, *, later: Checkpoint
) -> None:
    try:
        proof = ConsistencyProof(
            first=receipt.size, second=later.size, path=tuple(map(b64decode, path))
        )
        verify_consistency(proof, first_root=receipt.root, second_root=later.root)
    except (IntegrityError, ValueError) as error:
        found = error.code if isinstance(error, IntegrityError) else "malformed"
        raise WitnessesDifferError(
            size=receipt.size, cosigned=later.size, found=found
        ) from error


def cosigned_in(note: str, policy: Policy) -> Cosigned:
    """Return what a reader's policy finds in a note whose own signature was verified.

    Raises:
        BankFaultError: not a note, or a line names a witness of the policy and is not
            its cosignature.
    """
    try:
        checkpoint, signatures = parse_note(note)
    except IntegrityError as error:
        raise unproven(error) from error
    found = check_cosigned(checkpoint, signatures, policy=policy)
    if found.forged:
        raise BankFaultError(found=f"not cosigned by {', '.join(sorted(found.forged))}")
    return found


def require_quorum(found: Cosigned) -> frozenset[str]:
    """Return who cosigned.

    Raises:
        NoQuorumError: too few did.
    """
    if not found.quorum:
        raise NoQuorumError(found=", ".join(sorted(found.signers)) or "none of them")
    return found.signers


def newest_with_quorum(
    page: CheckpointsPage, position: int, *, pinned: Pin, policy: Policy
) -> tuple[str, Checkpoint] | None:
    """Return the newest note of a page that covers a position and has quorum.

    What does not hold is passed over: the page is only where to look.
    """
    for one in page.checkpoints:
        with suppress(IntegrityError, BankFaultError):
            checkpoint = read_checkpoint(
                one.checkpoint, origin=pinned.origin, key=pinned.checkpoint_key
            )
            found = cosigned_in(one.checkpoint, policy)
            if checkpoint.size > position and found.quorum:
                return one.checkpoint, checkpoint
    return None
