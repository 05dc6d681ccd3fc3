"""Posting statements and batches, and finding out what became of them."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from functools import partial
from typing import Annotated, Final

import orjson
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.errors import (
    BodyTimeoutError,
    BodyTooLargeError,
    MediaTypeError,
    NoSuchStatementError,
)
from api.problems import problem_of, responses
from api.reading import PRINTABLE, Simple, bank_of
from api.witnessed import witnessed_since
from api.wording import choose_language
from ledger.domain.state import StatementRecord
from ledger.intake import Submission, receive_batch, receive_single
from ledger.integrity.batch import BATCH_BYTES_MAX
from ledger.integrity.receipts import BatchReceipt, SingleReceipt
from ledger.sequencer import Accepted

SINGLE: Final = "application/jose"
BATCH: Final = "application/x-ndjson"
SINGLE_BYTES_MAX: Final = 1024 * 1024
"""A statement with its disclosures."""
BODY_SECONDS_MAX: Final = 60
INTAKE_THREADS: Final = 8

router = APIRouter(tags=["statements"])

_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            SINGLE: {"schema": {"type": "string", "description": "A JWS (RFC 7515)"}},
            BATCH: {"schema": {"type": "string", "description": "A signed batch"}},
        },
    }
}


NamePart = Annotated[str, Path(max_length=64, pattern=PRINTABLE)]


class Nothing(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid")


def intake_limiter() -> CapacityLimiter:
    """Return the threads that check what is posted.

    They are apart from those that read: readers who wait for a position must not keep
    a statement out.
    """
    return CapacityLimiter(INTAKE_THREADS)


@router.post(
    "/v1/statements",
    status_code=201,
    openapi_extra=_BODY,
    responses=responses(201, 400, 403, 408, 409, 413, 415, 422, 503),
)
async def post_statements(
    request: Request, asked: Annotated[Nothing, Query()]
) -> Response:
    """Accept one signed statement, or one batch; the answer is its receipt."""
    del asked
    bank = bank_of(request)
    named = request.headers.get("content-type", "").partition(";")[0]
    media_type = named.strip().lower()
    if media_type not in {SINGLE, BATCH}:
        raise MediaTypeError
    limit = SINGLE_BYTES_MAX if media_type == SINGLE else BATCH_BYTES_MAX
    announced = request.headers.get("content-length", "")
    # Refused before it is sent; what is not announced is counted as it comes.
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise BodyTooLargeError(limit_bytes=limit)
    receive: Callable[..., Submission] = receive_batch
    if media_type == SINGLE:
        receive = receive_single
    with request.app.state.door.visit() as visit:
        raw = await read_body(visit.count(request.stream()), limit=limit)
        visit.begin()
        check = partial(
            receive, raw, find_key=bank.find_key, tagger=bank.vault.keys.certificate_tag
        )
        submission = await to_thread.run_sync(check, limiter=request.app.state.intake)
        accepted = await asyncio.wrap_future(bank.sequencer.submit(submission))
    return _receipt(accepted)


async def read_body(stream: AsyncIterable[bytes], *, limit: int) -> bytes:
    """Return a body that comes to its end within its bounds of size and time.

    Raises:
        BodyTooLargeError: it is larger.
        BodyTimeoutError: it did not come in time.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            return b"".join([chunk async for chunk in _up_to(limit, stream)])
    except TimeoutError as error:
        raise BodyTimeoutError from error


async def _up_to(limit: int, stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError(limit_bytes=limit)
        yield chunk


def _receipt(accepted: Accepted) -> Response:
    receipt = accepted.receipt
    headers = {"X-Ledger-Position": str(last_position(receipt))}
    if accepted.replayed:
        headers["Idempotent-Replayed"] = "true"
    content = orjson.dumps(as_object(receipt))
    return Response(content, 201, headers=headers, media_type="application/json")


def last_position(receipt: SingleReceipt | BatchReceipt) -> int:
    """Return the position of the newest entry that a receipt is about."""
    if isinstance(receipt, BatchReceipt):
        return receipt.header_position + receipt.count
    return receipt.position


def as_object(receipt: SingleReceipt | BatchReceipt) -> dict[str, object]:
    """Return a receipt as it is sent."""
    content: dict[str, object] = receipt.model_dump(mode="json", exclude_none=True)
    return content


@router.get("/v1/statements/{iss}/{identity}", responses=responses(200, 404, 422, 503))
def read_statement(
    request: Request, iss: NamePart, identity: NamePart, asked: Simple
) -> Response:
    """Tell what became of a statement or batch, for a caller that lost the answer."""
    bank = bank_of(request)
    bank.head(min_position=asked.min_position or -1)
    headers = {}
    record = bank.store.load("statements", [(iss, identity)]).get((iss, identity))
    if isinstance(record, StatementRecord):
        receipt = bank.receipts.receipt(record.position, identity=identity)
        content: dict[str, object] = {
            "outcome": "accepted",
            "position": record.position,
            "receipt": as_object(receipt),
        }
        position = last_position(receipt)
        witnessed = witnessed_since(bank, position)
        if witnessed is not None:
            content["witnessed"] = witnessed
    else:
        refusal = bank.sequencer.find_refusal(iss=iss, identity=identity)
        if refusal is None:
            raise NoSuchStatementError(pointer="/path/identity")
        language = choose_language(request.headers.get("accept-language", ""))
        _, problem = problem_of(refusal, language=language)
        content = {"outcome": "refused", **problem}
        position = refusal.decided_at_position
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
    headers["X-Ledger-Position"] = str(position)
    return Response(
        orjson.dumps(content), headers=headers, media_type="application/json"
    )
