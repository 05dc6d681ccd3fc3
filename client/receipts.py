"""Checks the bank's receipts and refusals against its pinned keys, and keeps them."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from client.answers import Problem
from client.errors import BankAnswerError, BankFaultError, Evidence
from client.files import make_private_folder, write_whole
from client.pinning import Pin
from ledger.integrity.batch import Batch
from ledger.integrity.errors import IntegrityError
from ledger.integrity.receipts import (
    BatchReceipt,
    SingleReceipt,
    verify_batch,
    verify_single,
)
from ledger.integrity.refusals import read_refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A statement is in the log. ``replayed``: it was there before.

    ``witnesses`` stand behind it, under the reader's policy; None if no quorum yet.
    """

    receipt: SingleReceipt
    replayed: bool = False
    witnesses: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedBatch:
    """A batch is in the log, all of it; the rest as with ``Posted``."""

    receipt: BatchReceipt
    replayed: bool = False
    witnesses: frozenset[str] | None = None


def check_single(answer: bytes, token: bytes, *, pinned: Pin) -> SingleReceipt:
    """Return a single's receipt if it proves that the log holds the token.

    Raises:
        BankAnswerError: it is no receipt.
        BankFaultError: it does not prove it.
    """
    try:
        receipt = SingleReceipt.model_validate_json(answer)
    except ValidationError as error:
        raise BankAnswerError(found="no receipt") from error
    try:
        verify_single(receipt, token, origin=pinned.origin, key=pinned.checkpoint_key)
    except (IntegrityError, ValueError) as error:
        raise unproven(error) from error
    return receipt


def check_batch(answer: bytes, batch: Batch, *, pinned: Pin) -> BatchReceipt:
    """Return a batch's receipt if it proves that the log holds header and lines.

    Raises:
        BankAnswerError: it is no receipt.
        BankFaultError: it does not prove it.
    """
    try:
        receipt = BatchReceipt.model_validate_json(answer)
    except ValidationError as error:
        raise BankAnswerError(found="no receipt") from error
    try:
        verify_batch(
            receipt,
            batch.header.raw,
            statements=[line.statement for line in batch.lines],
            origin=pinned.origin,
            key=pinned.checkpoint_key,
        )
    except (IntegrityError, ValueError) as error:
        raise unproven(error) from error
    return receipt


def check_evidence(
    problem: Problem, *, pinned: Pin, payload_hash: str
) -> Evidence | None:
    """Return the signed refusal in a problem, if there is one and it is the bank's.

    Raises:
        BankFaultError: it is not signed by the bank, or is about something else.
    """
    if problem.refusal is None:
        return None
    try:
        refusal = read_refusal(problem.refusal, key=pinned.service_key)
    except (IntegrityError, ValueError) as error:
        raise unproven(error) from error
    if refusal.payload_hash != payload_hash:
        raise BankFaultError(found="a refusal of other bytes")
    return Evidence(
        refusal=problem.refusal, decided_at_position=refusal.decided_at_position
    )


def unproven(error: Exception) -> BankFaultError:
    """Return the error to raise when an answer does not prove what it says."""
    code = error.code if isinstance(error, IntegrityError) else "malformed"
    return BankFaultError(found=code)


def keep(folder: Path, name: str, *, receipt: SingleReceipt | BatchReceipt) -> Path:
    """Keep a receipt as a private file of a folder."""
    make_private_folder(folder)
    path = folder / f"{name}.receipt.json"
    write_whole(path, receipt.model_dump_json(exclude_none=True, indent=1).encode())
    return path
