"""The writer's clock: recorded time never goes back and never jumps unseen."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from ledger.domain.types import instant_of, moment_of

JUMP_MAX: Final = timedelta(minutes=5)


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Return the wall clock's aware time."""
        ...

    def elapsed_seconds(self) -> float:
        """Return seconds of a clock that nobody can set."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """Return the wall clock's aware time."""
        return datetime.now(UTC)  # noqa: TID251  # the one place that asks the machine

    def elapsed_seconds(self) -> float:
        """Return seconds of the monotonic clock."""
        return time.monotonic()


class ClockJumpError(Exception):
    """The wall clock left the monotonic one; an operator must confirm the time."""

    code = "clock-jumped"


class WriterClock:
    """Gives each group the instant at which it is recorded."""

    def __init__(self, clock: Clock) -> None:
        """Take the present wall clock as right."""
        self._clock = clock
        self._right = (clock.now(), clock.elapsed_seconds())
        self._lead_confirmed = False

    def now(self) -> str:
        """Return the wall clock's instant, unchecked."""
        return instant_of(self._clock.now())

    def confirm(self) -> None:
        """Take the present wall clock as right, on an operator's word.

        If the log is ahead of it, time stands still until the clock has caught up.
        """
        self._right = (self._clock.now(), self._clock.elapsed_seconds())
        self._lead_confirmed = True

    def instant(self, *, after: str | None) -> str:
        """Return the instant to record now, never before ``after``.

        Raises:
            ClockJumpError: the wall clock moved more than five minutes against the
                monotonic one, or the log's newest instant lies as far ahead of it;
                until an operator confirms the wall clock.
        """
        now, (wall, elapsed) = self._clock.now(), self._right
        passed = timedelta(seconds=self._clock.elapsed_seconds() - elapsed)
        if abs(now - (wall + passed)) > JUMP_MAX:
            raise ClockJumpError
        instant = instant_of(now)
        if after is None or instant >= after:
            self._lead_confirmed = False
            return instant
        if moment_of(after) - now > JUMP_MAX and not self._lead_confirmed:
            raise ClockJumpError
        return after
