"""What one page leaves for the next: nothing that the tables would not tell anew.

Small pages ask for the same few rules, names and cases again and again. What a page
read or wrote is remembered by whoever writes the pages, and forgotten with any page
that fails: its rows are not there then, either.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from ledger.domain.state import Record
from projections.known import KnownAward, known_awards

NAMES_MAX: Final = 50_000
KINDS_MAX: Final = 10_000
RECORDS_MAX: Final = 10_000
AWARDS_MAX: Final = 10_000

LEARNERS_MAX: Final = 50_000

Key = tuple[type[Record], str]
Learner = tuple[str, int]
"""The mode of an account, and the marks of what it ever had."""
Run = tuple[int, int]
"""A name and a type, as numbers."""


@dataclass(slots=True)
class Memory:
    """Names, achievements, records, awards and learners as they are after ``position``.

    ``kinds`` are those of achievements by version; ``awards`` never change. ``runs``
    are those of the trail that end at ``runs_end``, each with its first position, None
    if they must be looked up. Each is forgotten as a whole when there is too much of
    it.
    """

    position: int = -1
    numbers: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    records: dict[Key, Record] = field(default_factory=dict)
    awards: dict[str, KnownAward] = field(default_factory=dict)
    learners: dict[str, Learner] = field(default_factory=dict)
    runs: dict[Run, int] | None = None
    runs_end: int = -1

    def bound(self) -> None:
        """Forget what there is too much of."""
        for known, count_max in (
            (self.numbers, NAMES_MAX),
            (self.kinds, KINDS_MAX),
            (self.records, RECORDS_MAX),
            (self.awards, AWARDS_MAX),
            (self.learners, LEARNERS_MAX),
        ):
            if len(known) > count_max:
                known.clear()


def awards_known(
    connection: Connection, award_ids: AbstractSet[str], *, memory: Memory
) -> dict[str, KnownAward]:
    """Return what was projected of these awards, and remember it."""
    kept = memory.awards
    # Not the difference of the two: that would go through all that is kept.
    missing = [one for one in award_ids if one not in kept]
    if missing:
        kept.update(known_awards(connection, missing))
    return {one: kept[one] for one in award_ids if one in kept}
