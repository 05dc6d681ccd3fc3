"""Connections that are half closed, not read from, or one too many."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

import pytest
import uvicorn

from api import connected
from api.connected import Crowd, Seldom, connections_max, raise_file_limit
from api.family import OPTIONS
from api.frame import Framed
from tests.e2e.http_line import ASKING, HOST, PLAIN, Line, opened

LARGE = b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\n" + HOST + b"\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
SECONDS_MAX = 60


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framed]:
    """Open a bank."""
    with opened(tmp_path_factory.mktemp("bank")) as found:
        yield found


@contextmanager
def served(app: Framed) -> Iterator[tuple[uvicorn.Server, int]]:
    """Serve it as a bank is; its life is another's."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", **OPTIONS))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        wait_until(lambda: server.started)
        yield server, port
        server.should_exit = True
        thread.join()


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def connect(port: int) -> socket.socket:
    """Connect, and wait for no answer without end."""
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)


def read_all(line: socket.socket) -> bytes:
    """Return what comes until the other end closes."""
    with line.makefile("rb") as told:
        return told.read()


def ask(line: socket.socket) -> bytes:
    """Ask once, and return how the answer begins."""
    line.sendall(ASKING)
    return line.recv(len(OK))


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        (ASKING, 1),
        (ASKING + ASKING, 2),
        (ASKING + LARGE + ASKING, 3),
        (PLAIN[:-1], 0),
        (ASKING[:-1], 0),
        (b"", 0),
    ],
)
def test_whoever_has_said_all_is_still_answered(
    app: Framed, *, asked: bytes, answers: int
) -> None:
    """As ``nc -N`` does, and some proxies: then the connection ends."""
    with served(app) as (server, port), connect(port) as line:
        line.sendall(asked)
        line.shutdown(socket.SHUT_WR)

        told = read_all(line)

        assert told.count(OK) == answers
        assert told.count(b"connection: close\r\n") == min(answers, 1)
        wait_until(lambda: not server.server_state.connections)


@pytest.mark.parametrize("is_half_closed", [False, True])
def test_whoever_does_not_read_is_not_waited_for_without_end(
    app: Framed, monkeypatch: pytest.MonkeyPatch, *, is_half_closed: bool
) -> None:
    """What is told would stay in memory, and the connection would be held."""
    monkeypatch.setattr(connected, "READING_SECONDS_MAX", 0.3)
    with served(app) as (server, port), connect(port) as line:
        line.sendall(LARGE * 9)
        if is_half_closed:
            line.shutdown(socket.SHUT_WR)
        wait_until(lambda: bool(server.server_state.connections))
        wait_until(lambda: not server.server_state.connections)


@pytest.mark.parametrize(
    ("asked", "left", "is_cut"),
    [
        (ASKING[:-2] + b"Connection: close\r\n\r\n", 9, True),
        (ASKING[:-2] + b"Connection: close\r\n\r\n", 0, False),
        (ASKING, 9, True),
    ],
)
def test_the_last_bytes_are_not_waited_for_without_end(
    app: Framed,
    monkeypatch: pytest.MonkeyPatch,
    *,
    asked: bytes,
    left: int,
    is_cut: bool,
) -> None:
    """A connection that is closed with them unread, or for want of use."""
    monkeypatch.setattr(connected, "READING_SECONDS_MAX", 0.05)

    async def talk() -> bool:
        line = Line(app)
        line.wire.left = left
        line.speaker.data_received(asked)
        await line.settle()
        line.speaker.timeout_keep_alive_handler()
        await asyncio.sleep(0.2)
        assert line.wire.is_over
        line.end()
        return line.wire.is_cut

    assert asyncio.run(talk()) == is_cut


