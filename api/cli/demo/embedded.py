"""A bank of one's own: founded in a folder, served on this machine, closed again."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from api.bank import Bank
from api.founding import Founded, Founder, found_bank
from api.main import create_app
from api.settings import Settings
from ledger.sequencer import Clock

HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 30


class NotStartedError(Exception):
    """The server did not come up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A served bank."""

    url: str
    founded: Founded
    settings: Settings


@contextmanager
def embedded_bank(
    folder: Path, founder: Founder, *, clock: Clock | None = None
) -> Iterator[Embedded]:
    """Found a bank in a folder and serve it on a free port until the block ends.

    It lives by ``clock``, or else by the machine's.

    Raises:
        NotStartedError: the server did not come up.
    """
    settings = Settings.in_folder(folder)
    founded = found_bank(settings, founder, clock=clock)
    listener = socket.create_server((HOST, 0))
    config = uvicorn.Config(
        create_app(Bank(settings, clock=clock)), log_level="error", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="server"
    )
    thread.start()
    try:
        _wait_for(server)
        port = listener.getsockname()[1]
        yield Embedded(url=f"http://{HOST}:{port}", founded=founded, settings=settings)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _wait_for(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise NotStartedError
        time.sleep(0.01)
