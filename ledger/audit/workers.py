"""Takes entries apart in other processes, span by span, and hands them out in order.

What needs no order is done there: reading, hashing, and the signatures under keys that
were registered when a span was sent. What needs order stays with whoever asks.
A process that dies ends the audit: what it was given was not checked.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, count, cycle, islice, repeat
from typing import Any, Final, NamedTuple, cast

from ledger.audit.foreseeing import News
from ledger.audit.parsing import Taken, take_apart
from ledger.audit.ports import RangedSource, SourceEntry
from ledger.audit.processes import Crew, started
from ledger.audit.reading import Reader
from ledger.audit.spans import (
    Order,
    Piece,
    S,
    Sent,
    SentEntries,
    SentRange,
    pieces_of,
)
from ledger.domain.state import Record
from ledger.integrity.batch import BATCH_LINES_MAX
from ledger.integrity.entries import LINE_BEGINS

SPAN: Final = 1_000
"""Entries that are sent at once."""
FIRST: Final = 200
"""Entries that are read before others are sent: they register most keys."""
RANGE: Final = 4_000
"""Entries that a worker reads at once."""
WAITING_PER_PROCESS: Final = 3
"""Spans that are sent and not yet taken back: memory does not grow with history."""
WORTH_STARTING: Final = 10_000
"""Fewer entries are read in less time than processes need to start."""
AT_ONCE: Final = 100
"""Entries that are looked at ahead where they are asked for; 0 looks at each alone."""
_ONE_BY_ONE: Final = 64
_NUMBERS: Final = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """So many processes, started when there is enough to do for them.

    With one, everything is done where it is asked for. ``start`` starts another kind
    of pool; ``span`` entries are sent at once, or, after the ``first``, a ``range`` of
    so many to be read elsewhere; ``waiting`` of them per process may be under way.
    """

    processes: int = 1
    worth_starting: int = WORTH_STARTING
    span: int = SPAN
    first: int = FIRST
    range: int = RANGE
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
    ) -> Generator[Piece[S], None, None]:
        """Yield all entries, one by one or many as a stretch, else as ``take_all``.

        Whoever is ``trusting`` has no signature verified.

        Raises:
            WorkerLostError: a process died.
        """
        asked = _Asked(news, in_stretches=True, trusting=trusting)
        return self._take(entries, size=size, asked=asked)

    def take_source(
        self,
        source: RangedSource,
        *,
        news: Callable[[], News],
        trusting: bool = False,
    ) -> Generator[Piece[SourceEntry], None, None]:
        """Yield all entries as ``take_pieces`` does; workers read them themselves.

        Raises:
            WorkerLostError: a process died.
            UnreadableSourceError: the source fails.
        """
        asked = _Asked(news, in_stretches=True, trusting=trusting)
        here = _Here(asked, at_once=self.at_once)
        with started(self.processes, start=self.start) as crew:
            ranges = source.ranges(chain([self.first], self._counts(crew)))
            first = chain(islice(ranges, 1), crew.while_starting(ranges))
            rows = chain.from_iterable(one.read() for one in first)
            yield from here.take(map(SourceEntry.of, rows))
            asked = asked._replace(told=here.told)
            yield from self._take_sent(map(SentRange, ranges), crew, asked=asked)

    def are_worth(self, size: int | None) -> bool:
        """Tell whether processes are started for so many entries."""
        return self.processes > 1 and (size is None or size >= self.worth_starting)

    def _take(
        self, entries: Iterable[S], *, size: int | None, asked: "_Asked"
    ) -> Generator[Piece[S], None, None]:
        ahead, span = iter(entries), self.span
        here = _Here(asked, at_once=self.at_once)
        if not self.are_worth(size):
            yield from here.take(ahead)
            return
        if size is None:
            # Perhaps there are no more.
            yield from here.take(islice(ahead, self.worth_starting))
        with started(self.processes, start=self.start) as crew:
            # The first entries register most keys.
            first = islice(ahead, 0 if size is None else span)
            yield from here.take(chain(first, crew.while_starting(ahead)))
            asked = asked._replace(told=here.told)
            sent = map(SentEntries, _spans(ahead, repeat(span)))
            yield from self._take_sent(sent, crew, asked=asked)

    def _counts(self, crew: Crew) -> Iterator[int]:
        """Yield how many entries the next range has: few while they are read here."""
        while True:
            yield self.span if crew.is_starting() else self.range

    def _take_sent(
        self, spans: Iterable[Sent[S]], crew: Crew, *, asked: "_Asked"
    ) -> Iterator[Piece[S]]:
        # Any: what a worker answers; whoever has sent the span knows its form.
        waiting: deque[tuple[Sent[S], Future[Any]]] = deque()
        workers = [_Worker(pool, asked) for pool in crew.pools]
        for span, worker in zip(spans, cycle(workers)):
            latest = asked.news()
            for one in workers:
                one.unsent += latest.records
            waiting.append((span, worker.send(span, as_of=latest.as_of)))
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
    """Does the same where it is asked for."""

    def __init__(self, asked: _Asked, *, at_once: int) -> None:
        self._asked = asked
        self._at_once = at_once
        self.told: list[Record] = []
        self._reader = Reader(trusting=asked.trusting)

    def take(self, entries: Iterable[S]) -> Iterator[Piece[S]]:
        if not (self._asked.in_stretches and self._at_once):
            return (([one], take_apart(one.raw)) for one in entries)
        # The first entries are admissions and keys: what follows cannot be foreseen
        # before they were applied.
        counts = chain(repeat(1, _ONE_BY_ONE), repeat(self._at_once))
        spans = _spans(iter(entries), counts)
        return chain.from_iterable(map(self._take_span, spans))

    def _take_span(self, span: list[S]) -> Iterator[Piece[S]]:
        news = self._asked.news()
        self.told += news.records
        self._reader.shared.learn(news.records)
        raws = [one.raw for one in span]
        found = self._reader.read_in_stretches(raws, as_of=news.as_of)
        return pieces_of(span, found)


class _Worker:
    """A pool of one, which knows what it was sent."""

    def __init__(self, pool: Executor, asked: _Asked) -> None:
        self._pool = pool
        self._asked = asked
        self._number = next(_NUMBERS)
        self.unsent = list(asked.told)

    def send(self, span: "Sent[S]", *, as_of: int) -> Future[Any]:
        news = News(as_of, tuple(self.unsent))
        self.unsent.clear()
        asked = self._asked
        order = Order(self._number, news, asked.in_stretches, asked.trusting)
        work, given = span.sent(order)
        return self._pool.submit(work, given)


def _spans(entries: Iterable[S], counts: Iterator[int]) -> Iterator[list[S]]:
    """Cut before an entry that is no line, if one comes soon enough."""
    span: list[S] = []
    count = next(counts)
    for one in entries:
        full = len(span) >= count and not one.raw.startswith(LINE_BEGINS)
        if full or len(span) > count + BATCH_LINES_MAX:
            yield span
            span, count = [], next(counts)
        span.append(one)
    if span:
        yield span


def _collect(
    waiting: deque[tuple[Sent[S], Future[Any]]],
) -> Iterator[Piece[S]]:
    span, future = waiting.popleft()
    return span.pieces(future.result())
