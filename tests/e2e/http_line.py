"""A connection to a bank's server, of which both ends are in one's hand."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from api.family import OPTIONS
from api.frame import Framed
from api.threshold import Threshold
from tests.e2e.http_bank import serving

START: Final = b"POST /v1/statements HTTP/1.1\r\n"
HOST: Final = b"Host: 127.0.0.1\r\n"
NAMED: Final = b"X-Request-Id: id-7\r\n"
END: Final = b"Content-Length: 3\r\n\r\nabc"
PLAIN: Final = START + HOST + NAMED + END
TURNS_MAX: Final = 30_000
ASKING: Final = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"


@contextmanager
def opened(folder: Path) -> Iterator[Framed]:
    """Open a bank on SQLite, which knows how far its log has come."""
    with serving(folder, f"sqlite:///{folder / 'ledger.db'}") as bank:
        found = bank.client.app
        assert isinstance(found, Framed)
        bank.get("/healthz")
        yield found


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop go on until something holds."""
    for _ in range(TURNS_MAX):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise TimeoutError


class Wire(asyncio.Transport):
    """The server's end of a connection."""

    def __init__(self) -> None:
        """Have nothing written to it."""
        super().__init__({"sockname": ("127.0.0.1", 80), "peername": ("127.0.0.1", 9)})
        self.told = b""
        self.is_over = self.is_cut = False
        self.left = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what is sent."""
        self.told += data

    def is_closing(self) -> bool:
        """Tell whether the server has closed it."""
        return self.is_over

    def close(self) -> None:
        """Be closed."""
        self.is_over = True

    def abort(self) -> None:
        """Be cut."""
        self.is_cut = True

    def get_write_buffer_size(self) -> int:
        """Return how much of it nobody takes."""
        return self.left

    def pause_reading(self) -> None:
        """Go on: what comes, comes by hand."""

    def resume_reading(self) -> None:
        """Go on."""


class Line:
    """A connection, with what speaks on the server's side."""

    def __init__(
        self, app: Framed, speaking: type[HttpToolsProtocol] = Threshold
    ) -> None:
        """Connect, as a server would."""
        config = uvicorn.Config(app, **OPTIONS)
        config.load()
        state = ServerState()
        state.default_headers = [(b"date", b"today")]
        self.wire, self.speaker = Wire(), speaking(config, state, app_state={})
        self.speaker.connection_made(self.wire)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await until(lambda: not self.speaker.tasks)

    def waits(self) -> bool:
        """Tell whether the server closes it if nothing more comes."""
        timer = self.speaker.timeout_keep_alive_task
        return timer is not None and not timer.cancelled()

    def end(self) -> None:
        """Hang up."""
        self.speaker.connection_lost(None)
