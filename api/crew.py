"""Threads that do one kind of work, so that no other kind keeps it waiting.

A thread takes the next piece as soon as it is done with one: under load nobody is woken
for it.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]
"""A piece of work. It raises nothing."""


class Crew:
    """A fixed number of threads."""

    def __init__(self, name: str, *, size: int) -> None:
        """Gather so many; work that comes before they start waits."""
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=name, daemon=True)
            for _ in range(size)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def put(self, job: Job) -> None:
        """Have a piece of work done."""
        self._jobs.put(job)

    def close(self) -> None:
        """Do what waits, and stop."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
