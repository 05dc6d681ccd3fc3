"""What surrounds every answer: request id, ledger position, safe headers, own host."""

import logging
import re
import secrets
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bank import Bank
from api.errors import ForeignHostError
from api.problems import respond
from ledger.sequencer import InternalFaultError
from ledger.store.reader import StoreUnavailableError

_LOG = logging.getLogger(__name__)
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_HOSTS: Final = re.compile(
    r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII
)
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class Frame:
    """An ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, bank: Bank) -> None:
        """Wrap the application of a bank."""
        self._app = app
        self._bank = bank

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            # The same answer; the server leaves its body out.
            scope = {**scope, "method": "GET"}
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        known = asked if _REQUEST_ID.fullmatch(asked) else secrets.token_hex(8)
        scope["request_id"] = known
        started = False

        async def send_framed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._finish(MutableHeaders(scope=message), known)
            await send(message)

        # Names that lead here from a page elsewhere must not be served (DNS rebinding).
        if scope.get("server") and not _HOSTS.fullmatch(headers.get("host", "")):
            refused = respond(Request(scope), ForeignHostError())
            await refused(scope, receive, send_framed)
            return
        try:
            await self._app(scope, receive, send_framed)
        except ClientDisconnect:
            _LOG.info("request %s was left unfinished by its sender", known)
        except Exception:
            _LOG.exception("request %s failed", known)
            if started:
                raise
            failed = respond(Request(scope), InternalFaultError())
            await failed(scope, receive, send_framed)

    def _finish(self, headers: MutableHeaders, request_id: str) -> None:
        headers["X-Request-Id"] = request_id
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Content-Security-Policy", _POLICY)
        headers.setdefault("Cache-Control", "no-store")
        # Learners' ids stand in addresses: they are told to nobody.
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "x-ledger-position" in headers:
            return
        try:
            head = self._bank.store.read_head()
        except StoreUnavailableError:
            return
        headers["X-Ledger-Position"] = str(-1 if head is None else head.size - 1)
