"""Asks a server over many connections at once and times each answer.

Runs as a task in a process of its own. The requests are bytes that were made before;
a connection sends its next one as soon as it has the answer to its last.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import uvloop

_LENGTH_BYTES: Final = 4
_END_OF_HEAD: Final = b"\r\n\r\n"
_BUSY: Final = b"HTTP/1.1 503 "


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

    Returns how many were answered, in what time, and latencies in milliseconds.
    """
    pending = list(_read_requests(Path(path)))
    taken = iter(pending)
    latencies: list[float] = []

    async def run() -> float:
        workers = [
            _Worker(taken, latencies, port=port, status=status)
            for _ in range(min(connections, len(pending)))
        ]
        await asyncio.gather(*(worker.connect() for worker in workers))
        start = time.perf_counter()
        end = start + seconds_max
        await asyncio.gather(*(worker.work(until=end) for worker in workers))
        return time.perf_counter() - start

    seconds = uvloop.run(run())
    ordered = sorted(latencies)
    return {
        "count": len(ordered),
        "seconds": seconds,
        "p50_ms": ordered[len(ordered) // 2] * 1e3,
        "p95_ms": ordered[len(ordered) * 95 // 100] * 1e3,
        "p99_ms": ordered[len(ordered) * 99 // 100] * 1e3,
    }


def flood(*, path: str, port: int, rate: float, connections: int) -> dict[str, float]:
    """Send requests at a fixed rate, whether or not the answers follow; a task.

    The connections are open before the clock runs; where none is free, a request waits,
    and that counts. Returns how many were accepted and how many told to come back, the
    seconds until the last answer, and the latencies of what was accepted in
    milliseconds.

    Raises:
        RefusedRequestError: another answer.
    """
    pending = list(_read_requests(Path(path)))
    return uvloop.run(_Flood(port=port, connections=connections).run(pending, rate))


class _Flood:
    """Requests that come when they come."""

    def __init__(self, *, port: int, connections: int) -> None:
        self._port = port
        self._connections = connections
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._latencies: list[float] = []
        self._busy = 0

    async def run(self, pending: Sequence[bytes], rate: float) -> dict[str, float]:
        for _ in range(self._connections):
            worker = _Worker(iter(()), [], port=self._port, status=201)
            await worker.connect()
            self._free.put_nowait(worker)
        start = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, request in enumerate(pending):
                due = start + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(self._send(request, due))
            sent = time.perf_counter() - start
        ordered = sorted(self._latencies)
        return {
            "count": len(ordered),
            "busy": self._busy,
            "sent_seconds": sent,
            "seconds": time.perf_counter() - start,
            "p50_ms": ordered[len(ordered) // 2] * 1e3,
            "p99_ms": ordered[len(ordered) * 99 // 100] * 1e3,
        }

    async def _send(self, request: bytes, due: float) -> None:
        worker = await self._free.get()
        if await worker.ask(request):
            self._latencies.append(time.perf_counter() - due)
        else:
            self._busy += 1
        self._free.put_nowait(worker)


class _Worker:
    """One connection."""

    def __init__(
        self, taken: Iterator[bytes], latencies: list[float], *, port: int, status: int
    ) -> None:
        self._taken = taken
        self._latencies = latencies
        self._port = port
        self._start = f"HTTP/1.1 {status} ".encode()

    async def connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self._port
        )

    async def work(self, *, until: float) -> None:
        for request in self._taken:
            start = time.perf_counter()
            self._writer.write(request)
            await self._answer()
            answered = time.perf_counter()
            self._latencies.append(answered - start)
            if answered > until:
                break
        self._writer.close()

    async def ask(self, request: bytes) -> bool:
        """Send one request; return whether it was not told to come back."""
        self._writer.write(request)
        try:
            await self._answer()
        except RefusedRequestError as error:
            if error.args[0].startswith(_BUSY):
                return False
            raise
        return True

    async def _answer(self) -> None:
        head = await self._reader.readuntil(_END_OF_HEAD)
        _, _, rest = head.lower().partition(b"content-length:")
        body = await self._reader.readexactly(int(rest.partition(b"\r\n")[0]))
        if not head.startswith(self._start):
            raise RefusedRequestError(head[:20], body[:500])


def _read_requests(path: Path) -> Iterator[bytes]:
    raw = path.read_bytes()
    at = 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + _LENGTH_BYTES])
        at += _LENGTH_BYTES
        yield raw[at : at + length]
        at += length
