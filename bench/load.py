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
