"""Answers reach whoever waits, and the loop is woken once for many."""

import asyncio
from collections.abc import Callable
from threading import Thread

import pytest

from api.crew import Crew
from api.mailbox import Mailbox


class SlowLoop(asyncio.SelectorEventLoop):
    """An event loop that counts how often another thread wakes it."""

    woken = 0

    def call_soon_threadsafe(  # type: ignore[override]  # one form is enough here
        self, callback: Callable[[], object]
    ) -> asyncio.Handle:
        """Count, and do nothing else before it runs."""
        self.woken += 1
        return super().call_soon_threadsafe(callback)


def test_a_group_of_answers_wakes_the_loop_once() -> None:
    """However many come before it looks; what comes later wakes it again."""
    loop = SlowLoop()
    mailbox: Mailbox[int] = Mailbox()
    mailbox.open(loop)
    slots = [mailbox.slot() for _ in range(50)]

    def answer_all() -> None:
        for number, (_, take) in enumerate(slots):
            mailbox.put(take, number)

    thread = Thread(target=answer_all)
    thread.start()
    thread.join()
    later, take = mailbox.slot()
    found = [loop.run_until_complete(slot) for slot, _ in slots]
    first = loop.woken
    mailbox.put(take, 7)
    last = loop.run_until_complete(later)
    loop.close()

    assert found == list(range(50))
    assert (first, last, loop.woken) == (1, 7, 2)


def test_an_error_is_raised_where_it_was_waited_for() -> None:
    """And an answer to nobody disturbs none of the others."""

    async def run() -> int:
        mailbox: Mailbox[int] = Mailbox()
        mailbox.open(asyncio.get_running_loop())
        failing, gone, waiting = (mailbox.slot() for _ in range(3))
        gone[0].cancel()
        mailbox.put(gone[1], 1)
        mailbox.put(failing[1], LookupError("x"))
        mailbox.put(waiting[1], 2)
        with pytest.raises(LookupError):
            await failing[0]
        return await waiting[0]

    assert asyncio.run(run()) == 2


def test_what_cannot_be_taken_keeps_no_other_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The loop tells of the fault, and goes on with the next."""

    def fail(_: object) -> None:
        raise LookupError

    async def run() -> int:
        mailbox: Mailbox[int] = Mailbox()
        mailbox.open(asyncio.get_running_loop())
        waiting, take = mailbox.slot()
        mailbox.put(fail, 1)
        mailbox.put(take, 2)
        async with asyncio.timeout(9):
            return await waiting

    assert asyncio.run(run()) == 2
    assert "LookupError" in caplog.text


def test_a_crew_does_all_that_waits_before_it_stops() -> None:
    """What came before it started, too."""
    crew, done = Crew("test", size=3), list[int]()
    for number in range(10):
        crew.put(lambda number=number: done.append(number))  # type: ignore[misc]  # bound now
    crew.start()

    crew.close()

    assert sorted(done) == list(range(10))
