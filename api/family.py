"""One bank in several processes: one writes, the others answer.

Those that answer are forked first, before there are threads and open databases, and
share the sockets on which they listen. Each parses and verifies, reads the databases,
and asks the writing one over a channel of its own (``ledger/sequencer/elsewhere.py``).
Who ends whom:

* SIGTERM and Ctrl-C are heard by the writing process alone. It tells the others, which
  answer what is under way, and closes the bank after them. Each has its deadline.
* If the writing process is lost, its channels end, and the others with them.
* If an answering one is lost, the others go on, and no new one is started: by now there
  are threads, which do not survive a fork. When the last is lost the bank ends, for a
  service manager to start it again.
"""

import gc
import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from queue import SimpleQueue
from socket import socket, socketpair
from threading import Event
from typing import Final, Self, TypedDict

import uvicorn

from api.accepting import Acceptor
from api.bank import Bank
from api.door import Door, Tally
from api.ending import (
    CHILD_SECONDS,
    GRACE_SECONDS,
    STOPPING,
    Deadline,
    hearing,
)
from api.main import create_app
from api.settings import Settings
from api.threshold import Threshold
from ledger.sequencer.channel import Channel
from ledger.sequencer.elsewhere import Attendant, SequencerElsewhere
from projections.apart import Apart

_LOG = logging.getLogger(__name__)


class _Options(TypedDict):
    http: type[Threshold]
    log_level: str
    access_log: bool
    server_header: bool
    timeout_graceful_shutdown: int


OPTIONS: Final[_Options] = {
    "http": Threshold,
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": GRACE_SECONDS,
}
"""Of every server of a bank."""


class NobodyAnswersError(Exception):
    """All processes that answered are lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What every answering process has from the one that it was forked from."""

    settings: Settings
    projecting: Apart
    listening: Sequence[socket]
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The answering processes of a bank, as the writing one sees them."""

    shared: _Shared
    processes: Sequence[ForkProcess]
    channels: Sequence[Channel]

    @classmethod
    def fork(
        cls,
        settings: Settings,
        projecting: Apart,
        *,
        listening: Sequence[socket],
        answering: int,
    ) -> Self:
        """Start so many processes; they open nothing before ``run``.

        To be called before this process has threads or open databases: neither
        survives a fork.
        """
        shared = _Shared(
            settings=settings,
            projecting=projecting,
            listening=listening,
            tally=Tally(answering),
        )
        pairs = [socketpair() for _ in range(answering)]
        processes = []
        for number in range(answering):
            process = get_context("fork").Process(
                target=_answer,
                args=(shared, pairs),
                kwargs={"number": number},
                name=f"answering {number}",
                daemon=True,
            )
            process.start()
            processes.append(process)
        for _, theirs in pairs:
            theirs.close()
        for one in listening:
            one.close()
        channels = [Channel(ours) for ours, _ in pairs]
        return cls(shared=shared, processes=processes, channels=channels)

    def run(self) -> None:
        """Open the bank, and write what the others hand over until told to stop.

        Raises:
            NotFoundedError: there is no ledger yet.
            NobodyAnswersError: all of them are lost.
        """
        # The one mailbox that a signal's handler may put something into.
        words: SimpleQueue[signal.Signals | int] = SimpleQueue()
        deadline = Deadline()

        def hear(number: signal.Signals) -> None:
            words.put(number)
            if number in STOPPING:
                deadline.begin()

        with ExitStack() as closing:
            closing.callback(deadline.lift)
            closing.enter_context(hearing(hear, also=signal.SIGHUP))
            bank = Bank(self.shared.settings)
            closing.callback(bank.close)
            closing.callback(deadline.begin)
            bank.start(self.shared.projecting)
            attendants = []
            for number, channel in enumerate(self.channels):
                lost = partial(words.put, number)
                one = Attendant(channel, bank.sequencer, lost=lost)
                closing.callback(one.close)
                attendants.append(one)
                one.begin()
            self._keep(bank, words)
            for one in attendants:
                one.end()
            self._wait()

    def close(self) -> None:
        """Let whatever is left of them end."""
        for channel in self.channels:
            channel.close()
        self._wait()
        for channel in self.channels:
            channel.drop()

    def _keep(self, bank: Bank, words: "SimpleQueue[signal.Signals | int]") -> None:
        left = set(range(len(self.processes)))
        while left:
            word = words.get()
            if word is signal.SIGHUP:
                bank.confirm_clock()
            elif isinstance(word, signal.Signals):
                return
            else:
                left.discard(word)
                self.shared.tally.leave(word)
                _LOG.error(
                    "a process that answered is lost: %d of %d go on",
                    len(left),
                    len(self.processes),
                )
        raise NobodyAnswersError

    def _wait(self) -> None:
        deadline = time.monotonic() + CHILD_SECONDS
        for process in self.processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                _LOG.error("a process did not end in time")
                process.kill()
                process.join()


class _Server(uvicorn.Server):
    """A server that the writing process ends, and no signal."""

    def __init__(self, config: uvicorn.Config, *, stop: Event, door: Door) -> None:
        super().__init__(config)
        self._stop, self._door = stop, door

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Begin to take connections, each process its share of them."""
        await super().startup(sockets=[])
        make = partial(
            Threshold, self.config, self.server_state, app_state=self.lifespan.state
        )
        taking = [Acceptor(one, self._door, make=make) for one in sockets or ()]
        self.servers = taking  # type: ignore[assignment]  # asked for no more than this

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals as they are."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Tell whether to end."""
        return await super().on_tick(counter) or self._stop.is_set()


def _answer(
    shared: _Shared, pairs: Sequence[tuple[socket, socket]], *, number: int
) -> None:
    # Only the writing process may hold these: when it dies they must end.
    for other, (ours, theirs) in enumerate(pairs):
        ours.close()
        if other != number:
            theirs.close()
    for one in (*STOPPING, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    # What all share stays shared as long as nobody looks at it for rubbish.
    gc.freeze()
    stop, deadline = Event(), Deadline()

    def stopped() -> None:
        stop.set()
        deadline.begin()

    channel = Channel(pairs[number][1])
    sequencer = SequencerElsewhere(channel, stopped=stopped)
    if not sequencer.wait():
        sequencer.close()
        return
    bank = Bank(shared.settings, sequencer=sequencer)
    door = Door(shared.tally, number)
    start = partial(bank.start_answering, shared.projecting)
    app = create_app(bank, start=start, door=door)
    server = _Server(uvicorn.Config(app, **OPTIONS), stop=stop, door=door)
    server.run(sockets=list(shared.listening))
