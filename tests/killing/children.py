"""Writers in processes of their own, that tell over a pipe what they acknowledged."""

import os
import resource
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, NoReturn

from sqlalchemy import exc

from ledger.database import open_engine
from ledger.integrity.receipts import SingleReceipt
from ledger.lists.drafts import Draft
from ledger.sequencer import UncertainError
from ledger.store.application import LedgerStore
from ledger.store.asking import StoreUnavailableError
from tests.bank import Bank

CLIENTS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a client heard: the bytes of this number have this receipt."""

    number: int
    receipt: SingleReceipt


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a writer had acknowledged, and whether it died before it was done."""

    told: list[Told]
    was_killed: bool


@dataclass(frozen=True, kw_only=True)
class Writer:
    """A process that writes."""

    pid: int
    pipe: int

    def kill(self) -> None:
        """Kill it, wherever it is."""
        os.kill(self.pid, signal.SIGKILL)

    def pause(self) -> None:
        """Let it sleep, wherever it is; it does not know that it did."""
        os.kill(self.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def end(self) -> Ended:
        """Wait for its end; return what it had acknowledged until then."""
        with os.fdopen(self.pipe, "rb") as pipe:
            lines = pipe.read().splitlines(keepends=True)
        _, status = os.waitpid(self.pid, 0)
        whole = [line.split(b" ", 1) for line in lines if line.endswith(b"\n")]
        told = [
            Told(number=int(number), receipt=SingleReceipt.model_validate_json(raw))
            for number, raw in whole
        ]
        return Ended(told=told, was_killed=os.WIFSIGNALED(status))


def start(
    bank: Bank, drafts: Sequence[tuple[int, Draft]], *, room: int | None = None
) -> Writer:
    """Fork a writer, whose clients send these, a few at a time.

    No file of its may grow beyond ``room`` bytes, if that is given.
    Nobody here may have a thread or a connection that it would inherit.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return Writer(pid=pid, pipe=reading)
    os.close(reading)
    if room is not None:
        # Python does not die of the signal that comes with it.
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    return work(bank, drafts, pipe=writing)


def work(bank: Bank, drafts: Sequence[tuple[int, Draft]], *, pipe: int) -> NoReturn:
    """Write in this process until all is answered, or it is killed."""
    code = 1
    try:
        store = LedgerStore(open_engine(bank.url))
        sequencer = bank.open_sequencer(store)

        def send(numbered: tuple[int, Draft]) -> None:
            number, draft = numbered
            try:
                receipt = sequencer.submit(draft).result().receipt
            except UncertainError:
                return
            # Less than a pipe takes in one piece: no line is torn.
            os.write(pipe, b"%d %s\n" % (number, receipt.model_dump_json().encode()))

        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(send, drafts))
        code = 0
    except (StoreUnavailableError, exc.DBAPIError):
        # It could not even be opened: nobody was told anything.
        code = 0
    finally:
        # Nothing of the parent's is tidied up here.
        os._exit(code)
