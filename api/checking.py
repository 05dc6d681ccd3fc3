"""From the bytes of a post through the checks and the writer, and back to who waits.

The checks have threads of their own: readers who wait for a position must not keep a
statement out.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Final, cast

from api.bank import Bank
from api.crew import Crew
from api.mailbox import Mailbox, Take
from ledger.intake import Submission
from ledger.sequencer import Accepted

THREADS: Final = 4
"""A signature is verified without the interpreter's lock; all else takes turns."""

REST_SECONDS: Final = 0.002
"""Of a loop that turns posts away, after each turn in which it did."""

Check = Callable[..., Submission]
"""Reads bytes as a statement or as a batch: ``receive_single``, ``receive_batch``."""


class Checking:
    """The way of a body from one event loop through the writer and back."""

    def __init__(self, bank: Bank) -> None:
        """Serve a bank."""
        self._bank = bank
        self._answers: Mailbox[Accepted] = Mailbox()
        self._crew = Crew("checking", size=THREADS)
        self._may_check = threading.Event()
        self._may_check.set()

    def start(self) -> None:
        """Begin; whoever waits does so in the loop that runs now."""
        self._answers.open(asyncio.get_running_loop())
        self._crew.start()

    async def accept(self, raw: bytes, check: Check) -> Accepted:
        """Have a body checked and written.

        Raises what the check refuses with, and what the writer answers with.
        """
        slot, take = self._answers.slot()
        self.begin(raw, check, take=take)
        return await slot

    def begin(self, raw: bytes, check: Check, *, take: Take[Accepted]) -> None:
        """Have a body checked and written; what comes of it is taken in the loop."""
        self._crew.put(partial(self._submit, raw, check, take=take))

    def give_way(self) -> None:
        """Check nothing more before this turn of the loop is over.

        One thread at a time has the interpreter. To turn somebody away takes the loop
        little time, and far longer where it waits for that before each of many; then it
        falls behind, and whoever asks is told late. After such a turn the loop rests,
        so that the next one has more to do at once.
        """
        if self._may_check.is_set():
            self._may_check.clear()
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._may_check.set()
        time.sleep(REST_SECONDS)

    def close(self) -> None:
        """Check what waits, and stop."""
        self._may_check.set()
        self._crew.close()

    def _submit(self, raw: bytes, check: Check, *, take: Take[Accepted]) -> None:
        self._may_check.wait()
        bank, tagger = self._bank, self._bank.vault.keys.certificate_tag
        try:
            checked = check(raw, find_key=bank.find_key, tagger=tagger)
            written = bank.sequencer.submit(checked)
        except Exception as error:  # noqa: BLE001  # whoever waits is told
            self._answers.put(take, error)
        else:
            written.add_done_callback(partial(self._answer, take))

    def _answer(self, take: Take[Accepted], written: Future[Accepted]) -> None:
        error = cast("Exception | None", written.exception())
        self._answers.put(take, error or written.result())
