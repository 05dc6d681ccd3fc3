"""Whether what is posted still comes to be written, as seen by those who wait for it.

Nothing is asked of the databases for it: a bank that is stuck has posts that wait for
too long, or that nothing became of. With nobody posting, nobody can tell.
"""

import itertools
import time
from typing import Final, Protocol

from api.errors import NotWritingError
from ledger.sequencer import BusyError, UncertainError
from ledger.store.reader import StoreUnavailableError

STUCK_SECONDS: Final = 8
"""No post waits for so long in a bank that writes, and longer where a lock is held."""
TRUST_SECONDS: Final = 15
"""After a post of which nothing became; then the next one may try."""
_SECOND: Final = 1_000_000_000
_UNWRITTEN: Final = (BusyError, StoreUnavailableError, UncertainError)


class Times(Protocol):
    """Of each door some moment of the machine's steady clock, 0 for none."""

    oldest: memoryview
    """Since when the post waits that has waited for longest."""
    lost: memoryview
    """Since when the first post waited of which nothing became."""
    failed: memoryview
    """When the last one was told so."""
    written: memoryview
    """When the last one was told that it is written."""


class Pulse:
    """The posts of one door, among those of all. Belongs to one event loop."""

    def __init__(self, times: Times, door: int) -> None:
        """Begin with nothing under way."""
        self._times = times
        self._door = door
        self._numbers = itertools.count()
        self._begun: dict[int, int] = {}

    def begin(self) -> int:
        """Note a post that is under way from now; return its number."""
        number, now = next(self._numbers), time.monotonic_ns()
        if not self._begun:
            self._times.oldest[self._door] = now
        self._begun[number] = now
        return number

    def end(
        self, number: int, *, error: BaseException | None, is_written: bool
    ) -> None:
        """Note what became of it; whoever only looked something up tells nothing."""
        begun = self._begun.pop(number)
        times, door = self._times, self._door
        times.oldest[door] = next(iter(self._begun.values()), 0)
        if is_written:
            times.written[door] = time.monotonic_ns()
        elif isinstance(error, _UNWRITTEN):
            now = time.monotonic_ns()
            if not self._is_failing(door, now=now):
                times.lost[door] = begun
            times.failed[door] = now

    def check(self) -> None:
        """See whether the bank writes, at any door.

        Raises:
            NotWritingError: it has not for a while, though somebody waits.
        """
        now, times = time.monotonic_ns(), self._times
        doors = range(len(times.failed))
        failing = [one for one in doors if self._is_failing(one, now=now)]
        spans = [now - one for one in times.oldest if one]
        spans += [times.failed[one] - times.lost[one] for one in failing]
        if max(spans, default=0) > STUCK_SECONDS * _SECOND:
            raise NotWritingError

    def _is_failing(self, door: int, *, now: int) -> bool:
        """Tell whether something failed there not long ago, and nothing went well."""
        failed = self._times.failed[door]
        return failed > max(*self._times.written, now - TRUST_SECONDS * _SECOND)
