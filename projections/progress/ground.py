"""Where a learner's cases are looked for, and what one of any kind looks like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from ledger.domain.state import Record
from projections.cases.tables import record_versions
from projections.cases.versions import records_of
from projections.documents.acts import Archive
from projections.documents.standpoint import Standpoint
from projections.holders import Holder

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Whose turn it is; ``step`` counts from 0 where a rule names desks."""

    member: str
    role: str | None = None
    step: int | None = None
    steps: int | None = None
    due_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case of any kind.

    ``said`` are the positions of everything in it, ``can_do`` codes of what the learner
    may do now. Only a case that is closed has no desk.
    """

    kind: str
    case_id: str
    status: str
    said: tuple[int, ...]
    desk: Desk | None = None
    can_do: tuple[str, ...] = ()
    rule: str | None = None
    achievement: str | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where the cases of one learner are looked for."""

    standpoint: Standpoint
    archive: Archive
    holder: Holder

    def records(self, record: type[R]) -> list[R]:
        """Return the learner's records of a kind that is kept by version."""
        return records_of(
            self.standpoint.connection,
            record,
            learner_ids=self.holder.learner_ids,
            position=self.standpoint.position,
        )

    def said(self, record: type[Record]) -> Mapping[str, tuple[int, ...]]:
        """Return by key the positions that changed such a record, oldest first."""
        query = (
            select(record_versions.c.key, record_versions.c.position)
            .where(
                record_versions.c.kind == record.kind,
                record_versions.c.learner_id.in_(self.holder.learner_ids),
                record_versions.c.position <= self.standpoint.position,
            )
            .order_by(record_versions.c.position)
        )
        found: dict[str, tuple[int, ...]] = {}
        for key, position in self.standpoint.connection.execute(query):
            found[key] = (*found.get(key, ()), position)
        return found

    def missing(self, position: int) -> str:
        """Return what a case that was sent back lacks, in the desk's own words."""
        (fact,) = self.archive.facts([position])
        return str(fact.body.get("missing"))
