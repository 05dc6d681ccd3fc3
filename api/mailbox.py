"""Carries answers from other threads to the tasks of one event loop that wait for them.

To wake the loop costs more than most answers do, so it is woken once for all that come
before it looks.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")
Take = Callable[[T | Exception], None]
"""Takes what came of a piece of work; it raises nothing."""


class Mailbox(Generic[T]):
    """Answers under way to one loop."""

    _loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        """Belong to no loop yet."""
        self._outcomes: deque[tuple[Take[T], T | Exception]] = deque()
        self._is_called = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver to a loop from now."""
        self._loop = loop

    def slot(self) -> "tuple[asyncio.Future[T], Take[T]]":
        """Return what a task waits on, and what settles it; from the loop only."""
        future = self._loop.create_future()
        return future, partial(_settle, future)

    def put(self, take: "Take[T]", outcome: T | Exception) -> None:
        """Have an answer, or an error, taken in the loop; from any thread."""
        # Put before it is asked whether the loop was called, while the loop forgets the
        # call before it looks: whichever comes first, nothing is left lying.
        self._outcomes.append((take, outcome))
        if not self._is_called:
            self._is_called = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._is_called = False
        try:
            while self._outcomes:
                take, outcome = self._outcomes.popleft()
                take(outcome)
        finally:
            if self._outcomes:
                # One could not be taken, which is no fault of the others.
                self._loop.call_soon(self._deliver)


def _settle(slot: "asyncio.Future[T]", outcome: T | Exception) -> None:
    if slot.done():
        # Whoever waited has given up.
        return
    if isinstance(outcome, Exception):
        slot.set_exception(outcome)
    else:
        slot.set_result(outcome)