def test_one_too_many_is_let_go_of_and_the_others_are_served(
    app: Framed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so once, and whoever comes when there is room again is served."""
    monkeypatch.setattr(connected, "connections_max", lambda: 2)
    monkeypatch.setattr(app.frame.door, "crowd", Crowd())
    with served(app) as (server, port):
        with ExitStack() as connecting:
            lines = [connecting.enter_context(connect(port)) for _ in range(2)]
            wait_until(lambda: len(server.server_state.connections) == len(lines))
            refused = [connecting.enter_context(connect(port)) for _ in range(5)]
            assert {read_all(line) for line in refused} == {b""}
            assert {ask(line) for line in lines} == {OK}
        wait_until(lambda: not server.server_state.connections)
        with connect(port) as line:
            assert ask(line) == OK

    assert caplog.messages == ["2 connections are open: no more are taken"]


CHUNKED = PLAIN.partition(b"Content-Length")[0] + b"Transfer-Encoding: chunked\r\n\r\n"
MANY = b"X-A: a\r\n" * 200_000
LONG = b"X-A: " + b"a" * 2_000_000 + b"\r\n"


@pytest.mark.parametrize(
    "asked",
    [
        ASKING[:-2] + MANY,
        ASKING[:-2] + MANY[:9_000] + b"\r\n",
        ASKING[:-2] + LONG,
        ASKING + ASKING[:-2] + LONG,
        CHUNKED + b"3\r\nabc\r\n0\r\n" + MANY,
        CHUNKED + b"3\r\nabc\r\n0\r\n" + LONG,
        CHUNKED + b"3;" + b"a" * 2_000_000,
        b"\r\n" * 1_000_000,
    ],
)
def test_what_never_comes_to_anything_is_not_read_without_end(
    app: Framed, asked: bytes
) -> None:
    """Heads, trailers and what stands between requests: memory is not for them."""

    async def talk() -> Line:
        line = Line(app)
        for first in range(0, len(asked), 200_000):
            if not line.wire.is_over:
                line.speaker.data_received(asked[first : first + 200_000])
                await asyncio.sleep(0)
        await line.settle()
        line.end()
        return line

    line = asyncio.run(talk())

    assert line.wire.is_over
    assert b"HTTP/1.1 400 " in line.wire.told
    # What is refused is not begun.
    assert line.wire.told.count(OK) == asked.count(ASKING)


@pytest.mark.parametrize("again", [HOST, b"host: elsewhere.example\r\n"])
def test_a_request_with_two_hosts_is_none(app: Framed, again: bytes) -> None:
    """Whoever stands between may have read the other one."""

    async def talk() -> Line:
        line = Line(app)
        line.speaker.data_received(ASKING[:-2] + again + b"\r\n")
        await line.settle()
        line.end()
        return line

    line = asyncio.run(talk())

    assert line.wire.told.startswith(b"HTTP/1.1 400 ")
    assert line.wire.is_over


def test_rubbish_fills_no_log(
    app: Framed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, and once more after a while; errors are told each time."""
    logger = logging.getLogger("api.connected.warnings")
    monkeypatch.setattr(logger, "filters", [Seldom()])

    async def talk() -> None:
        for _ in range(9):
            line = Line(app)
            line.speaker.data_received(b"rubbish\r\n\r\n")
            line.end()

    asyncio.run(talk())
    for _ in range(2):
        logger.error("one")
    told = list(caplog.messages)
    monkeypatch.setattr(connected, "_SECONDS_BETWEEN", 0)
    asyncio.run(talk())

    rubbish = "Invalid HTTP request received."
    assert told == [rubbish, "one", "one"]
    assert caplog.messages == told + [rubbish] * 9


def test_large_requests_are_read_as_ever(app: Framed) -> None:
    """A body as large as it may be, many requests in a row, and many headers."""
    headers = b"X-A: a\r\n" * 900
    body = b"a" * 1_000_000
    large = PLAIN.replace(b"Length: 3", b"Length: %d" % len(body))[:-3] + body
    asked = (ASKING[:-2] + headers + b"\r\n", large, ASKING * 9_000)

    async def talk() -> None:
        for one in asked:
            line = Line(app)
            for first in range(0, len(one), 200_000):
                line.speaker.data_received(one[first : first + 200_000])
            assert not line.wire.is_over
            line.end()
            await line.settle()

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("files", "most"),
    [(300, 150), (1024, 768), (1_000_000, 4096), (-1, 4096)],
)
def test_some_files_are_kept_for_databases(
    monkeypatch: pytest.MonkeyPatch, *, files: int, most: int
) -> None:
    """However few there are, and not all of many are for connections."""
    monkeypatch.setattr(connected, "getrlimit", lambda _: (files, files))

    assert connections_max() == most


def limited() -> None:
    """Have few files, and then as many as there may be."""
    _, hard = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (64, hard))
    raise_file_limit()
    assert getrlimit(RLIMIT_NOFILE) == (hard, hard)


def test_a_bank_has_as_many_files_as_it_may() -> None:
    """What a shell or a service manager gives at first is often 1,024."""
    process = get_context("fork").Process(target=limited)
    process.start()
    process.join()

    assert process.exitcode == 0
