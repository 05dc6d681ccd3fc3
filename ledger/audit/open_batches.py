"""A batch while it is read: which line comes next, and what its tree is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.audit.parsing import Bank, Foreseen
from ledger.audit.stretches import Stretch
from ledger.integrity.batch import BATCH_LINES_MAX, BatchPayload


@dataclass(slots=True, kw_only=True)
class OpenBatch:
    """A batch of which lines are still to come; ``leaves`` are those of its tree."""

    kid: str
    payload: BatchPayload
    position: int
    recorded_at: str
    lines: int = 0
    leaves: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Add a line; of too many only their number is kept."""
        self.add_all((leaf,))

    def add_all(self, leaves: Sequence[bytes]) -> None:
        """Add lines in a row."""
        self.leaves += leaves[: BATCH_LINES_MAX - len(self.leaves)]
        self.lines += len(leaves)

    def expects(self, bank: Bank, foreseen: Foreseen) -> bool:
        """Tell whether a line is the next one, of this issuer and under this key."""
        said = (foreseen.iss, foreseen.kid, bank.batch, bank.place, bank.recorded_at)
        here = (self.position, self.lines, self.recorded_at)
        return said == (self.payload.iss, self.kid, *here)

    def expected(self, stretch: Stretch, *, position: int) -> int:
        """Return how many lines are still to come, if these come next."""
        said = (stretch.iss, stretch.kid, stretch.batch, stretch.recorded_at)
        if said != (self.payload.iss, self.kid, self.position, self.recorded_at):
            return 0
        # An entry between the lines takes a place of the batch away, or adds one.
        if position != self.position + 1 + self.lines:
            return 0
        return self.payload.count - self.lines
