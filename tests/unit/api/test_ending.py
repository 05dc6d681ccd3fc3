"""A process that cannot end in order ends all the same, and one that can is let be."""

import os
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection, Pipe
from typing import Final

import pytest

from api.ending import CUT_OFF, END_SECONDS, Deadline, hearing

SECONDS: Final = 0.05
LONG_SECONDS: Final = 300


def hang(_: Connection) -> None:
    """Begin to end, with a process of one's own, and do not get there."""
    deadline = Deadline(seconds=SECONDS)
    other = get_context("fork").Process(target=time.sleep, args=(LONG_SECONDS,))
    other.start()
    deadline.begin()
    time.sleep(LONG_SECONDS)


def end(_: Connection) -> None:
    """Begin to end, and get there."""
    deadline = Deadline(seconds=SECONDS)
    deadline.begin()
    deadline.begin()
    deadline.lift()
    time.sleep(4 * SECONDS)


def never_begin(_: Connection) -> None:
    """Run for longer than an end may take."""
    Deadline(seconds=SECONDS)
    time.sleep(4 * SECONDS)


@pytest.mark.parametrize(
    ("live", "code"), [(hang, CUT_OFF), (end, 0), (never_begin, 0)]
)
def test_only_what_began_to_end_and_does_not_is_cut_off(
    live: Callable[[Connection], None], code: int
) -> None:
    """With all that it has started."""
    hearing_of, telling = Pipe(duplex=False)
    process = get_context("fork").Process(target=live, args=(telling,))
    process.start()
    telling.close()

    process.join(END_SECONDS)

    assert process.exitcode == code
    # Whoever holds the other end has ended, too.
    assert hearing_of.poll(END_SECONDS)
    with pytest.raises(EOFError):
        hearing_of.recv()


def test_once_told_to_stop_the_next_word_ends_us_at_once() -> None:
    """Whoever asks twice means it; a word to reload stays one."""
    heard: list[signal.Signals] = []
    before = signal.getsignal(signal.SIGTERM)

    with hearing(heard.append, also=signal.SIGHUP):
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL

    assert heard == [signal.SIGHUP, signal.SIGTERM, signal.SIGHUP]
    assert signal.getsignal(signal.SIGTERM) is before
