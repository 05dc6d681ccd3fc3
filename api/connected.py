"""Connections as they are in life: half closed, not read from, or one too many.

None of them may be held for ever or fill the memory, and all together not so many that
a process has no file left for its databases.
"""

import asyncio
import logging
import time
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

READING_SECONDS_MAX: Final = 60
"""For the other end to take what waits for it, and for an answer to one half closed."""
CONNECTIONS_MAX: Final = 4096
"""Of one process."""
HEADERS_MAX: Final = 1000
"""Of one request, trailers among them: each takes much more than its bytes."""
IDLE_BYTES_MAX: Final = 512 * 1024
"""In a row and neither a whole head nor any of a body; more than is read at once."""
_FILES_KEPT: Final = 256
"""For databases and the log: three files each, of two pools of twenty and more."""
_SECONDS_BETWEEN: Final = 60
_LOG = logging.getLogger(__name__)


def raise_file_limit() -> None:
    """Let this process, and those it starts, have as many files open as it may."""
    _, hard = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (hard, hard))


def connections_max() -> int:
    """Return how many connections this process takes."""
    files, _ = getrlimit(RLIMIT_NOFILE)
    if files == RLIM_INFINITY:
        return CONNECTIONS_MAX
    return min(CONNECTIONS_MAX, max(files - _FILES_KEPT, files // 2))


class Seldom(logging.Filter):
    """Lets a warning through once in a while: whoever asks for it fills no disk."""

    def __init__(self) -> None:
        """Have said nothing yet."""
        super().__init__()
        self._told_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether it is no warning, or was not said for a while."""
        now = time.monotonic()
        told_at = self._told_at.get(record.msg, -float(_SECONDS_BETWEEN))
        if record.levelno != logging.WARNING:
            return True
        if now - told_at < _SECONDS_BETWEEN:
            return False
        self._told_at[record.msg] = now
        return True


_WARNINGS: Final = _LOG.getChild("warnings")
"""What the server says of connections. Its own loggers are set anew as it starts."""
_WARNINGS.setLevel(logging.WARNING)
_WARNINGS.addFilter(Seldom())


class Crowd:
    """How many connections there may be. Belongs to one event loop."""

    def __init__(self) -> None:
        """Look at the limit of this process."""
        self._most = connections_max()
        self._told_at = -float(_SECONDS_BETWEEN)

    def has_room(self, count: int) -> bool:
        """Tell whether so many are not too many; say once in a while that they are."""
        if count <= self._most:
            return True
        now = time.monotonic()
        if now - self._told_at >= _SECONDS_BETWEEN:
            self._told_at = now
            _LOG.error("%d connections are open: no more are taken", self._most)
        return False


class Connected(HttpToolsProtocol):
    """One connection, of which nothing is expected."""

    crowd: Crowd
    _idle_bytes = 0
    _unread: asyncio.TimerHandle | None = None

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Let go at once of one too many: those that are there are served."""
        self.logger = _WARNINGS
        super().connection_made(transport)
        if not self.crowd.has_room(len(self.connections)):
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._is_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless it never comes to anything."""
        super().data_received(data)
        self._idle_bytes += len(data)
        is_endless = self._idle_bytes > IDLE_BYTES_MAX
        if (is_endless or self._has_too_many()) and not self.transport.is_closing():
            self.send_400_response("The request is too large.")

    def on_headers_complete(self) -> None:
        """Begin to answer.

        Raises:
            ValueError: the parser ends the connection.
        """
        hosts = sum(name == b"host" for name, _ in self.headers)
        # With two of them others may read another one (RFC 9112 §3.2).
        if hosts > 1 or self._has_too_many():
            raise ValueError
        self._idle_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._idle_bytes = 0
        super().on_body(body)

    def _has_too_many(self) -> bool:
        # Before the first request there is no list.
        return len(self.headers or ()) > HEADERS_MAX

    def eof_received(self) -> bool:  # type: ignore[override]
        """Tell whether an answer is still owed to whoever says no more.

        HTTP lets him read it (RFC 9112 §9.6); whoever has left altogether looks alike.
        """
        # The newest request's; before the first there is none.
        is_owed = not getattr(self.cycle, "response_complete", True)
        if not is_owed or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        self._wait_for_reader()
        return True

    def pause_writing(self) -> None:
        """Wait so long for what was written to be read."""
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """Wait no more."""
        self._is_read()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Have a connection that ends with this answer end in time."""
        super().on_response_complete()
        self._leave()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that is not used, and have it end in time."""
        super().timeout_keep_alive_handler()
        self._leave()

    def _leave(self) -> None:
        transport = self.transport
        if transport.is_closing() and transport.get_write_buffer_size():
            self._wait_for_reader()

    def _wait_for_reader(self) -> None:
        if self._unread is None:
            abort = self.transport.abort
            self._unread = self.loop.call_later(READING_SECONDS_MAX, abort)

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
