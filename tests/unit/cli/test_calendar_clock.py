"""The sample's clock runs, goes forward, and never back."""

from datetime import UTC, datetime, timedelta

import pytest

from api.cli.demo.calendar_clock import CalendarClock
from ledger.sequencer import WriterClock

START = "2026-09-03T00:30:00.000Z"
LATER = "2026-09-29T01:00:00.000Z"


class Machine:
    """A machine whose clock the test turns."""

    def __init__(self) -> None:
        """Begin at some second."""
        self.seconds = 1000.0

    def now(self) -> datetime:
        """Return a day that does not matter."""
        return datetime(2031, 1, 1, tzinfo=UTC)

    def elapsed_seconds(self) -> float:
        """Return the seconds so far."""
        return self.seconds


def test_it_starts_on_its_day_and_runs_with_the_machine() -> None:
    """Second by second."""
    machine = Machine()
    clock = CalendarClock(START, machine=machine)
    machine.seconds += 90

    assert clock.now() == datetime(2026, 9, 3, 0, 31, 30, tzinfo=UTC)


def test_a_writer_sees_no_jump_when_it_goes_forward() -> None:
    """Both of its hands move together."""
    clock = CalendarClock(START, machine=Machine())
    writer = WriterClock(clock)
    before = writer.instant(after=None)
    clock.move_to(LATER)

    assert (before, writer.instant(after=before)) == (START, LATER)


def test_it_does_not_go_back() -> None:
    """What was recorded stays recorded then."""
    clock = CalendarClock(LATER, machine=Machine())

    with pytest.raises(ValueError, match=START):
        clock.move_to(START)
    assert clock.now() - datetime(2026, 9, 29, 1, tzinfo=UTC) == timedelta(0)
