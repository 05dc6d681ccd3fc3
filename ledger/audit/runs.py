"""When entries were recorded, in little memory: times are looked at in the end."""

from array import array
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from ledger.integrity.quorum import microseconds_of

INTEGERS: Final = "q"


class Runs:
    """When entries were recorded: those of one instant as one run, eight bytes each."""

    def __init__(self) -> None:
        """Know of no entry yet."""
        self.starts, self.recorded = array(INTEGERS), array(INTEGERS)
        self.before: str | None = None

    def add(self, position: int, recorded_at: str | None) -> None:
        """Take down when an entry says that it was recorded."""
        # An entry that cannot be read, or tells no time, is at fault for that alone.
        if recorded_at is None or recorded_at == self.before:
            return
        with suppress(ValueError):
            self.recorded.append(microseconds_of(recorded_at))
            self.starts.append(position)
            self.before = recorded_at

    def cut(self) -> None:
        """Begin another run with the next entry."""
        self.before = None

    def read(self, size: int) -> Iterator[tuple[range, int]]:
        """Return each run of positions, and when it was recorded."""
        ends = [*self.starts[1:], size]
        pairs = zip(self.starts, ends, self.recorded, strict=True)
        return ((range(start, end), recorded) for start, end, recorded in pairs)
