"""The writer, asked from other processes of the same bank.

``SequencerElsewhere`` stands in for it where requests are answered: what was parsed and
verified there goes over a channel. An ``Attendant`` for each such process hands it to
the one sequencer, and the answers back. What a killed process leaves behind:

* Of those that answer: what it had handed over is decided and written all the same, and
  nobody is told, as when a client loses its connection.
* The writing one: whoever waits elsewhere is told that the outcome is unknown, and must
  ask again with the same bytes.
"""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import partial
from typing import Final, NamedTuple, Protocol, cast

from ledger.intake import Submission
from ledger.sequencer.channel import Channel
from ledger.sequencer.outcomes import (
    Accepted,
    BusyError,
    RefusedError,
    UncertainError,
)
from ledger.sequencer.writer import QUEUE_MAX

CLOSE_SECONDS: Final = 3
"""For what is under way; whoever asked for it may have been waited for before."""


class Writer(Protocol):
    """Whoever takes checked submissions, in this process or in another."""

    def submit(self, submission: Submission) -> Future[Accepted]:
        """Queue a checked submission, or raise ``BusyError``."""
        ...

    def find_refusal(self, *, iss: str, identity: str) -> RefusedError | None:
        """Return a refusal that is still remembered."""
        ...

    def close(self) -> None:
        """Take nothing more in, and answer what waits."""
        ...


class Wanted(NamedTuple):
    """A refusal that is looked for."""

    iss: str
    identity: str


class Asked(NamedTuple):
    """What is asked of the writer, under a number of the asking process."""

    number: int
    what: Submission | Wanted


class Told(NamedTuple):
    """What a question was answered with, or what it failed with."""

    number: int
    answer: Accepted | RefusedError | None
    error: BaseException | None = None


class Begin(NamedTuple):
    """The bank is open: open what is needed to answer, and do."""


class End(NamedTuple):
    """The bank is closing: answer what is under way, and end."""


class SequencerElsewhere:
    """The stand-in, in a process that answers requests."""

    def __init__(self, channel: Channel, *, stopped: Callable[[], None]) -> None:
        """Ask over a channel; ``stopped`` is told when it is time to end.

        Which is when the bank is closing, and when the writing process is lost: perhaps
        twice, and from another thread.
        """
        self._channel = channel
        self._stopped = stopped
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Accepted | RefusedError | None]] = {}
        self._door = threading.Lock()
        self._closing = False
        self._begun = threading.Event()
        channel.start()
        self._thread = threading.Thread(
            target=self._listen, name="sequencer elsewhere", daemon=True
        )
        self._thread.start()

    def wait(self) -> bool:
        """Wait until the bank is open; tell whether it is, or else has ended."""
        self._begun.wait()
        return not self._closing

    def submit(self, submission: Submission) -> Future[Accepted]:
        """Hand a checked submission over.

        The future raises what ``Sequencer.submit``'s does.

        Raises:
            BusyError: too much waits already, or the bank is closing.
        """
        # What comes back under the number of a submission is what became of it.
        return cast("Future[Accepted]", self._ask(submission))

    def find_refusal(self, *, iss: str, identity: str) -> RefusedError | None:
        """Return a refusal that is still remembered.

        Raises:
            BusyError: the bank is closing.
            UncertainError: the writing process is lost.
        """
        found = self._ask(Wanted(iss, identity)).result()
        return found if isinstance(found, RefusedError) else None

    def close(self) -> None:
        """Take nothing more in, wait for what is under way, and hang up."""
        with self._door:
            self._closing = True
        wait(list(self._waiting.values()), CLOSE_SECONDS)
        self._channel.close()
        self._thread.join()
        self._channel.drop()

    def _ask(
        self, what: Submission | Wanted
    ) -> "Future[Accepted | RefusedError | None]":
        future: Future[Accepted | RefusedError | None] = Future()
        # It is under way at once: to cancel it would only hide what became of it.
        future.set_running_or_notify_cancel()
        # Under the lock nothing is put once the end of all answers was seen.
        with self._door:
            if self._closing or len(self._waiting) >= QUEUE_MAX:
                raise BusyError
            number = next(self._numbers)
            self._waiting[number] = future
            self._channel.put(Asked(number, what))
        return future

    def _listen(self) -> None:
        while items := self._channel.read():
            for item in items:
                if isinstance(item, Told):
                    self._tell(item)
                elif isinstance(item, Begin):
                    self._begun.set()
                else:
                    self._stopped()
        with self._door:
            self._closing = True
            left, self._waiting = self._waiting, {}
        for future in left.values():
            future.set_exception(UncertainError())
        self._begun.set()
        self._stopped()

    def _tell(self, told: Told) -> None:
        future = self._waiting.pop(told.number)
        if told.error is None:
            future.set_result(told.answer)
        else:
            future.set_exception(told.error)


class Attendant:
    """Serves one such process, where the sequencer is."""

    def __init__(
        self, channel: Channel, sequencer: Writer, *, lost: Callable[[], None]
    ) -> None:
        """Serve what comes over a channel; ``lost`` is told, once, of its end."""
        self._channel = channel
        self._sequencer = sequencer
        self._lost = lost
        channel.start()
        self._thread = threading.Thread(
            target=self._attend, name="attendant", daemon=True
        )
        self._thread.start()

    def begin(self) -> None:
        """Let the other process open the bank and answer."""
        self._channel.put(Begin())

    def end(self) -> None:
        """Let the other process answer what is under way, and end."""
        self._channel.put(End())

    def close(self) -> None:
        """Hang up, whatever is under way."""
        self._channel.close()
        self._thread.join()
        self._channel.drop()

    def _attend(self) -> None:
        while items := self._channel.read():
            for item in items:
                self._take(cast("Asked", item))
        self._channel.close()
        self._lost()

    def _take(self, asked: Asked) -> None:
        number, what = asked
        if isinstance(what, Wanted):
            found = self._sequencer.find_refusal(iss=what.iss, identity=what.identity)
            self._channel.put(Told(number, found))
            return
        try:
            future = self._sequencer.submit(what)
        except BusyError as error:
            self._channel.put(Told(number, None, error))
        else:
            future.add_done_callback(partial(self._answer, number))

    def _answer(self, number: int, future: Future[Accepted]) -> None:
        error = future.exception()
        answer = None if error is not None else future.result()
        self._channel.put(Told(number, answer, error))
