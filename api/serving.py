"""The server that carries a bank's application, in one process or in several."""

import signal
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from socket import socket
from typing import Final

import uvicorn

from api.bank import Bank
from api.connected import raise_file_limit
from api.ending import Deadline, Stoppable
from api.family import OPTIONS, Family
from api.listening import bound
from api.main import check_loopback, create_app
from api.settings import Settings
from projections.apart import Apart

APART: Final = 2
"""One that posts and reads, and one that keeps the projections."""


def run_server(
    settings: Settings,
    *,
    host: str,
    port: int,
    uds: Path | None = None,
    processes: int = 1,
) -> None:
    """Serve a bank until it is told to stop; SIGHUP confirms the machine's clock.

    With two ``processes`` the other keeps the projections; further ones answer requests
    while this one only writes.

    Raises:
        PublicAddressError: ``host`` is not a loopback address.
        NotFoundedError: there is no ledger yet.
        NobodyAnswersError: all processes that answer are lost.
        OSError: nobody can listen there.
    """
    if uds is None:
        check_loopback(host)
    raise_file_limit()
    # Before there is a clock to confirm, and when there is none any more.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with ExitStack() as closing:
        following = None
        if processes >= APART:
            # First of all, so that it holds nothing of what comes later.
            urls = (settings.database_url, settings.projections_url)
            following = Apart.fork(database_url=urls[0], projections_url=urls[1])
            closing.callback(following.close)
        listening = closing.enter_context(bound(host, port, uds=uds))
        if following is None or processes == APART:
            _serve(Bank(settings), following, listening=listening)
            return
        family = Family.fork(
            settings, following, listening=listening, answering=processes - APART
        )
        closing.callback(family.close)
        family.run()


def _serve(bank: Bank, following: Apart | None, *, listening: list[socket]) -> None:
    deadline = Deadline()
    app = create_app(bank, start=partial(bank.start, following))
    config = uvicorn.Config(app, **OPTIONS)
    server = Stoppable(config, deadline=deadline, reload=bank.confirm_clock)
    server.run(listening)
    deadline.lift()
