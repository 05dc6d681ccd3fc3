"""Where a full bank turns posts away: before HTTP is spoken with them.

To parse a request, to begin a task for it and to answer as others are answered costs
several times what there is to say, and whoever decides waits for the same interpreter.
So a post that came whole, in plain spelling, is told to come back from here. Whatever
is not that plain goes the usual way, and is refused there with the same answer.
"""

import asyncio
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from uvicorn import Config
from uvicorn.server import ServerState

from api.connected import Connected
from api.frame import Framed

HEAD_SECONDS_MAX: Final = 60
"""From the beginning of a connection, or from a header's first byte."""
_POST: Final = b"POST /v1/statements HTTP/1.1\r\n"
_HEAD: Final = re.compile(re.escape(_POST) + rb"((?:[A-Za-z0-9-]+:[\t -~]*\r\n)+)\r\n")
_END: Final = b"\r\n\r\n"
_KNOWN_BYTES_MAX: Final = 512
"""Of a longer head nothing is remembered: whoever asks does not fill the memory."""
_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_LENGTH: Final = re.compile(rb"[0-9]{1,7}")
_OTHERWISE: Final = frozenset(
    {b"transfer-encoding", b"expect", b"upgrade", b"trailer", b"te"}
)
"""With one of these, where a request ends or what is answered is for others to say."""


def plain_headers(data: bytes) -> Mapping[bytes, bytes] | None:
    """Return the headers of a post, if it is whole, ends there and is plain.

    Plain is what any reader of HTTP reads alike: no header twice, no length but one.
    """
    end = data.find(_END) + len(_END)
    # Whoever asks again asks with the same head, or nearly so.
    read = _known if end <= _KNOWN_BYTES_MAX else _plain_head
    headers, length = read(data[:end])
    return headers if end + length == len(data) else None


def _plain_head(head: bytes) -> tuple[Mapping[bytes, bytes] | None, int]:
    """Return its headers and how long the body is that they announce."""
    found = _HEAD.fullmatch(head)
    if found is None:
        return None, 0
    lines = found[1].split(b"\r\n")[:-1]
    parts = (line.partition(b":") for line in lines)
    headers = {name.lower(): value.strip(b" \t") for name, _, value in parts}
    length = headers.get(b"content-length", b"")
    is_plain = (
        len(headers) == len(lines)
        and _LENGTH.fullmatch(length)
        and headers.keys().isdisjoint(_OTHERWISE)
        and headers.get(b"connection", b"keep-alive").lower() == b"keep-alive"
    )
    return (headers, int(length)) if is_plain else (None, 0)


_known = lru_cache(1024)(_plain_head)


def without_upgrade(data: bytes) -> bytes:
    """Return a request that begins here without the wish to speak something else.

    Some clients ask for HTTP/2 in the first request to an address, whatever it carries
    (RFC 9113 §3.1 no longer knows that). A server may pass it over (RFC 9110 §7.8); the
    parser would end the request where its body begins.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nX-Not-Upgraded:", head) + end + rest


class Threshold(Connected):
    """One connection of a server that carries a bank's application."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        *,
        app_state: dict[str, Any],  # Any: the server's own.
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Stand before the application of a configuration."""
        app = config.app
        if not isinstance(app, Framed):
            raise TypeError
        self._frame = app.frame
        self._door = app.frame.door
        self.crowd = self._door.crowd
        self._is_between = True
        self._lacks_head = True
        self._turned_away_at = 0.0
        self._patience: asyncio.TimerHandle | None = None
        super().__init__(config, server_state, app_state, _loop)

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Begin to wait for a header."""
        super().connection_made(transport)
        self._mind_the_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._lacks_head = False
        self._mind_the_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Turn a post away, or have it read."""
        if self._is_between and b"pgrade" in data:
            data = without_upgrade(data)
        if self._is_between and data.startswith(_POST):
            has_room = self._door.expects(self.loop.call_soon)
            if not has_room and self._is_free() and self._turn_away(data):
                self._lacks_head = False
                self._mind_the_head()
                return
        super().data_received(data)
        self._mind_the_head()

    def on_message_begin(self) -> None:
        """Note that what comes next belongs to a request that has begun."""
        self._is_between = False
        self._lacks_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the header has come."""
        self._lacks_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that what comes next begins a request."""
        self._is_between = True
        super().on_message_complete()

    def _mind_the_head(self) -> None:
        """Wait so long for the end of a header, and no longer."""
        if self._lacks_head and self._patience is None:
            close = self.transport.close
            self._patience = self.loop.call_later(HEAD_SECONDS_MAX, close)
        elif self._patience is not None and not self._lacks_head:
            self._patience.cancel()
            self._patience = None

    def _is_free(self) -> bool:
        """Tell whether an answer may be written now: none is owed, all are read."""
        # The newest request's; before the first there is none.
        answered = getattr(self.cycle, "response_complete", True)
        stuck = self.flow.write_paused or self.transport.is_closing()
        return answered and not stuck

    def _turn_away(self, data: bytes) -> bool:
        headers = plain_headers(data)
        if headers is None:
            return False
        usual = self.server_state.default_headers
        answer = self._frame.turn_away(headers, before=usual)
        if answer is None:
            return False
        self.transport.write(answer)
        self._turned_away_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            # Counts it, and waits for the next one as after any other answer.
            self.on_response_complete()
        else:
            # It waits already, and looks at the clock in the end.
            self.server_state.total_requests += 1
        return True

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing came for so long."""
        left = self._turned_away_at + self.timeout_keep_alive - self.loop.time()
        if left <= 0:
            super().timeout_keep_alive_handler()
            return
        self.timeout_keep_alive_task = self.loop.call_later(
            left, self.timeout_keep_alive_handler
        )
