"""The one thread that writes: gathers what waits, and commits it as one group.

Under load the groups grow by themselves: what arrives while one group is being
committed is the next. A batch is never split and always closes its group, so that its
receipt needs nothing of its neighbours.
"""

import contextlib
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
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        self._thread.start()

    def submit(self, submission: Submission) -> Future[Accepted]:
        """Queue a checked submission.

        The future raises ``RefusedError``, ``UncertainError``, ``ClockJumpError``,
        ``BusyError`` or ``InternalFaultError``.

        Raises:
            BusyError: the queue is full, or the bank is closing.
        """
        future: Future[Accepted] = Future()
        if self._closing.is_set():
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
        if not self._closing.is_set():
            self._closing.set()
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (group := self._gather()) is not None:
            self._committer.commit(group)
        # What slipped in between the last look and the end is answered, not lost.
        with contextlib.suppress(queue.Empty):
            while True:
                late = self._queue.get_nowait()
                if late is not None:
                    late.future.set_exception(BusyError())

    def _gather(self) -> list[Waiting] | None:
        first = self._carried or self._queue.get()
        self._carried = None
        if first is None:
            return None
        group, entries = [first], first.entries
        while not isinstance(group[-1].submission, BatchSubmission):
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                # The sign to stop: read it again after this group.
                self._queue.put(None)
                break
            if entries + following.entries > GROUP_ENTRIES_MAX:
                self._carried = following
                break
            group.append(following)
            entries += following.entries
        return group
