"""Takes entries apart in other processes, span by span, and hands them out in order.

What needs no order is done there: reading, hashing, and the signatures under keys that
were registered when a span was sent. What needs order stays with whoever asks.
A process that dies ends the audit: what it was given was not checked.
"""

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, count, cycle, islice
from multiprocessing import get_context, parent_process
from typing import Final, NamedTuple, Protocol, TypeVar, cast

from ledger.audit.foreseeing import News
from ledger.audit.packing import Packed, pack, unpack
from ledger.audit.parsing import Taken, take_apart
from ledger.audit.reading import Reader
from ledger.audit.stretches import Stretch
from ledger.domain.state import Record
from ledger.integrity.batch import BATCH_LINES_MAX

SPAN: Final = 1_000
"""Entries that are sent at once."""
WAITING_PER_PROCESS: Final = 3
"""Spans that are sent and not yet taken back: memory does not grow with history."""
PROCESSES_MAX: Final = 256
"""More are not asked for."""
WORTH_STARTING: Final = 10_000
"""Fewer entries are read in less time than processes need to start."""
AT_ONCE: Final = 100
"""Entries that are looked at ahead where they are asked for; 0 looks at each alone."""
_LINE: Final = b'{"batch":'
_OBJECTS_BETWEEN_COLLECTIONS: Final = 20_000
_NUMBERS: Final = count()


class WorkerLostError(Exception):
    """A process ended before it had done what it was given."""


class HasBytes(Protocol):
    """What has the bytes of an entry."""

    @property
    def raw(self) -> bytes:
        """Return them."""
        ...


S = TypeVar("S", bound=HasBytes)


class Span(NamedTuple):
    """Entries to take apart, and what the ``worker`` was not sent yet.

    No two workers have one number, nor had they in the audits that this process ran.
    Lines that are alike come back ``in_stretches`` where they are asked for. Whoever is
    ``trusting`` has no signature verified.
    """

    raws: list[bytes]
    worker: int
    news: News
    in_stretches: bool = False
    trusting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """So many processes, started when there is enough to do for them.

    With one, everything is done where it is asked for. ``start`` starts another kind
    of pool; ``span`` entries are sent at once, and ``waiting`` spans per process may be
    under way.
    """

    processes: int = 1
    worth_starting: int = WORTH_STARTING
    span: int = SPAN
    waiting: int = WAITING_PER_PROCESS
    at_once: int = AT_ONCE
    start: Callable[[int], Executor] | None = None

    def take_all(
        self,
        entries: Iterable[S],
        *,
        size: int | None,
        news: Callable[[], News],
    ) -> Generator[tuple[S, Taken], None, None]:
        """Yield all entries taken apart, in order; ``size`` is how many are expected.

        ``news`` returns shared records that changed since it was called last: what was
        yielded must be applied.

        Raises:
            WorkerLostError: a process died.
        """
        asked = _Asked(news, in_stretches=False)
        with closing(self._take(entries, size=size, asked=asked)) as pieces:
            yield from ((some[0], cast("Taken", found)) for some, found in pieces)

    def take_pieces(
        self,
        entries: Iterable[S],
        *,
        size: int | None,
        news: Callable[[], News],
        trusting: bool = False,
    ) -> Generator[tuple[list[S], Taken | Stretch], None, None]:
        """Yield all entries, one by one or many as a stretch, else as ``take_all``.

        Whoever is ``trusting`` has no signature verified.

        Raises:
            WorkerLostError: a process died.
        """
        asked = _Asked(news, in_stretches=True, trusting=trusting)
        return self._take(entries, size=size, asked=asked)

    def _take(
        self, entries: Iterable[S], *, size: int | None, asked: "_Asked"
    ) -> Generator[tuple[list[S], Taken | Stretch], None, None]:
        ahead, span = iter(entries), self.span
        here = _Here(asked, at_once=self.at_once)
        if self.processes == 1 or (size is not None and size < self.worth_starting):
            yield from here.take(ahead)
            return
        # The first entries register most keys, and perhaps there are no more.
        first = self.worth_starting if size is None else span
        yield from here.take(islice(ahead, first))
        start = self.start or start_processes
        pools = [start(1) for _ in range(self.processes)]
        try:
            yield from self._take_spans(
                ahead, pools, asked=asked._replace(told=here.told)
            )
        except BrokenProcessPool as error:
            raise WorkerLostError from error
        finally:
            for pool in pools:
                pool.shutdown(wait=False, cancel_futures=True)
            for pool in pools:
                pool.shutdown()

    def _take_spans(
        self, ahead: Iterator[S], pools: Sequence[Executor], *, asked: "_Asked"
    ) -> Iterator[tuple[list[S], Taken | Stretch]]:
        waiting: deque[tuple[list[S], Future[list[Packed]]]] = deque()
        workers = [_Worker(pool, asked) for pool in pools]
        for span, worker in zip(_spans(ahead, self.span), cycle(workers)):
            latest = asked.news()
            for one in workers:
                one.unsent += latest.records
            sent = worker.send(span, as_of=latest.as_of)
            waiting.append((span, sent))
            if len(waiting) > self.processes * self.waiting:
                yield from _collect(waiting)
        while waiting:
            yield from _collect(waiting)


