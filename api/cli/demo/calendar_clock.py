"""The sample's clock: it starts on a day of its own, and can be moved forward.

Windows and due dates are about days of the calendar. Under the machine's own clock the
sample would be another one every day.
"""

from datetime import UTC, datetime, timedelta

from ledger.domain.types import moment_of
from ledger.sequencer import Clock, SystemClock


class CalendarClock:
    """A clock that runs as the machine's does, from another day on."""

    def __init__(self, starts_at: str, *, machine: Clock | None = None) -> None:
        """Start at an instant."""
        self._machine = machine or SystemClock()
        self._base = self._machine.elapsed_seconds()
        self._starts_at = moment_of(starts_at).astimezone(UTC)
        self._skipped = timedelta(0)

    def now(self) -> datetime:
        """Return the sample's time."""
        return self._starts_at + timedelta(seconds=self.elapsed_seconds())

    def elapsed_seconds(self) -> float:
        """Return the seconds since the start, what was skipped included.

        The two move together, so that a writer sees no jump.
        """
        passed = self._machine.elapsed_seconds() - self._base
        return passed + self._skipped.total_seconds()

    def move_to(self, instant: str) -> None:
        """Go forward to an instant.

        Raises:
            ValueError: it has passed already; recorded time never goes back.
        """
        ahead = moment_of(instant) - self.now()
        if ahead < timedelta(0):
            raise ValueError(instant)
        self._skipped += ahead
