"""Processes that read entries: they start early, and end with whoever started them."""

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import Final, NamedTuple, TypeVar

PROCESSES_MAX: Final = 256
"""More are not asked for."""
_OBJECTS_BETWEEN_COLLECTIONS: Final = 20_000
"""There is little to find in what is read, of which nothing points back."""
_PRELOADED: Final = ("__main__", "ledger.audit.spans", "ledger.audit.database")
"""Read once and not by every process: the rules, and whatever was started."""

T = TypeVar("T")


class WorkerLostError(Exception):
    """A process ended before it had done what it was given."""


class Crew(NamedTuple):
    """Pools of one process each; ``answers`` are due from those that start."""

    pools: Sequence[Executor]
    answers: Sequence[Future[int]]

    def is_starting(self) -> bool:
        """Tell whether a process has not answered yet."""
        return not all(one.done() for one in self.answers)

    def while_starting(self, items: Iterator[T]) -> Iterator[T]:
        """Yield the next items, as long as a process has not answered yet."""
        while self.is_starting() and (taken := list(islice(items, 1))):
            yield from taken


@contextmanager
def started(
    processes: int, *, start: Callable[[int], Executor] | None
) -> Iterator[Crew]:
    """Start processes, and end them at the end of the block.

    They begin at once, unless another ``start`` is given, which is taken to be quick.

    Raises:
        WorkerLostError: a process died.
    """
    pools = [(start or start_processes)(1) for _ in range(processes)]
    # To start a process takes as long as to read thousands of entries.
    starter = ThreadPoolExecutor(1)
    waited_for = () if start else pools
    crew = Crew(pools, [starter.submit(_answer_of, one) for one in waited_for])
    thresholds = gc.get_threshold()
    try:
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
        yield crew
    except BrokenProcessPool as error:
        raise WorkerLostError from error
    finally:
        gc.set_threshold(*thresholds)
        for pool in pools:
            starter.submit(pool.shutdown, cancel_futures=True)
        # Where all was read before they had started nothing waits for them.
        starter.shutdown(wait=not crew.is_starting())


def _answer_of(pool: Executor) -> int:
    return pool.submit(os.getpid).result()


def start_processes(processes: int) -> Executor:
    """Start processes that have read the rules already when they begin."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    return ProcessPoolExecutor(
        processes, mp_context=context, initializer=prepare_worker
    )


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def prepare_worker() -> None:
    """End with whoever started it, and leave an interruption to it."""
    # What was loaded never becomes garbage: to look through it takes a sixth.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()


def _end_after(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)