class _Asked(NamedTuple):
    news: Callable[[], News]
    in_stretches: bool
    trusting: bool = False
    told: Sequence[Record] = ()
    """What ``news`` has returned before."""


class _Here:
    """Does the same where it is asked for, but for signatures: others wait for them."""

    def __init__(self, asked: _Asked, *, at_once: int) -> None:
        self._asked = asked
        self._at_once = at_once
        self.told: list[Record] = []
        self._reader = Reader(verifying=False, trusting=asked.trusting)

    def take(self, entries: Iterable[S]) -> Iterator[tuple[list[S], Taken | Stretch]]:
        if not (self._asked.in_stretches and self._at_once):
            return (([one], take_apart(one.raw)) for one in entries)
        spans = _spans(iter(entries), self._at_once)
        return chain.from_iterable(map(self._take_span, spans))

    def _take_span(self, span: list[S]) -> Iterator[tuple[list[S], Taken | Stretch]]:
        news = self._asked.news()
        self.told += news.records
        self._reader.shared.learn(news.records)
        raws = [one.raw for one in span]
        found = self._reader.read_in_stretches(raws, as_of=news.as_of)
        return _pieces(span, found)


class _Worker:
    """A pool of one, which knows what it was sent."""

    def __init__(self, pool: Executor, asked: _Asked) -> None:
        self._pool = pool
        self._asked = asked
        self._number = next(_NUMBERS)
        self.unsent = list(asked.told)

    def send(self, span: Sequence[HasBytes], *, as_of: int) -> Future[list[Packed]]:
        news = News(as_of, tuple(self.unsent))
        self.unsent.clear()
        raws = [one.raw for one in span]
        asked = self._asked
        sent = Span(raws, self._number, news, asked.in_stretches, asked.trusting)
        return self._pool.submit(take_span, sent)


def _spans(entries: Iterable[S], count: int) -> Iterator[list[S]]:
    """Cut before an entry that is no line, if one comes soon enough."""
    span: list[S] = []
    for one in entries:
        full = len(span) >= count and not one.raw.startswith(_LINE)
        if full or len(span) > count + BATCH_LINES_MAX:
            yield span
            span = []
        span.append(one)
    if span:
        yield span


def start_processes(processes: int) -> Executor:
    """Start processes that have read the rules already when they begin."""
    context = get_context("forkserver")
    # Read once and not by every process: the rules, and whatever was started.
    context.set_forkserver_preload(["__main__", __name__])
    return ProcessPoolExecutor(
        processes, mp_context=context, initializer=prepare_worker
    )


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def _collect(
    waiting: deque[tuple[list[S], Future[list[Packed]]]],
) -> Iterator[tuple[list[S], Taken | Stretch]]:
    span, future = waiting.popleft()
    return _pieces(span, unpack(future.result()))


def _pieces(
    span: list[S], taken: Iterable[Taken | Stretch]
) -> Iterator[tuple[list[S], Taken | Stretch]]:
    start = 0
    for found in taken:
        end = start + (len(found.leaves) if isinstance(found, Stretch) else 1)
        yield span[start:end], found
        start = end
    if start != len(span):
        raise ValueError(start)


def prepare_worker() -> None:
    """End with whoever started it, and leave an interruption to it."""
    # What was loaded never becomes garbage: to look through it takes a sixth. Nor is
    # there much to find in what is read, of which nothing points back.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()


def _end_after(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)


def take_span(span: Span) -> list[Packed]:
    """Take entries apart, verify signatures whose keys are known, and look ahead."""
    worker = Reader.numbered(span.worker, trusting=span.trusting)
    worker.shared.learn(span.news.records)
    as_of = span.news.as_of
    if span.in_stretches:
        return pack(worker.read_in_stretches(span.raws, as_of=as_of))
    return pack(worker.read(span.raws, as_of=as_of))
