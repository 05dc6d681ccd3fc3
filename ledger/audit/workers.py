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
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import Final, NamedTuple, Protocol, TypeVar

import orjson

from ledger.audit.books import moves_of
from ledger.audit.parsing import Taken, take_apart
from ledger.domain.errors import RejectionError
from ledger.domain.rules.act import Act
from ledger.domain.state import NotLoadedError, Slice
from ledger.integrity.errors import IntegrityError
from ledger.integrity.jws import SignedBytes, verify_jws
from ledger.integrity.keys import PublicKey, read_public_key

SPAN: Final = 1_000
"""Entries that are sent at once."""
WAITING_PER_PROCESS: Final = 3
"""Spans that are sent and not yet taken back: memory does not grow with history."""
WORTH_STARTING: Final = 10_000
"""Fewer entries are read in less time than processes need to start."""

Materials = Mapping[str, tuple[str, Mapping[str, str]]]
"""Algorithm and public JWK of registered keys, by key id."""


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
    """Entries to take apart, and the keys that are registered, as JSON."""

    raws: list[bytes]
    keys: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """So many processes, started when there is enough to do for them.

    With one, everything is done where it is asked for. ``start`` starts another kind
    of pool; ``span`` entries are sent at once.
    """

    processes: int = 1
    worth_starting: int = WORTH_STARTING
    span: int = SPAN
    start: Callable[[int], Executor] | None = None

    def take_all(
        self,
        entries: Iterable[S],
        *,
        size: int | None,
        keys: Callable[[], Materials],
    ) -> Generator[tuple[S, Taken], None, None]:
        """Yield all entries taken apart, in order; ``size`` is how many are expected.

        ``keys`` returns those registered so far: what was yielded must be applied.

        Raises:
            WorkerLostError: a process died.
        """
        ahead = iter(entries)
        if self.processes == 1 or (size is not None and size < self.worth_starting):
            yield from ((one, take_apart(one.raw)) for one in ahead)
            return
        # The first entries register most keys, and perhaps there are no more.
        first = self.worth_starting if size is None else self.span
        yield from ((one, take_apart(one.raw)) for one in islice(ahead, first))
        pool = (self.start or start_processes)(self.processes)
        try:
            yield from self._take_spans(ahead, pool, keys=keys)
        except BrokenProcessPool as error:
            raise WorkerLostError from error
        finally:
            pool.shutdown(cancel_futures=True)

    def _take_spans(
        self, ahead: Iterator[S], pool: Executor, *, keys: Callable[[], Materials]
    ) -> Iterator[tuple[S, Taken]]:
        waiting: deque[tuple[list[S], Future[list[Taken]]]] = deque()
        while span := list(islice(ahead, self.span)):
            sent = Span([one.raw for one in span], orjson.dumps(keys()))
            waiting.append((span, pool.submit(take_span, sent)))
            if len(waiting) > self.processes * WAITING_PER_PROCESS:
                yield from _collect(waiting)
        while waiting:
            yield from _collect(waiting)


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
    waiting: deque[tuple[list[S], Future[list[Taken]]]],
) -> Iterator[tuple[S, Taken]]:
    span, future = waiting.popleft()
    return zip(span, future.result(), strict=True)


def prepare_worker() -> None:
    """End with whoever started it, and leave an interruption to it."""
    # What was loaded never becomes garbage: to look through it takes a sixth.
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()


def _end_after(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)


def take_span(span: Span) -> list[Taken]:
    """Take entries apart, and verify the signatures whose keys are known."""
    keys = _Keys.of(span.keys)
    return [_posted(_verified(take_apart(raw), keys)) for raw in span.raws]


class _Keys:
    """Public keys by id, each read when it is first needed."""

    def __init__(self, materials: Mapping[str, tuple[str, Mapping[str, str]]]) -> None:
        self._materials = materials
        self._read: dict[str, PublicKey | None] = {}

    @staticmethod
    @lru_cache(maxsize=2)
    def of(raw: bytes) -> "_Keys":
        return _Keys(orjson.loads(raw))

    def find(self, kid: str) -> PublicKey | None:
        if kid not in self._read:
            algorithm, jwk = self._materials.get(kid, ("", {}))
            self._read[kid] = (
                read_public_key(jwk, algorithm=algorithm) if algorithm else None
            )
        return self._read[kid]


def _verified(taken: Taken, keys: _Keys) -> Taken:
    signed = taken.signed
    key = None if signed is None else keys.find(signed.kid)
    if signed is None or key is None:
        return taken
    return taken._replace(signed=None, verdict=_verdict(signed, key))


def _posted(taken: Taken) -> Taken:
    """Work out the postings of what needs no state to know them: most awards."""
    if taken.said is None or taken.bank is None:
        return taken
    act = Act(
        statement=taken.said.statement,
        kid=taken.kid,
        payload_hash=taken.said.payload_hash,
        body_hash=taken.said.body_hash,
        position=taken.bank.position,
        recorded_at=taken.bank.recorded_at,
        # On which day they hold is not booked.
        recorded_on=taken.bank.recorded_at[:10],
    )
    try:
        return taken._replace(moves=moves_of(act, Slice()))
    except (NotLoadedError, RejectionError, LookupError, ValueError):
        # Whoever has the state tries again, and judges it.
        return taken


def _verdict(signed: SignedBytes, key: PublicKey) -> str:
    try:
        verify_jws(signed, key)
    except IntegrityError as error:
        return error.code
    return ""
