"""Rules: their terms, and who has agreed."""

from collections.abc import Mapping
from typing import ClassVar

from ledger.domain.language.shapes import RuleTerms
from ledger.domain.state.record import Record


class RuleRecord(Record):
    """One version of a rule. ``parties`` grow by accession; the terms never change."""

    kind: ClassVar[str] = "rules"
    key_fields: ClassVar[tuple[str, ...]] = ("rule",)
    shared: ClassVar[bool] = True
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = (("recogniser", "position"),)
    kept: ClassVar[Mapping[str, int]] = {"terms": 2_048}

    rule: str
    proposer: str
    recogniser: str
    digest: str
    terms: RuleTerms
    parties: tuple[str, ...]
    ratified_by: tuple[str, ...]
    endorsed: bool
    rejected_by: str | None = None
    suspended_by: str | None = None
    last_day: str | None = None
    position: int

    @property
    def is_agreed(self) -> bool:
        """Tell whether all parties, and the committee if any, have agreed."""
        return (
            self.endorsed
            and self.rejected_by is None
            and set(self.parties) <= set(self.ratified_by)
        )

    @property
    def status(self) -> str:
        """Return the one word that says where the rule stands."""
        if self.rejected_by is not None:
            return "rejected"
        if not self.is_agreed:
            return "proposed"
        if self.suspended_by is not None:
            return "suspended"
        return "agreed" if self.last_day is None else "retired"

    def is_in_force(self, day: str) -> bool:
        """Tell whether all have agreed, and the rule's dates cover a day."""
        if self.status not in {"agreed", "retired"}:
            return False
        ends = [end for end in (self.terms.valid_until, self.last_day) if end]
        return self.terms.valid_from <= day and all(day <= end for end in ends)
