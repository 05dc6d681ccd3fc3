"""The floor under posting: one signature, then rows committed in groups; no rules.

A bare ASGI application that writes what it was sent into one table and answers after
the commit. Whatever a bank does on top of this is its own cost.
"""

import argparse
import asyncio
import queue
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import psycopg
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.integrity.encoding import b64decode

GROUP_ROWS_MAX: Final = 1_001

Insert = Callable[[Sequence[tuple[int, bytes]]], None]
_Waiting = tuple[list[bytes], "asyncio.Future[int]"]


def open_insert(url: str) -> Insert:
    """Return a function that commits rows durably, on a connection of its own."""
    if url.startswith("sqlite"):
        return _sqlite_insert(url.removeprefix("sqlite:///"))
    return _postgres_insert(url)


def _sqlite_insert(path: str) -> Insert:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (position INTEGER PRIMARY KEY, raw BLOB)")

    def insert(rows: Sequence[tuple[int, bytes]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO rows VALUES (?, ?)", rows)
        connection.execute("COMMIT")

    return insert


def _postgres_insert(url: str) -> Insert:
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("CREATE TABLE rows (position bigint PRIMARY KEY, raw bytea)")

    def insert(rows: Sequence[tuple[int, bytes]]) -> None:
        copy_rows = "COPY rows (position, raw) FROM STDIN (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(copy_rows) as copy:
            copy.set_types(["int8", "bytea"])
            for row in rows:
                copy.write_row(row)

    return insert


class Writer:
    """One thread that commits whatever waits as one group."""

    def __init__(self, insert: Insert, loop: asyncio.AbstractEventLoop) -> None:
        """Start the thread."""
        self._insert = insert
        self._loop = loop
        self._queue: queue.Queue[_Waiting] = queue.Queue()
        threading.Thread(target=self._run, daemon=True).start()

    async def write(self, rows: list[bytes]) -> int:
        """Return the position of the last row, once it is on the disk."""
        future: asyncio.Future[int] = self._loop.create_future()
        self._queue.put((rows, future))
        return await future

    def _run(self) -> None:
        position = 0
        while True:
            group = [self._queue.get()]
            count = len(group[0][0])
            while count < GROUP_ROWS_MAX and not self._queue.empty():
                group.append(self._queue.get())
                count += len(group[-1][0])
            rows = [row for waiting, _ in group for row in waiting]
            self._insert(list(enumerate(rows, start=position)))
            position += len(rows)
            self._loop.call_soon_threadsafe(_answer, group, position - 1)


def _answer(group: Sequence[_Waiting], position: int) -> None:
    for _, future in group:
        future.set_result(position)


def create_app(url: str, public_key: bytes) -> Starlette:
    """Return the application over a new database."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    writers: list[Writer] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        writers.append(Writer(open_insert(url), asyncio.get_running_loop()))
        yield

    async def post(request: Request) -> Response:
        rows = (await request.body()).split(b"\n")
        signed, _, signature = rows[0].rpartition(b".")
        key.verify(b64decode(signature), signed)
        position = await writers[0].write(rows)
        answer = b'{"position":%d}' % position
        return Response(answer, 201, media_type="application/json")

    route = Route("/v1/statements", post, methods=["POST"])
    return Starlette(routes=[route], lifespan=lifespan)


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    app = create_app(asked.url, b64decode(asked.key))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=asked.port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
