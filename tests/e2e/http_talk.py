"""Talks with a bank's server over a connection that is in one's hand."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.door import Door
from api.frame import Framed
from api.threshold import Threshold
from tests.e2e.http_bank import SINGLE, HttpBank
from tests.e2e.http_line import HOST, NAMED, START, Line

CREATED = b"HTTP/1.1 201 "
BUSY = b"HTTP/1.1 503 "
T = TypeVar("T")


def app_of(bank: HttpBank) -> Framed:
    """Return the application under test."""
    app = bank.client.app
    assert isinstance(app, Framed)
    return app


def door_of(bank: HttpBank) -> Door:
    """Return its door."""
    return app_of(bank).frame.door


def in_loop(bank: HttpBank, talk: Callable[[], Awaitable[T]]) -> T:
    """Run in the loop in which the bank lives."""
    portal = bank.client.portal
    assert portal is not None
    return portal.call(talk)


def post(body: bytes, *headers: bytes, media_type: str = SINGLE) -> bytes:
    """Return a request."""
    named = (b"Content-Type: " + media_type.encode(), *headers)
    lines = b"".join(one + b"\r\n" for one in named)
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return START + HOST + NAMED + lines + length + body


def asking(learner_id: str, *headers: bytes) -> bytes:
    """Return a question for a balance."""
    line = f"GET /v1/learners/{learner_id}/balance HTTP/1.1\r\n".encode()
    return line + HOST + NAMED + b"".join(one + b"\r\n" for one in headers) + b"\r\n"


Said = tuple[bytes, bool, bool]


def say(
    bank: HttpBank,
    pieces: Sequence[bytes],
    *,
    speaking: type[HttpToolsProtocol] = Threshold,
    pausing: bool = False,
) -> Said:
    """Return what is told, whether that ended it, or else whether silence will."""

    async def talk() -> Said:
        line = Line(app_of(bank), speaking)
        for piece in pieces:
            line.speaker.data_received(piece)
            if pausing:
                await line.settle()
        await line.settle()
        found = (line.wire.told, line.wire.is_over, line.waits())
        line.end()
        return found

    return in_loop(bank, talk)
