"""Carries answers from other threads to the tasks of one event loop that wait for them.

To wake the loop costs more than most answers do, so it is woken once for all that come
before it looks.
"""

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Answers under way to one loop."""

    _loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        """Belong to no loop yet."""
        self._outcomes: deque[tuple[asyncio.Future[T], T | BaseException]] = deque()
        self._is_called = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver to a loop from now."""
        self._loop = loop

    def slot(self) -> "asyncio.Future[T]":
        """Return what a task waits on; from within the loop only."""
        return self._loop.create_future()

    def put(self, slot: "asyncio.Future[T]", outcome: T | BaseException) -> None:
        """Answer, or fail with an error; from any thread."""
        # Put before it is asked whether the loop was called, while the loop forgets the
        # call before it looks: whichever comes first, nothing is left lying.
        self._outcomes.append((slot, outcome))
        if not self._is_called:
            self._is_called = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._is_called = False
        while self._outcomes:
            slot, outcome = self._outcomes.popleft()
            if slot.done():
                # Whoever waited has given up.
                continue
            if isinstance(outcome, BaseException):
                slot.set_exception(outcome)
            else:
                slot.set_result(outcome)
