"""Recorded time never goes back, and never jumps unseen."""

from datetime import timedelta

import pytest

from ledger.domain.types import instant_of
from ledger.sequencer import ClockJumpError, SystemClock, WriterClock
from tests.bank import START, SteppedClock

NOW = instant_of(START)


def moved(**by: float) -> tuple[SteppedClock, WriterClock]:
    """Return a writer's clock whose wall clock was moved since, and that clock."""
    stepped = SteppedClock()
    clock = WriterClock(stepped)
    stepped.wall += timedelta(**by)
    return stepped, clock


def test_time_that_passes_on_both_clocks_is_time() -> None:
    """However much of it."""
    stepped = SteppedClock()
    clock = WriterClock(stepped)

    stepped.step(90 * 24 * 3600)

    assert clock.instant(after=NOW) == instant_of(START + timedelta(days=90))
    assert clock.now() == clock.instant(after=None)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_five_minutes_are_a_clock_being_set_right(minutes: int) -> None:
    """The machine's clock may be corrected by so much."""
    _, clock = moved(minutes=minutes)

    assert clock.instant(after=None) == instant_of(START + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "seconds",
    [301, -301, -600, 30 * 24 * 3600],
    ids=["ahead", "behind", "ten-minutes-back", "thirty-days-ahead"],
)
def test_a_jump_is_refused_until_an_operator_confirms(seconds: int) -> None:
    """Nothing is recorded meanwhile, however often it is tried."""
    stepped, clock = moved(seconds=seconds)
    for _ in range(2):
        with pytest.raises(ClockJumpError):
            clock.instant(after=NOW)

    clock.confirm()

    assert clock.instant(after=NOW) == max(NOW, instant_of(stepped.wall))


def test_a_log_far_ahead_of_the_clock_is_a_jump_too() -> None:
    """The machine was restarted with a clock that is wrong, or the last one's was."""
    clock = WriterClock(SteppedClock())
    ahead = instant_of(START + timedelta(minutes=6))
    with pytest.raises(ClockJumpError):
        clock.instant(after=ahead)

    clock.confirm()

    assert clock.instant(after=ahead) == ahead


def test_a_log_little_ahead_is_waited_for() -> None:
    """Time stands still; it does not go back."""
    clock = WriterClock(SteppedClock())
    ahead = instant_of(START + timedelta(minutes=5))

    assert clock.instant(after=ahead) == ahead


def test_a_word_of_the_operator_counts_for_one_jump() -> None:
    """Once the clock has caught up, the next lead needs a word of its own."""
    stepped = SteppedClock()
    clock = WriterClock(stepped)
    clock.confirm()
    stepped.step(1)
    clock.instant(after=NOW)

    with pytest.raises(ClockJumpError):
        clock.instant(after=instant_of(START + timedelta(hours=1)))


def test_the_machines_clock_is_aware_and_its_other_clock_moves_on() -> None:
    """Nobody can set the second."""
    clock = SystemClock()

    before, after = clock.elapsed_seconds(), clock.elapsed_seconds()

    assert clock.now().utcoffset() == timedelta(0)
    assert before <= after
