"""How a bank ends once it is told to, and that it does, whatever holds it.

A database that another process has locked, or a server that hangs, holds a thread for
as long as it likes. Nothing that was acknowledged needs what such a thread waits for.
"""

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import active_children
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

import uvicorn

GRACE_SECONDS: Final = 10
"""For the answers that are under way when the bank is stopped."""
CHILD_SECONDS: Final = GRACE_SECONDS + 5
"""For a process that answers to close what it has open, too."""
END_SECONDS: Final = 2 * GRACE_SECONDS
"""From the word to the last process's end."""
CUT_OFF: Final = 4
"""The exit code of a process that could not end in order."""
STOPPING: Final = (signal.SIGINT, signal.SIGTERM)
_LOG = logging.getLogger(__name__)


class Deadline:
    """Ends this process, and those it has started, if it does not end in time."""

    def __init__(self, *, seconds: float = END_SECONDS) -> None:
        """Stand by in a thread: to be made after all processes are forked."""
        self._seconds = seconds
        # The one mailbox that a signal's handler may put something into.
        self._words: SimpleQueue[None] = SimpleQueue()
        self._over: SimpleQueue[None] = SimpleQueue()
        Thread(target=self._watch, name="deadline", daemon=True).start()

    def begin(self) -> None:
        """Count from now, or from when it began before; a signal's handler may."""
        self._words.put(None)

    def lift(self) -> None:
        """Let the process go on for as long as it likes: all is closed."""
        self._over.put(None)
        self._words.put(None)

    def _watch(self) -> None:
        self._words.get()
        try:
            self._over.get(timeout=self._seconds)
        except Empty:
            text = "not closed in order within %g seconds: ended as it was"
            _LOG.error(text, self._seconds)
            for child in active_children():
                child.kill()
            os._exit(CUT_OFF)


@contextmanager
def hearing(
    hear: Callable[[signal.Signals], None], *, also: signal.Signals | None = None
) -> Iterator[None]:
    """Pass signals on; once told to stop, the next word to stop ends us at once."""

    def pass_on(number: int, _: object) -> None:
        if number in STOPPING:
            for one in STOPPING:
                signal.signal(one, signal.SIG_DFL)
        hear(signal.Signals(number))

    heard = STOPPING if also is None else (*STOPPING, also)
    before = {number: signal.signal(number, pass_on) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Stoppable(uvicorn.Server):
    """A server for which it is no failure to be told to stop by a signal."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        deadline: Deadline,
        reload: Callable[[], None] | None = None,
    ) -> None:
        """Serve; SIGHUP does something in the server's loop, or as ever."""
        super().__init__(config)
        self._deadline = deadline
        self._reload = reload
        self._must_reload = False

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take a signal as a word, and not as a way to die."""
        also = None if self._reload is None else signal.SIGHUP
        with hearing(self._hear, also=also):
            yield

    async def on_tick(self, counter: int) -> bool:
        """Do what a signal asked for; tell whether to end."""
        if self._must_reload and self._reload is not None:
            self._must_reload = False
            self._reload()
        return await super().on_tick(counter)

    def stop(self) -> None:
        """Answer what is under way, and end; from any thread or signal's handler."""
        self.should_exit = True
        self._deadline.begin()

    def _hear(self, number: signal.Signals) -> None:
        if number is signal.SIGHUP:
            self._must_reload = True
        else:
            self.stop()
