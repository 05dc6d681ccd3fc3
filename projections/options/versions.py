"""What achievements are, kept in memory: whoever asks names hundreds of them.

What a version of an achievement says never changes once it is published, and only
that is told from here. Whether it was retired or endorsed since does change: whoever
wants to know reads it fresh.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from ledger.domain.language.matching import LotFacts
from ledger.domain.rules.cases import facts_of
from ledger.domain.state import AchievementRecord, LotSketch, MemberRecord, Slice
from projections.holders import State

VERSIONS_KEPT_MAX: Final = 20_000
"""Versions kept; beyond, those asked for longest ago are dropped."""


class Versions:
    """Versions of achievements by their names; safe to ask from any thread."""

    def __init__(self, versions_max: int = VERSIONS_KEPT_MAX) -> None:
        """Know none; each is read when it is first asked for."""
        self._versions_max = versions_max
        self._kept: OrderedDict[str, AchievementRecord] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """Return how many versions are kept."""
        return len(self._kept)

    def facts(
        self,
        state: State,
        lots: Sequence[LotSketch],
        *,
        members: Collection[MemberRecord],
    ) -> list[LotFacts]:
        """Return what rules may look at in lots, in their order."""
        named = {lot.achievement for lot in lots if lot.achievement is not None}
        known = Slice()
        known.put(members)
        known.put(self._named(state, named))
        return [facts_of(known, lot) for lot in lots]

    def _named(
        self, state: State, named: AbstractSet[str]
    ) -> Collection[AchievementRecord]:
        with self._lock:
            found = {one: self._kept[one] for one in named if one in self._kept}
        # Without the lock: nobody waits for another's database.
        missing = sorted(named - found.keys())
        for record in state.load("achievements", missing).values() if missing else ():
            if isinstance(record, AchievementRecord):
                found[record.achievement] = record
        with self._lock:
            self._kept.update(found)
            for one in found:
                self._kept.move_to_end(one)
            while len(self._kept) > self._versions_max:
                self._kept.popitem(last=False)
        return found.values()
