"""Where plain requests are answered before HTTP is spoken: posts, and balances.

To parse a request and to begin a task for it costs several times what there is to say
to whoever is turned away, and whoever checks the others waits for the same interpreter.
So what came whole, in plain spelling, is answered from here. A post that is let in is
checked from that moment, however many others the loop has to turn away in this turn.
Whatever is not that plain goes the usual way, and is answered there in the same bytes.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from api.answers import Answer
from api.connected import Connected
from api.errand import Errand
from api.frame import Framed
from api.plain import POST, Plain, read_plain, without_upgrade

HEAD_SECONDS_MAX: Final = 60
"""From the beginning of a connection, or from a header's first byte."""
KEPT_BYTES_MAX: Final = 64 * 1024
"""Of what follows a request that is not answered yet, and then no more is read."""


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
        self._errand: Errand | None = None
        # What came while it was not answered, and whether that is all.
        self._kept, self._is_ended = b"", False
        self._came_late = False
        self._lacks_head = True
        self._turned_away_at = 0.0
        self._patience: asyncio.TimerHandle | None = None
        super().__init__(config, server_state, app_state, _loop)

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Begin to wait for a header."""
        super().connection_made(transport)
        self._door.count_connections(len(self.connections))
        self._mind_the_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._lacks_head = False
        self._mind_the_head()
        super().connection_lost(exc)
        self._door.count_connections(len(self.connections))

    def data_received(self, data: bytes) -> None:
        """Answer what is plain, or have it read."""
        if self._errand is not None:
            self._keep(data)
        else:
            self._read(data)

    def _read(self, data: bytes, *, is_late: bool = False) -> None:
        if self._is_between and b"pgrade" in data:
            data = without_upgrade(data)
        if self._is_between:
            data = self._answer(data, is_late=is_late)
        if data:
            super().data_received(data)
        self._mind_the_head()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Tell whether an answer is still owed to whoever says no more."""
        if self._kept:
            self._is_ended = True
            self._wait_for_reader()
            return True
        return super().eof_received()

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

    def _answer(self, data: bytes, *, is_late: bool) -> bytes:
        """Answer the plain requests with which this begins; return what is left."""
        while self._is_free() and (asked := read_plain(data)) is not None:
            if not self._begin(asked, data, is_late=is_late):
                break
            self._lacks_head = False
            data = data[asked.end :]
            if data and self._errand is not None:
                self._keep(data)
                data = b""
        if data.startswith(POST):
            # It goes the usual way, and begins after this turn of the loop.
            self._door.expect(self.loop.call_soon)
        return data

    def _begin(self, asked: Plain, data: bytes, *, is_late: bool) -> bool:
        if asked.learner_id is None and (is_late or not self._door.has_room()):
            return self._turn_away(asked.headers)
        errand = self._frame.errand(asked, send=self._send)
        if errand is None:
            return False
        self._unset_keepalive_if_required()
        self._errand = self.cycle = errand  # type: ignore[assignment]
        self.tasks.add(errand)  # type: ignore[arg-type]
        errand.run(data[asked.begin : asked.end])
        return True

    def _send(self, errand: Errand, answer: Answer) -> None:
        self._errand = None
        self.tasks.discard(errand)
        if errand.disconnected:
            return
        content = [STATUS_LINE[answer.status]]
        for name, value in (*self.server_state.default_headers, *answer.headers):
            content += (name, b": ", value, b"\r\n")
        if not errand.keep_alive:
            content.append(b"connection: close\r\n")
        self.transport.write(b"".join((*content, b"\r\n", answer.body)))
        if not errand.keep_alive:
            self.transport.close()
        self.on_response_complete()
        if self._kept and not self.transport.is_closing():
            self._read_kept()

    def _keep(self, data: bytes) -> None:
        """Keep what follows until what is under way is answered.

        What comes while the bank is full will be told so, though its place in the row
        is one at which there is room again: who asks ahead would be let in before all
        others, and wait for ever longer.
        """
        self._kept += data
        self._came_late |= not self._door.has_room()
        if len(self._kept) > KEPT_BYTES_MAX:
            self.flow.pause_reading()

    def _read_kept(self) -> None:
        kept, self._kept = self._kept, b""
        is_late, self._came_late = self._came_late, False
        self._read(kept, is_late=is_late)
        if self._is_ended and not self._kept and not super().eof_received():
            self.transport.close()

    def _turn_away(self, headers: Mapping[bytes, bytes]) -> bool:
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
