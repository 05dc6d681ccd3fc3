"""Connections that come together are shared, and none is left lying."""

import asyncio
import errno
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from api import accepting
from api.accepting import Acceptor
from api.door import Door, Tally
from tests.e2e.http_line import until

MANY = 60


class Taken(asyncio.Protocol):
    """What a door has taken; it says nothing."""

    def __init__(self, door: Door, open_: list[asyncio.BaseTransport]) -> None:
        """Belong to a door, and to those that are open there."""
        self._door, self._open = door, open_

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be counted."""
        self._open.append(transport)
        self._door.count_connections(len(self._open))


class Place:
    """One process's place at a socket, and what it took."""

    def __init__(self, listening: socket.socket, door: Door) -> None:
        """Begin to listen."""
        self.taken: list[asyncio.BaseTransport] = []
        self.acceptor = Acceptor(listening, door, make=lambda: Taken(door, self.taken))

    async def leave(self) -> None:
        """Take no more, and hang up."""
        self.acceptor.close()
        await self.acceptor.wait_closed()
        for one in self.taken:
            one.close()


def has_taken(place: Place, count: int) -> bool:
    """Tell whether so many were taken there."""
    return len(place.taken) >= count


def is_prompt(transport: asyncio.BaseTransport) -> bool:
    """Tell whether nothing that is written waits for more."""
    line: socket.socket = transport.get_extra_info("socket")
    return bool(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Bind a port of its own."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        yield made


def come(house: ExitStack, to: socket.socket, *, count: int = 1) -> None:
    """Connect so often, without waiting to be taken."""
    for _ in range(count):
        house.enter_context(socket.create_connection(to.getsockname()))


def test_whoever_has_more_lets_others_come_first(listening: socket.socket) -> None:
    """A process that begins later catches up, and then they share."""
    tally = Tally(2)

    async def run() -> list[int]:
        with ExitStack() as house:
            first = Place(house.enter_context(listening.dup()), Door(tally, 0))
            come(house, listening, count=MANY)
            await until(lambda: len(first.taken) == MANY)
            second = Place(house.enter_context(listening.dup()), Door(tally, 1))
            come(house, listening, count=2 * MANY)
            await until(lambda: len(first.taken) + len(second.taken) == 3 * MANY)
            await first.leave()
            await second.leave()
        return [len(first.taken), len(second.taken)]

    first, second = asyncio.run(run())
    assert abs(first - second) < MANY // 2


@pytest.mark.parametrize("is_open", [True, False])
def test_whoever_does_not_come_is_waited_for_a_moment_only(
    listening: socket.socket, *, is_open: bool
) -> None:
    """Another process that hangs, or is lost, keeps nobody out."""
    tally = Tally(2)
    here, _ = Door(tally, 0), Door(tally, 1)
    if not is_open:
        tally.leave(1)

    async def run() -> int:
        with ExitStack() as house:
            place = Place(listening, here)
            come(house, listening, count=MANY)
            await until(lambda: len(place.taken) == MANY)
            await place.leave()
            return len(place.taken)

    assert asyncio.run(run()) == MANY


def test_a_closed_place_takes_no_more(listening: socket.socket) -> None:
    """Whether it was waiting for another process or not."""
    tally = Tally(2)
    here, _ = Door(tally, 0), Door(tally, 1)

    async def run() -> list[int]:
        found = []
        with ExitStack() as house:
            for count in (0, MANY):
                place = Place(house.enter_context(listening.dup()), here)
                come(house, listening, count=count)
                await until(partial(has_taken, place, count // 4))
                await place.leave()
                found.append(len(place.taken))
                come(house, listening)
                await asyncio.sleep(0.05)
                found.append(len(place.taken))
        return found

    empty, still_empty, some, still_some = asyncio.run(run())
    assert (empty, still_empty) == (0, 0)
    assert MANY > some == still_some > 0


def test_one_that_is_taken_as_the_place_closes_is_not_kept(
    listening: socket.socket,
) -> None:
    """Nobody would tell it to end, and the bank would wait for it."""

    async def run() -> bytes:
        def make() -> asyncio.Protocol:
            # It was taken, and is not open yet.
            acceptor.close()
            return asyncio.Protocol()

        acceptor = Acceptor(listening, Door(), make=make)
        with socket.create_connection(listening.getsockname()) as asking:
            asking.settimeout(0)
            async with asyncio.timeout(9):
                return await asyncio.get_running_loop().sock_recv(asking, 1)

    assert asyncio.run(run()) == b""


class Failing(socket.socket):
    """A socket at which nobody is to be had for a while."""

    error: OSError
    until = 0.0
    asked = 0

    def accept(self) -> tuple[socket.socket, object]:
        """Fail, and count how often one is asked for meanwhile."""
        if time.monotonic() < self.until:
            self.asked += 1
            raise self.error
        return super().accept()


@pytest.mark.parametrize(
    ("error", "is_told"), [(errno.EMFILE, True), (errno.ECONNABORTED, False)]
)
def test_one_that_cannot_be_taken_is_taken_later(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    error: int,
    is_told: bool,
) -> None:
    """For want of files, say: the log tells of it, and the others are not lost."""
    monkeypatch.setattr(accepting, "SECONDS_OUT", 0.1)

    async def run() -> tuple[int, int]:
        with Failing() as listening, ExitStack() as house:
            listening.error = OSError(error, "x")
            listening.until = time.monotonic() + 0.25
            listening.bind(("127.0.0.1", 0))
            place = Place(listening, Door())
            come(house, listening, count=3)
            await until(lambda: len(place.taken) == 3)
            assert all(map(is_prompt, place.taken))
            await place.leave()
            return len(place.taken), listening.asked

    taken, asked = asyncio.run(run())
    assert taken == 3
    # The event loop has something else to do.
    assert not is_told or 1 <= asked <= 3
    assert ("no connection can be taken" in caplog.text) == is_told
