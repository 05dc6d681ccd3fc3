"""Threads that check what was posted, hand it to the writer, and carry the answer back.

They are apart from those that read: readers who wait for a position must not keep a
statement out. A thread takes the next body as soon as it is done with one, so that
under load nobody is woken for it.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Final, NamedTuple

from api.bank import Bank
from api.mailbox import Mailbox
from ledger.intake import Submission
from ledger.sequencer import Accepted

THREADS: Final = 4
"""A signature is verified without the interpreter's lock; all else takes turns."""

Check = Callable[..., Submission]
"""Reads bytes as a statement or as a batch: ``receive_single``, ``receive_batch``."""


class _Job(NamedTuple):
    raw: bytes
    check: Check
    slot: "asyncio.Future[Accepted]"


class Checking:
    """The way of a body from one event loop through the writer and back."""

    def __init__(self, bank: Bank) -> None:
        """Serve a bank."""
        self._bank = bank
        self._answers: Mailbox[Accepted] = Mailbox()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name="checking", daemon=True)
            for _ in range(THREADS)
        ]

    def start(self) -> None:
        """Start the threads; whoever waits for them runs in the loop that runs now."""
        self._answers.open(asyncio.get_running_loop())
        for thread in self._threads:
            thread.start()

    async def accept(self, raw: bytes, check: Check) -> Accepted:
        """Have a body checked and written.

        Raises what the check refuses with, and what the writer answers with.
        """
        slot = self._answers.slot()
        self._jobs.put(_Job(raw, check, slot))
        return await slot

    def close(self) -> None:
        """Check what waits, and stop."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                written = self._submit(job)
            except Exception as error:  # noqa: BLE001  # whoever waits is told
                self._answers.put(job.slot, error)
            else:
                written.add_done_callback(partial(self._answer, job.slot))

    def _submit(self, job: _Job) -> Future[Accepted]:
        bank = self._bank
        tagger = bank.vault.keys.certificate_tag
        checked = job.check(job.raw, find_key=bank.find_key, tagger=tagger)
        return bank.sequencer.submit(checked)

    def _answer(
        self, slot: "asyncio.Future[Accepted]", written: Future[Accepted]
    ) -> None:
        self._answers.put(slot, written.exception() or written.result())
