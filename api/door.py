"""Lets in what the bank can answer soon; the rest is told at once to come back.

A queue that grows makes everybody wait, and memory with it, while no more is done in a
second. So what is under way is bounded, and refusing costs next to nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from mmap import mmap
from typing import Final, Self

from api.connected import Crowd
from api.pulse import Pulse
from ledger.sequencer import BusyError

POSTS_MAX: Final = 256
"""Statements and batches under way: what a good part of one second answers."""
WORK_BYTES_MAX: Final = 8 * 1024 * 1024
"""So much under way, and nothing more is let in; one batch at its bound always is."""
HELD_BYTES_MAX: Final = 64 * 1024 * 1024
"""Of all bodies in memory, those that still arrive among them."""
_KINDS: Final = 10
_BYTES: Final = 8
_MORE: Final = 4
"""So many connections more than another has are clearly more."""


class Tally:
    """What all doors of one bank count: of each kind, one number per door.

    It lies in memory that is shared with processes forked later. A door's numbers are
    written by its own event loop only; whoever adds them up may be late by one.
    """

    def __init__(self, doors: int = 1) -> None:
        """Begin with nothing, for so many doors."""
        numbers = memoryview(mmap(-1, _KINDS * doors * _BYTES)).cast("q")
        firsts = range(0, len(numbers), doors)
        kinds = [numbers[first : first + doors] for first in firsts]
        self.open, self.posts, self.refused, self.work_bytes, *others = kinds
        self.held_bytes, self.oldest, self.lost, self.failed, *others = others
        self.written, self.connections = others
        self._of_present = [one for one in kinds if one is not self.refused]

    def leave(self, door: int) -> None:
        """Forget a door that is lost, and what was under way behind it."""
        for numbers in self._of_present:
            numbers[door] = 0


class Door:
    """Counts what is under way. Belongs to one event loop."""

    def __init__(self, tally: Tally | None = None, number: int = 0) -> None:
        """Open the door of this number; nothing is under way.

        The bounds hold for all doors of a tally together.
        """
        self.tally, self.crowd = tally or Tally(), Crowd()
        self.pulse = Pulse(self.tally, number)
        self._number = number
        self._coming = 0
        self.tally.open[number] = 1

    @property
    def posts(self) -> int:
        """Bodies that have arrived at any door and are not answered yet."""
        return sum(self.tally.posts)

    @property
    def refused(self) -> int:
        """How often somebody was told at any door to come back."""
        return sum(self.tally.refused)

    def count_connections(self, count: int) -> None:
        """Say how many there are at this door."""
        self.tally.connections[self._number] = count

    def has_more_than_others(self) -> bool:
        """Tell whether another open door has clearly fewer connections."""
        each = zip(self.tally.connections, self.tally.open, strict=True)
        fewest = min(count for count, is_open in each if is_open)
        return self.tally.connections[self._number] > fewest + _MORE

    def let_in(self) -> bool:
        """Tell whether another one is let in; who is not is counted as refused."""
        if self._has_room():
            return True
        self.note_refusal()
        return False

    def has_room(self) -> bool:
        """Tell whether one more is let in after all that came; nobody is counted."""
        return self._has_room(self._coming)

    def expect(self, soon: Callable[[Callable[[], None]], object]) -> None:
        """Count a post that just came and begins when all others have come.

        Many come in one turn of the loop: so they are counted until it is over.
        ``soon`` has something done then.
        """
        if not self._coming:
            soon(self._begin_turn)
        self._coming += 1

    def _begin_turn(self) -> None:
        self._coming = 0

    def _has_room(self, coming: int = 0) -> bool:
        is_full = self.posts + coming >= POSTS_MAX
        return not is_full and sum(self.tally.work_bytes) < WORK_BYTES_MAX

    def visit(self) -> "Visit":
        """Take one request in, until it is answered."""
        return Visit(door=self)

    def hold(self, size: int) -> None:
        """Count bytes that have arrived.

        Raises:
            BusyError: all bodies together are too much to hold.
        """
        self.tally.held_bytes[self._number] += size
        if sum(self.tally.held_bytes) > HELD_BYTES_MAX:
            self.note_refusal()
            raise BusyError

    def begin(self, size: int) -> None:
        """Count a body that is being worked on from now.

        Raises:
            BusyError: others came first while it arrived.
        """
        if not self.let_in():
            raise BusyError
        self.tally.posts[self._number] += 1
        self.tally.work_bytes[self._number] += size

    def end(self, size: int, *, was_working: bool) -> None:
        """Count a request that is answered."""
        self.tally.held_bytes[self._number] -= size
        if was_working:
            self.tally.posts[self._number] -= 1
            self.tally.work_bytes[self._number] -= size

    def note_refusal(self) -> None:
        """Count somebody who was told to come back."""
        self.tally.refused[self._number] += 1


@dataclass(slots=True)
class Visit:
    """One request. While its body arrives it takes memory and no turn."""

    door: Door
    size: int = 0
    is_working: bool = False
    is_written: bool = False
    """What it brought is in the log now, and was not before."""
    number: int = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, _kind: object, error: BaseException | None, _trace: object
    ) -> None:
        """Give everything back, whatever the answer is."""
        self.end(error)

    def end(self, error: BaseException | None) -> None:
        """Give everything back, once."""
        if self.is_working:
            written = self.is_written
            self.door.pulse.end(self.number, error=error, is_written=written)
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
        self.number = self.door.pulse.begin()
        self.is_working = True


def door_lines(door: Door) -> list[str]:
    """Return the metrics of all doors together (Prometheus text format 0.0.4)."""
    return [
        "# HELP skillbank_answering_processes Processes that answer requests.",
        "# TYPE skillbank_answering_processes gauge",
        f"skillbank_answering_processes {sum(door.tally.open)}",
        "# HELP skillbank_posts_under_way Statements and batches not answered yet.",
        "# TYPE skillbank_posts_under_way gauge",
        f"skillbank_posts_under_way {door.posts}",
        "# HELP skillbank_posts_refused_total Posts told to come back later.",
        "# TYPE skillbank_posts_refused_total counter",
        f"skillbank_posts_refused_total {door.refused}",
    ]
