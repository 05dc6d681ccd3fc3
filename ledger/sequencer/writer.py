"""The one thread that writes: gathers what waits, and commits it as one group.

Under load the groups grow by themselves: what arrives while one group is being
committed is the next. A batch is never split and always closes its group, so that its
receipt needs nothing of its neighbours.
"""

import queue
import threading
from concurrent.futures import Future
from typing import Final

from ledger.intake import BatchSubmission, Submission
from ledger.sequencer.commit import Committer
from ledger.sequencer.outcomes import Accepted, BusyError, RefusedError
from ledger.sequencer.waiting import Waiting

GROUP_ENTRIES_MAX: Final = 1001
"""One batch of 1,000 lines with its header."""

QUEUE_MAX: Final = 4096


class Sequencer:
    """Takes submissions from any thread; answers each by a future."""

    def __init__(self, committer: Committer, *, queue_max: int = QUEUE_MAX) -> None:
        """Start the writing thread."""
        self._committer = committer
        self._queue: queue.Queue[Waiting | None] = queue.Queue(queue_max)
        self._carried: Waiting | None = None
        self._ended = False
        self._closing = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        self._thread.start()

    def submit(self, submission: Submission) -> Future[Accepted]:
        """Queue a checked submission.

        The future raises ``RefusedError``, ``UncertainError``, ``ClockJumpError``,
        ``NotComparedError``, ``BusyError`` or ``InternalFaultError``.

        Raises:
            BusyError: the queue is full, or the bank is closing.
        """
        future: Future[Accepted] = Future()
        # Under the lock nothing gets into the queue behind the sign to stop, where
        # nobody would ever answer it.
        with self._door:
            if self._closing:
                raise BusyError
            try:
                self._queue.put_nowait(Waiting(submission=submission, future=future))
            except queue.Full as error:
                raise BusyError from error
        return future

    def find_refusal(self, *, iss: str, identity: str) -> RefusedError | None:
        """Return a refusal that is still remembered."""
        return self._committer.find_refusal(iss=iss, identity=identity)

    def confirm_clock(self) -> None:
        """Take the wall clock as right, on an operator's word."""
        self._committer.clock.confirm()

    def close(self) -> None:
        """Take nothing more in, write what waits, and stop."""
        with self._door:
            first, self._closing = not self._closing, True
        if first:
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while group := self._gather():
            self._committer.commit(group)

    def _gather(self) -> list[Waiting]:
        """Return what waits, up to a group's bounds; nothing once all is written."""
        group: list[Waiting] = []
        following, entries = self._next(wait=True), 0
        while following is not None:
            entries += following.entries
            if group and entries > GROUP_ENTRIES_MAX:
                self._carried = following
                break
            group.append(following)
            if isinstance(following.submission, BatchSubmission):
                break
            following = self._next(wait=False)
        return group

    def _next(self, *, wait: bool) -> Waiting | None:
        following, self._carried = self._carried, None
        if following is not None or self._ended:
            return following
        try:
            following = self._queue.get(block=wait)
        except queue.Empty:
            return None
        self._ended = following is None
        return following
