"""Asks a server over many connections at once and times each answer.

Runs as a task in a process of its own. The requests are bytes that were made before.
Who asks is often on the same cores as who answers, so asking must cost little: there
are neither streams nor tasks, and what it cost is told.
"""

import asyncio
import resource
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, cast

import uvloop

_LENGTH_BYTES: Final = 4
_END_OF_HEAD: Final = b"\r\n\r\n"
_BUSY: Final = b"HTTP/1.1 503 "
_TICK_SECONDS: Final = 0.001
"""What is due within this is sent at once: each wake-up costs as much as sending."""


class RefusedRequestError(Exception):
    """An answer was not the one expected: the figure would mean nothing."""


def write_requests(path: Path, requests: Sequence[bytes]) -> None:
    """Write requests down for the task to send."""
    with path.open("wb") as file:
        for one in requests:
            file.write(len(one).to_bytes(_LENGTH_BYTES) + one)


def post(body: bytes, *, media_type: str) -> bytes:
    """Return the bytes of a request that posts a statement or batch."""
    head = (
        "POST /v1/statements HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str) -> bytes:
    """Return the bytes of a request that reads."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def send(
    *, path: str, port: int, connections: int, status: int, seconds_max: float
) -> dict[str, float]:
    """Send requests until all are sent or time is up; a task.

    A connection sends its next one as soon as it has the answer to its last. Returns
    how many were answered, in what time, latencies in milliseconds, and the processor
    time that asking took.

    Raises:
        RefusedRequestError: another status.
    """
    pending = list(_read_requests(Path(path)))
    load = _Turns(pending, status=status, seconds_max=seconds_max)
    return uvloop.run(load.run(port, min(connections, len(pending))))


def flood(*, path: str, port: int, rate: float, connections: int) -> dict[str, float]:
    """Send requests at a fixed rate, whether or not the answers follow; a task.

    The connections are open before the clock runs; where none is free, a request waits,
    and that counts. Returns how many were accepted and how many told to come back, the
    seconds until the last answer, the latencies of what was accepted in milliseconds,
    and the processor time that asking took.

    Raises:
        RefusedRequestError: another answer.
    """
    pending = list(_read_requests(Path(path)))
    return uvloop.run(_Flood(pending, rate=rate).run(port, connections))


class _Connection(asyncio.Protocol):
    """One connection, over which one thing is asked at a time."""

    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._got = b""
        self.since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        # A stream's; the loop in C does not inherit the class that says so.
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes, *, since: float) -> None:
        """Send a request; its time runs since then."""
        self.since = since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect an answer, and hand it on once it is whole."""
        self._got += data
        end = self._got.find(_END_OF_HEAD)
        if end < 0:
            return
        _, _, rest = self._got[:end].lower().partition(b"content-length:")
        size = end + len(_END_OF_HEAD) + int(rest.partition(b"\r\n")[0])
        if len(self._got) < size:
            return
        answer, self._got = self._got, b""
        self._load.take(self, answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that nothing more comes."""
        self._load.fail(exc or ConnectionError("the server closed a connection"))


class _Load(ABC):
    """Requests under way, and what comes of them."""

    settling_seconds = 0.0
    _may_be_busy = False
    _done: asyncio.Future[None]

    def __init__(self, *, status: int) -> None:
        self._start = f"HTTP/1.1 {status} ".encode()
        self._latencies: list[float] = []
        self._busy = 0

    async def run(self, port: int, connections: int) -> dict[str, float]:
        """Ask over so many connections, and tell what came of it."""
        loop = asyncio.get_running_loop()
        self._done = loop.create_future()
        made = [
            (await loop.create_connection(lambda: _Connection(self), "127.0.0.1", port))
            for _ in range(connections)
        ]
        await asyncio.sleep(self.settling_seconds)
        cpu, start = _cpu_seconds(), time.perf_counter()
        self.begin([connection for _, connection in made], start=start)
        await self._done
        seconds = time.perf_counter() - start
        cpu = _cpu_seconds() - cpu
        for transport, _ in made:
            transport.abort()
        return self.told(seconds) | {"sender_cpu_seconds": cpu}

    @abstractmethod
    def begin(self, connections: Sequence[_Connection], *, start: float) -> None:
        """Begin to ask."""

    @abstractmethod
    def following(self, connection: _Connection, *, now: float) -> None:
        """Go on: a connection is free."""

    def take(self, connection: _Connection, answer: bytes) -> None:
        """Take an answer."""
        now = time.perf_counter()
        if answer.startswith(self._start):
            self._latencies.append(now - connection.since)
        elif answer.startswith(_BUSY) and self._may_be_busy:
            self._busy += 1
        else:
            self.fail(RefusedRequestError(answer[:500]))
        self.following(connection, now=now)

    def fail(self, error: Exception) -> None:
        """End: the figure would mean nothing."""
        if not self._done.done():
            self._done.set_exception(error)

    def end(self) -> None:
        """End: all is answered."""
        if not self._done.done():
            self._done.set_result(None)

    def told(self, seconds: float) -> dict[str, float]:
        """Return what came of it."""
        ordered = sorted(self._latencies)
        return {
            "count": len(ordered),
            "seconds": seconds,
            "p50_ms": ordered[len(ordered) // 2] * 1e3,
            "p95_ms": ordered[len(ordered) * 95 // 100] * 1e3,
            "p99_ms": ordered[len(ordered) * 99 // 100] * 1e3,
        }


class _Turns(_Load):
    """Each connection waits for its answer before it asks again."""

    def __init__(
        self, pending: Sequence[bytes], *, status: int, seconds_max: float
    ) -> None:
        super().__init__(status=status)
        self._taken = iter(pending)
        self._seconds = seconds_max

    def begin(self, connections: Sequence[_Connection], *, start: float) -> None:
        """Ask one thing over each."""
        self._until = start + self._seconds
        self._open = len(connections)
        for connection in connections:
            self.following(connection, now=start)

    def following(self, connection: _Connection, *, now: float) -> None:
        """Ask the next, unless time is up or nothing is left."""
        request = next(self._taken, None) if now <= self._until else None
        if request is not None:
            connection.ask(request, since=time.perf_counter())
            return
        self._open -= 1
        if not self._open:
            self.end()


class _Flood(_Load):
    """Requests that come when they come."""

    # A connection is open to us before the server has taken it, one in each turn of its
    # loop: under load the last would be read from seconds later.
    settling_seconds = 1.0
    _may_be_busy = True

    def __init__(self, pending: Sequence[bytes], *, rate: float) -> None:
        super().__init__(status=201)
        self._pending = pending
        self._rate = rate
        self._sent = 0
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._sent_seconds = 0.0

    def begin(self, connections: Sequence[_Connection], *, start: float) -> None:
        """Send what is due, again and again."""
        self._free = deque(connections)
        self._count, self._begun = len(connections), start
        self._loop = asyncio.get_running_loop()
        self._tick()

    def _tick(self) -> None:
        now = time.perf_counter()
        due = min(len(self._pending), int((now - self._begun) * self._rate) + 1)
        for number in range(self._sent, due):
            self._send(self._pending[number], self._begun + number / self._rate)
        self._sent = due
        if due < len(self._pending):
            self._loop.call_later(_TICK_SECONDS, self._tick)
        else:
            self._sent_seconds = time.perf_counter() - self._begun

    def _send(self, request: bytes, due: float) -> None:
        if self._free:
            self._free.popleft().ask(request, since=due)
        else:
            self._waiting.append((request, due))

    def following(self, connection: _Connection, *, now: float) -> None:
        """Send what waited for a connection, or keep it for what is due."""
        del now
        if self._waiting:
            request, due = self._waiting.popleft()
            connection.ask(request, since=due)
            return
        self._free.append(connection)
        if self._sent_seconds and len(self._free) == self._count:
            self.end()

    def told(self, seconds: float) -> dict[str, float]:
        """Return what came of it."""
        sent = {"busy": float(self._busy), "sent_seconds": self._sent_seconds}
        return super().told(seconds) | sent


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _read_requests(path: Path) -> Iterator[bytes]:
    raw = path.read_bytes()
    at = 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + _LENGTH_BYTES])
        at += _LENGTH_BYTES
        yield raw[at : at + length]
        at += length
