"""An answer as a server sends it: its status, its headers in bytes, its body."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from starlette.responses import Response
from starlette.types import Scope, Send

Headers = list[tuple[bytes, bytes]]
"""As ASGI has them: names in lower case, in the order they came."""


class Answer(NamedTuple):
    """Whole before the first byte is sent. The headers are not complete yet."""

    status: int
    headers: Headers
    body: bytes

    async def send(self, send: Send) -> None:
        """Send it."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": self.headers,
            }
        )
        await send({"type": "http.response.body", "body": self.body})

    def as_bytes(self, before: Headers) -> bytes:
        """Return it as it goes over a connection, after the server's own headers."""
        phrase = HTTPStatus(self.status).phrase.encode()
        parts = [b"HTTP/1.1 %d %s\r\n" % (self.status, phrase)]
        for headers in (before, self.headers):
            parts += [b"%s: %s\r\n" % one for one in headers]
        return b"".join((*parts, b"\r\n", self.body))

    def as_response(self) -> Response:
        """Return it as the framework's routes do."""
        response = Response(self.body, self.status)
        response.raw_headers = self.headers
        return response


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    """Return a request's headers by name; of several of one name the first."""
    return dict(reversed(scope["headers"]))


def json_answer(
    status: int, body: bytes, *, headers: Headers, media_type: bytes
) -> Answer:
    """Return an answer of JSON that was written already."""
    length = (b"content-length", b"%d" % len(body))
    return Answer(status, [*headers, length, (b"content-type", media_type)], body)
