"""Verifies many signatures at once: the primitive releases the interpreter's lock."""

import os
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from ledger.audit.findings import Finding
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import SignedBytes, verify_jws
from ledger.integrity.keys import PublicKey

_CHUNK = 64
_WAITING_PER_CORE: Final = 16

_Job = tuple[int, SignedBytes, PublicKey]


class SignatureChecks:
    """Takes signatures in and hands findings out, some chunks later.

    Only so many chunks wait at a time: memory does not grow with the history.
    """

    def __init__(self) -> None:
        """Use every core."""
        cores = os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(max_workers=cores)
        self._waiting_max = cores * _WAITING_PER_CORE
        self._jobs: list[_Job] = []
        self._running: deque[Future[list[Finding]]] = deque()
        self._failed: list[Finding] = []
        self.count = 0

    @property
    def waiting(self) -> int:
        """How many chunks are kept until they are collected."""
        return len(self._running)

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the threads."""
        self._pool.shutdown(cancel_futures=True)

    def add(self, position: int, signed: SignedBytes, *, key: PublicKey) -> None:
        """Have one signature verified."""
        self.count += 1
        self._jobs.append((position, signed, key))
        if len(self._jobs) >= _CHUNK:
            self._start()

    def note(self, position: int, verdict: str) -> None:
        """Count one that was verified elsewhere; ``verdict`` is empty or a code."""
        self.count += 1
        if verdict:
            self._failed.append(Finding(position=position, code=verdict))

    def count_good(self, count: int) -> None:
        """Count some that were verified elsewhere, and are good."""
        self.count += count

    def finish(self) -> list[Finding]:
        """Wait for all and return what failed, in position order."""
        self._start()
        self._collect(down_to=0)
        failed, self._failed = self._failed, []
        return failed

    def _start(self) -> None:
        jobs, self._jobs = self._jobs, []
        if jobs:
            self._running.append(self._pool.submit(_verify, jobs))
            # The oldest is nearly always done; where it is not, the reader waits.
            self._collect(down_to=self._waiting_max)

    def _collect(self, *, down_to: int) -> None:
        while len(self._running) > down_to:
            self._failed += self._running.popleft().result()


def _verify(jobs: Iterable[_Job]) -> list[Finding]:
    failed = []
    for position, signed, key in jobs:
        try:
            verify_jws(signed, key)
        except IntegrityError as error:
            failed.append(Finding(position=position, code=error.code))
    return failed
