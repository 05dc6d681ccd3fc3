"""Follows the log in a process of its own, so that the writer's has its core alone.

The two share the databases and a pipe: a byte asks for the next round at once, and its
end, which a killed bank leaves behind too, tells the follower to stop.
"""

import gc
import logging
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Final, Self

from ledger.database import open_engine
from ledger.store.application import LedgerStore
from projections.runner import Runner

END_SECONDS: Final = 12
"""For the page that it has begun, when the bank is stopped."""
_BYTES: Final = 4096
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A process that keeps the projections of one ledger."""

    process: ForkProcess
    pipe: Connection
    burying: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def fork(cls, *, database_url: str, projections_url: str) -> Self:
        """Start the process. It opens nothing before it is woken for the first time.

        To be called before this process has threads or open databases: neither
        survives a fork.
        """
        reading, writing = Pipe(duplex=False)
        os.set_blocking(writing.fileno(), False)
        process = get_context("fork").Process(
            target=_follow,
            args=(reading, writing),
            kwargs={"urls": (database_url, projections_url)},
            name="projections",
            daemon=True,
        )
        process.start()
        reading.close()
        return cls(process=process, pipe=writing)

    def wake(self) -> None:
        """Ask for a round at once; a process that is forked later may, too."""
        # A full pipe has woken it already, and of a lost process ``wait`` tells.
        with suppress(BlockingIOError, BrokenPipeError):
            if not self.pipe.closed:
                os.write(self.pipe.fileno(), b".")

    def wait(self) -> None:
        """Wait until the process has ended."""
        wait([self.process.sentinel])
        self._bury()

    def close(self) -> None:
        """Let the process end after its page, and wait for it."""
        self.pipe.close()
        if not wait([self.process.sentinel], END_SECONDS):
            # What it had not committed is projected again.
            _LOG.error("the process that keeps the projections did not end in time")
            self.process.kill()
        self._bury()

    def _bury(self) -> None:
        # Of two threads that ask the system for its end at once, one is told nothing.
        with self.burying:
            self.process.join()


def _follow(reading: Connection, writing: Connection, *, urls: tuple[str, str]) -> None:
    writing.close()
    # The bank says when to stop; Ctrl-C reaches all processes of a terminal at once.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # What both share stays shared as long as nobody looks at it for rubbish.
    gc.freeze()
    if not os.read(reading.fileno(), _BYTES):
        return
    store = LedgerStore(open_engine(urls[0]))
    runner = Runner(store, open_engine(urls[1]))
    listening = threading.Thread(target=_listen, args=(reading, runner), daemon=True)
    listening.start()
    runner.run()
    runner.close()
    store.close()


def _listen(reading: Connection, runner: Runner) -> None:
    while os.read(reading.fileno(), _BYTES):
        runner.wake()
    runner.stop()
    # A database may hold it for longer; a bank that was killed does not look after it.
    time.sleep(END_SECONDS)
    os._exit(1)
