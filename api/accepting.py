"""How the processes of one bank share the connections that come to one socket.

An event loop takes all that wait at once: of many that come together one process would
get nearly all, and keep them for as long as they stay open. Here each takes one at a
time, and whoever has clearly more than another lets that one come first. Should it not
come within a moment, the connection is taken all the same.
"""

import asyncio
import logging
from collections.abc import Callable
from socket import AF_UNIX, IPPROTO_TCP, TCP_NODELAY, socket
from typing import Final

from api.door import Door

MOMENT_SECONDS: Final = 0.002
"""For a process with fewer connections to come first."""
SECONDS_OUT: Final = 1.0
"""After one could not be taken, for want of files, say."""
BACKLOG: Final = 2048
"""How many wait in the kernel to be taken."""
_LOG = logging.getLogger(__name__)


class Acceptor:
    """Takes connections at one socket, which other processes listen at as well.

    A server closes it, and waits for its end, as it does with those of the event loop.
    """

    def __init__(
        self, listening: socket, door: Door, *, make: Callable[[], asyncio.Protocol]
    ) -> None:
        """Listen from now, in the loop that runs; what is taken speaks as was made."""
        self._loop = asyncio.get_running_loop()
        self._listening, self._door, self._make = listening, door, make
        self._pause: asyncio.TimerHandle | None = None
        self._begun: set[asyncio.Task[None]] = set()
        self._is_closed = False
        listening.settimeout(0)
        listening.listen(BACKLOG)
        self._watch()

    def close(self) -> None:
        """Take no more."""
        self._is_closed = True
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listening.fileno())

    async def wait_closed(self) -> None:
        """Wait for those that were taken to be open."""
        await asyncio.gather(*self._begun)

    def _watch(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listening.fileno(), self._come)

    def _come(self) -> None:
        if self._door.has_more_than_others():
            self._rest(MOMENT_SECONDS, self._take_and_watch)
        else:
            self._take()

    def _rest(self, seconds: float, then: Callable[[], None]) -> None:
        self._loop.remove_reader(self._listening.fileno())
        self._pause = self._loop.call_later(seconds, then)

    def _take_and_watch(self) -> None:
        self._watch()
        self._take()

    def _take(self) -> None:
        try:
            taken, _ = self._listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            # Another process came first, or whoever came has left.
            return
        except OSError:
            _LOG.exception("no connection can be taken for a moment")
            self._rest(SECONDS_OUT, self._watch)
            return
        task = self._loop.create_task(self._connect(taken))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def _connect(self, taken: socket) -> None:
        try:
            if taken.family != AF_UNIX:
                # Not every loop does it with what was taken elsewhere.
                taken.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            connect = self._loop.connect_accepted_socket
            transport, _ = await connect(self._make, taken)
        except OSError:
            # It was gone before anything was said.
            taken.close()
            return
        if self._is_closed:
            # The server has told those that were there to end before this one was.
            transport.close()
