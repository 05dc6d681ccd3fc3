"""A bank that has not written for a while, though somebody waits, knows it."""

from contextlib import suppress

import pytest

from api import pulse
from api.door import Door, Tally
from api.errors import NotWritingError
from api.pulse import STUCK_SECONDS, TRUST_SECONDS
from ledger.sequencer import (
    BusyError,
    InternalFaultError,
    RefusedError,
    UncertainError,
)

LONG = STUCK_SECONDS + 1
LOST = UncertainError()
REFUSED = RefusedError.__new__(RefusedError)


class Time:
    """A steady clock that goes on when told to."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self._now = 1_000_000_000_000

    def monotonic_ns(self) -> int:
        """Return the moment."""
        return self._now

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self._now += seconds * 1_000_000_000


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Have the clock in hand."""
    made = Time()
    monkeypatch.setattr(pulse, "time", made)
    return made


def is_stuck(*doors: Door) -> bool:
    """Tell what all doors say alike."""
    said = []
    for door in doors:
        with suppress(NotWritingError):
            door.pulse.check()
            said.append(door)
    assert len(said) in {0, len(doors)}
    return not said


def end(door: Door, number: int, *, error: Exception | None = None) -> None:
    """Answer a post."""
    door.pulse.end(number, error=error, is_written=error is None)


def test_who_waits_for_too_long_is_a_sign_at_every_door(time: Time) -> None:
    """Until he is answered; a door that is lost takes its sign with it."""
    tally = Tally(2)
    first, second = Door(tally, 0), Door(tally, 1)
    assert not is_stuck(first, second)
    early = first.pulse.begin()
    time.wait(LONG)
    late = first.pulse.begin()
    assert is_stuck(first, second)
    end(first, early, error=REFUSED)
    assert not is_stuck(first, second)
    time.wait(LONG)
    assert is_stuck(first, second)
    tally.leave(0)
    assert not is_stuck(second)
    end(first, late)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (LOST, True),
        (BusyError(), True),
        (REFUSED, False),
        (InternalFaultError("x"), False),
        (None, False),
    ],
)
def test_what_nothing_became_of_for_a_while_is_a_sign(
    time: Time, error: Exception | None, *, expected: bool
) -> None:
    """Some at once, or one after long: until one is written, or no more come."""
    door, other = Door(tally := Tally(2), 0), Door(tally, 1)
    end(door, door.pulse.begin(), error=error)
    assert not is_stuck(door, other)
    time.wait(LONG)
    # A single failure long ago is none.
    assert not is_stuck(door, other)
    end(door, door.pulse.begin(), error=error)
    assert is_stuck(door, other) == expected

    time.wait(1)
    end(other, other.pulse.begin(), error=REFUSED)
    assert is_stuck(door, other) == expected
    end(other, other.pulse.begin())
    assert not is_stuck(door, other)

    time.wait(1)
    number = door.pulse.begin()
    time.wait(LONG)
    end(door, number, error=error)
    assert is_stuck(door, other) == expected
    time.wait(TRUST_SECONDS + 1)
    assert not is_stuck(door, other)
    end(door, door.pulse.begin(), error=error)
    assert not is_stuck(door, other)
