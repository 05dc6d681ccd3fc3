"""Lets in what the bank can answer soon; the rest is told at once to come back.

A queue that grows makes everybody wait, and memory with it, while no more is done in a
second. So what is under way is bounded, and refusing costs next to nothing.
"""

from dataclasses import dataclass
from typing import Final, Self

from ledger.sequencer import BusyError

POSTS_MAX: Final = 256
"""Statements and batches under way: what a good part of one second answers."""
WORK_BYTES_MAX: Final = 8 * 1024 * 1024
"""So much under way, and nothing more is let in; one batch at its bound always is."""
HELD_BYTES_MAX: Final = 64 * 1024 * 1024
"""Of all bodies in memory, those that still arrive among them."""


class Door:
    """Counts what is under way. Belongs to one event loop."""

    def __init__(self) -> None:
        """Open the door; nothing is under way."""
        self.posts = 0
        """Bodies that have arrived and are not answered yet."""
        self.refused = 0
        """How often somebody was told to come back."""
        self._work_bytes = 0
        self._held_bytes = 0

    def let_in(self) -> bool:
        """Tell whether another one is let in; who is not is counted as refused."""
        if self.posts < POSTS_MAX and self._work_bytes < WORK_BYTES_MAX:
            return True
        self.refused += 1
        return False

    def visit(self) -> "Visit":
        """Take one request in, until it is answered."""
        return Visit(door=self)

    def hold(self, size: int) -> None:
        """Count bytes that have arrived.

        Raises:
            BusyError: all bodies together are too much to hold.
        """
        self._held_bytes += size
        if self._held_bytes > HELD_BYTES_MAX:
            self.refused += 1
            raise BusyError

    def begin(self, size: int) -> None:
        """Count a body that is being worked on from now.

        Raises:
            BusyError: others came first while it arrived.
        """
        if not self.let_in():
            raise BusyError
        self.posts += 1
        self._work_bytes += size

    def end(self, size: int, *, was_working: bool) -> None:
        """Count a request that is answered."""
        self._held_bytes -= size
        if was_working:
            self.posts -= 1
            self._work_bytes -= size


@dataclass(slots=True)
class Visit:
    """One request. While its body arrives it takes memory and no turn."""

    door: Door
    size: int = 0
    is_working: bool = False

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give everything back, whatever the answer is."""
        self.door.end(self.size, was_working=self.is_working)

    def take(self, size: int) -> None:
        """Count bytes that have arrived.

        Raises:
            BusyError: all bodies together are too much to hold.
        """
        self.size += size
        self.door.hold(size)

    def begin(self) -> None:
        """Ask for a turn once the body is there.

        Raises:
            BusyError: others came first.
        """
        self.door.begin(self.size)
        self.is_working = True


def door_lines(door: Door) -> list[str]:
    """Return the metrics of a door (Prometheus text format 0.0.4)."""
    return [
        "# HELP skillbank_posts_under_way Statements and batches not answered yet.",
        "# TYPE skillbank_posts_under_way gauge",
        f"skillbank_posts_under_way {door.posts}",
        "# HELP skillbank_posts_refused_total Posts told to come back later.",
        "# TYPE skillbank_posts_refused_total counter",
        f"skillbank_posts_refused_total {door.refused}",
    ]
