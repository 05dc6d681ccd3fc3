"""What surrounds every answer: request id, ledger position, safe headers, own host."""

import logging
import re
import secrets
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bank import Bank
from api.door import Door
from api.errors import ForeignHostError
from api.problems import respond
from ledger.sequencer import BusyError, InternalFaultError
from ledger.store.reader import StoreUnavailableError

POSTING: Final = "/v1/statements"
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

    def __init__(self, app: ASGIApp, *, bank: Bank, door: Door) -> None:
        """Wrap the application of a bank."""
        self._app = app
        self._bank = bank
        self._door = door
        self._position = -1

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
                self._finish(MutableHeaders(scope=message), scope)
            await send(message)

        if (error := self._find_refusal(scope, headers)) is not None:
            refused = respond(Request(scope), error)
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

    def _find_refusal(self, scope: Scope, headers: Headers) -> Exception | None:
        """Return why a request is not even read."""
        # Names that lead here from a page elsewhere must not be served (DNS rebinding).
        if scope.get("server") and not _HOSTS.fullmatch(headers.get("host", "")):
            return ForeignHostError()
        if scope["method"] != "POST" or scope["path"] != POSTING:
            return None
        try:
            self._door.check()
        except BusyError as error:
            # To ask the store for its head would cost more than the refusal itself.
            scope["known_position"] = self._position
            return error
        return None

    def _finish(self, headers: MutableHeaders, scope: Scope) -> None:
        headers["X-Request-Id"] = scope["request_id"]
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Content-Security-Policy", _POLICY)
        headers.setdefault("Cache-Control", "no-store")
        # Learners' ids stand in addresses: they are told to nobody.
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "x-ledger-position" not in headers:
            position = scope.get("known_position")
            if position is None and (position := self._read_position()) is None:
                return
            headers["X-Ledger-Position"] = str(position)
        self._position = max(self._position, int(headers["x-ledger-position"]))

    def _read_position(self) -> int | None:
        try:
            head = self._bank.store.read_head()
        except StoreUnavailableError:
            return None
        return -1 if head is None else head.size - 1
