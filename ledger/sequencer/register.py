"""What nearly every statement looks at and few change, kept from group to group.

It is true at the head that the writer stands on, and only there. Two rules keep it so:

1. Whatever makes the writer forget its head makes it forget this: another writer's
   head, a commit that failed, and one of unknown outcome.
2. What a group changed is laid on top once its commit is known, before the next group.
"""

from typing import Final

from ledger.domain.state import (
    AchievementRecord,
    CalendarRecord,
    CatalogueItemRecord,
    FrameworkRecord,
    Key,
    KeyringRecord,
    LedgerRecord,
    MemberRecord,
    PolicyListRecord,
    PolicyRecord,
    ProgrammeRecord,
    Record,
    RuleRecord,
    Slice,
)

KEPT: Final[frozenset[type[Record]]] = frozenset(
    {
        AchievementRecord,
        CalendarRecord,
        CatalogueItemRecord,
        FrameworkRecord,
        KeyringRecord,
        LedgerRecord,
        MemberRecord,
        PolicyListRecord,
        PolicyRecord,
        ProgrammeRecord,
        RuleRecord,
    }
)
"""Who the members are and what they agreed on: nothing that grows with learners."""

RECORDS_MAX: Final = 2_000
"""Beyond it, whatever was looked up longest ago goes: memory has a bound."""


class Register:
    """Records of these kinds, and the knowledge that some do not exist."""

    def __init__(self, *, records_max: int = RECORDS_MAX) -> None:
        """Start knowing nothing."""
        self.state = Slice(concluding=True)
        self._records_max = records_max

    def forget(self) -> None:
        """Know nothing any more."""
        self.state.known.clear()
        self.state.conclude_anew()

    def keep(self, *layers: Slice) -> None:
        """Take over what layers know of these kinds; the later ones are newer.

        What follows from them stays concluded until one of them changes.
        """
        known: dict[tuple[type[Record], Key], Record | None] = self.state.known
        for layer in layers:
            for ref, record in layer.known.items():
                if ref[0] in KEPT:
                    known.pop(ref, None)
                    known[ref] = record
            self.state.conclude_as(layer)
        while len(known) > self._records_max:
            del known[next(iter(known))]
