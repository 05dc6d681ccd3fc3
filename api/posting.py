"""Posting: from the bytes of a statement or batch to the bytes of its receipt.

It is what a bank does most, so it is plain ASGI; the framework only describes it, and
judges a query where there is one.
"""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.types import Receive

from api.answers import Answer, Headers, json_answer
from api.bodies import read_body
from api.checking import Check, Checking
from api.door import Door
from api.errors import BodyTooLargeError, MediaTypeError
from api.mailbox import Take
from ledger.intake import receive_batch, receive_single
from ledger.integrity.batch import BATCH_BYTES_MAX
from ledger.integrity.receipts import BatchReceipt, SingleReceipt
from ledger.sequencer import Accepted, BusyError

PATH: Final = "/v1/statements"
SINGLE: Final = "application/jose"
BATCH: Final = "application/x-ndjson"
SINGLE_BYTES_MAX: Final = 1024 * 1024
"""A statement with its disclosures."""

_KINDS: Final[Mapping[str, tuple[Check, int]]] = {
    SINGLE: (receive_single, SINGLE_BYTES_MAX),
    BATCH: (receive_batch, BATCH_BYTES_MAX),
}


class Posting:
    """Takes in what is posted to one bank."""

    def __init__(self, checking: Checking, door: Door) -> None:
        """Have it checked, as much at once as the door lets in."""
        self._checking = checking
        self.door = door

    async def accept(self, headers: Mapping[bytes, bytes], receive: Receive) -> Answer:
        """Return the receipt of what a request carries.

        Raises:
            MediaTypeError: neither a statement nor a batch.
            BodyTooLargeError, BodyTimeoutError, ClientDisconnect: the body.
            BusyError: too much is under way.
            Whatever it is refused with.
        """
        named = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0]
        kind = _KINDS.get(named.strip().lower())
        if kind is None:
            raise MediaTypeError
        check, limit = kind
        announced = headers.get(b"content-length", b"")
        # Refused before it is sent; what is not announced is counted as it comes.
        if announced.isdigit() and int(announced[:20]) > limit:
            raise BodyTooLargeError(limit_bytes=limit)
        with self.door.visit() as visit:
            raw = await read_body(receive, limit=limit, take=visit.take)
            visit.begin()
            accepted = await self._checking.accept(raw, check)
            visit.is_written = not accepted.replayed
        return _receipt(accepted)

    def check_of(self, headers: Mapping[bytes, bytes], size: int) -> Check | None:
        """Return how a body of this size is read, if nothing is to be said against it.

        What there is to be said is for ``accept`` to say.
        """
        named = headers.get(b"content-type", b"").decode("latin-1")
        check, limit = _KINDS.get(named, (None, 0))
        return check if size <= limit else None

    def give_way(self) -> None:
        """Let the loop turn others away before anything more is checked."""
        self._checking.give_way()

    def begin(self, raw: bytes, check: Check, *, take: Take[Answer]) -> None:
        """Have a body that is there checked and written, and its receipt taken."""
        visit = self.door.visit()

        def end(outcome: Accepted | Exception) -> None:
            if isinstance(outcome, Exception):
                visit.end(outcome)
                take(outcome)
            else:
                visit.is_written = not outcome.replayed
                visit.end(None)
                take(_receipt(outcome))

        try:
            visit.take(len(raw))
            visit.begin()
        except BusyError as error:
            # Others came first, at another door.
            end(error)
        else:
            self._checking.begin(raw, check, take=end)


def _receipt(accepted: Accepted) -> Answer:
    position = b"%d" % last_position(accepted.receipt)
    headers: Headers = [(b"x-ledger-position", position)]
    if accepted.replayed:
        headers.append((b"idempotent-replayed", b"true"))
    body = orjson.dumps(as_object(accepted.receipt))
    return json_answer(201, body, headers=headers, media_type=b"application/json")


def last_position(receipt: SingleReceipt | BatchReceipt) -> int:
    """Return the position of the newest entry that a receipt is about."""
    if isinstance(receipt, BatchReceipt):
        return receipt.header_position + receipt.count
    return receipt.position


def as_object(receipt: SingleReceipt | BatchReceipt) -> dict[str, object]:
    """Return a receipt as it is sent."""
    if type(receipt) is SingleReceipt:
        # Its fields are plain JSON already; most receipts are of this kind.
        return {name: value for name, value in receipt if value is not None}
    content: dict[str, object] = receipt.model_dump(mode="json", exclude_none=True)
    return content
