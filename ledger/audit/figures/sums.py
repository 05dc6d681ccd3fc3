"""Sums by learner and member that need not fit into memory.

So many are added up in memory; then they are written to a file without a name, which is
added up and put in order when they are asked for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.audit.figures.effective import PARTS
from ledger.audit.spilling import explaining, nameless

if TYPE_CHECKING:
    import sqlite3

SUMS: Final = ("awarded", *PARTS)
"""The parts of a lot, after what it was made for: that is always their sum."""
APART: Final = (*SUMS, "contested", "flagged")
"""What a balance tells of each member, in credits."""
SUMS_IN_MEMORY_MAX: Final = 20_000
_NAMES: Final = ("achievements", "earned", *APART)
_COLUMNS: Final = ", ".join(f'"{name}" INTEGER' for name in _NAMES)
_TABLE: Final = f"CREATE TABLE sums (learner TEXT, member TEXT, {_COLUMNS})"
_MARKS: Final = ", ".join("?" for _ in ("learner", "member", *_NAMES))
_WRITE: Final = f"INSERT INTO sums VALUES ({_MARKS})"  # noqa: S608  # own names only
_TOTALS: Final = ", ".join(f'SUM("{name}")' for name in _NAMES)
_READ: Final = (
    f"SELECT learner, member, {_TOTALS} FROM sums "  # noqa: S608  # own names only
    "GROUP BY learner, member ORDER BY learner, member"
)


class Sum(NamedTuple):
    """What a learner has of a member's, in thousandths by name."""

    learner_id: str
    member: str
    parts: Counter[str]


class Sums:
    """Adds up parts of lots by who has them and who issued them."""

    def __init__(self) -> None:
        """Start with none; of itself it has a file only if there are many."""
        self._held: dict[tuple[str, str], Counter[str]] = {}
        self._file: sqlite3.Connection | None = None

    def of(self, learner_id: str, member: str) -> Counter[str]:
        """Return what to add to, at once.

        Raises:
            NoRoomError: the file cannot be written.
        """
        found = self._held.get((learner_id, member))
        if found is None:
            if len(self._held) >= SUMS_IN_MEMORY_MAX:
                self._write()
            found = self._held[learner_id, member] = Counter()
        return found

    def __iter__(self) -> Iterator[Sum]:
        """Yield all sums, in the order of learners and members.

        Raises:
            NoRoomError: the file cannot be written or read.
        """
        if self._file is None:
            for (learner_id, member), parts in sorted(self._held.items()):
                yield Sum(learner_id, member, parts)
            return
        self._write()
        with explaining():
            for learner_id, member, *parts in self._file.execute(_READ):
                named: Iterable[tuple[str, int]] = zip(_NAMES, parts, strict=True)
                yield Sum(learner_id, member, Counter(dict(named)))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def _write(self) -> None:
        with explaining():
            if self._file is None:
                self._file = nameless()
                self._file.execute(_TABLE)
            rows = (
                (*key, *(parts[name] for name in _NAMES))
                for key, parts in self._held.items()
            )
            self._file.execute("BEGIN")
            self._file.executemany(_WRITE, rows)
            self._file.execute("COMMIT")
        self._held.clear()
