"""An answer as a server sends it: its status, its headers in bytes, its body."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.types import Scope, Send

Headers = list[tuple[bytes, bytes]]
"""As ASGI has them: names in lower case, in the order they came."""
_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; "
    b"base-uri 'none'"
)
SAFE: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", _POLICY),
    (b"cache-control", b"no-store"),
    # Learners' ids stand in addresses: they are told to nobody.
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What every answer says."""


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
