"""The body of a request, which comes to its end within its bounds of size and time."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from api.errors import BodyTimeoutError, BodyTooLargeError

BODY_SECONDS_MAX: Final = 60


def _let(size: int) -> None:
    del size


async def read_body(
    receive: Receive, *, limit: int, take: Callable[[int], None] = _let
) -> bytes:
    """Return a whole body; ``take`` is told how many bytes have arrived, as they do.

    Raises:
        BodyTooLargeError: it is larger.
        BodyTimeoutError: it did not come in time.
        ClientDisconnect: its sender left.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS_MAX):
            return await _read(receive, limit=limit, take=take)
    except TimeoutError as error:
        raise BodyTimeoutError from error


async def _read(receive: Receive, *, limit: int, take: Callable[[int], None]) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        take(len(chunk))
        if size > limit:
            raise BodyTooLargeError(limit_bytes=limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)
