"""What became of something sent: the answer for a caller that lost the first one."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import orjson

from client.answers import OutcomeHead, Problem, RegisteredKey
from client.errors import BankAnswerError, BankFaultError, BankRefusedError
from client.exchange import parse, refused
from client.pinning import Pin
from client.receipts import check_batch, check_single, unproven
from ledger.integrity.batch import read_batch, read_header
from ledger.integrity.disclosures import split
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import verify_jws
from ledger.integrity.keys import read_public_key
from ledger.integrity.receipts import (
    BatchReceipt,
    LineReceipt,
    SingleReceipt,
    verify_line,
)

FindKey = Callable[[str], RegisteredKey | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Accepted with a verified receipt, or refused with the reasons.

    ``witnesses`` stand behind the receipt, under the reader's policy; None if there is
    no policy, or no quorum yet.
    """

    receipt: SingleReceipt | BatchReceipt | LineReceipt | None = None
    refusal: BankRefusedError | None = None
    witnesses: frozenset[str] | None = None


def statement_path(iss: str, identity: str) -> str:
    """Return where the bank tells what became of a statement or batch."""
    return f"/v1/statements/{quote(iss, safe='')}/{quote(identity, safe='')}"


def read_outcome(
    content: bytes, sent: bytes, *, pinned: Pin, find_key: FindKey
) -> Outcome:
    """Read an outcome; a receipt must prove that the log holds what was sent.

    Raises:
        BankAnswerError: not an outcome.
        BankFaultError: the receipt does not prove it.
    """
    if parse(OutcomeHead, content).outcome == "refused":
        problem = parse(Problem, content)
        return Outcome(refusal=refused(problem))
    receipt = orjson.loads(content).get("receipt")
    if not isinstance(receipt, dict):
        raise BankAnswerError(found="no receipt")
    raw = orjson.dumps(receipt)
    try:
        if "header_position" in receipt:
            return Outcome(receipt=check_batch(raw, read_batch(sent), pinned=pinned))
        if "batch" in receipt:
            return Outcome(
                receipt=_check_line(raw, sent, pinned=pinned, find_key=find_key)
            )
        return Outcome(receipt=check_single(raw, split(sent)[0], pinned=pinned))
    except (IntegrityError, ValueError) as error:
        raise unproven(error) from error


def _check_line(
    raw: bytes, statement: bytes, *, pinned: Pin, find_key: FindKey
) -> LineReceipt:
    receipt = LineReceipt.model_validate_json(raw)
    signed, header = read_header(receipt.batch.header.encode("ascii"))
    key = find_key(signed.kid)
    if key is None:
        raise BankFaultError(found="no such key in the register")
    verify_jws(signed, read_public_key(key.jwk, algorithm=key.alg))
    verify_line(
        receipt,
        statement,
        origin=pinned.origin,
        key=pinned.checkpoint_key,
        header=header,
    )
    return receipt
