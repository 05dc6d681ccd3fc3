"""Ids with the public names that a document prints beside them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.domain.state import ProgrammeRecord, RuleRecord
from projections.cases.versions import records_at
from projections.documents.standpoint import Standpoint
from projections.register.queries import Document, documents_at

Answer = dict[str, Any]  # Any: plain JSON.

_OF_ACHIEVEMENT: Final = (
    "achievement",
    "title",
    "title_en",
    "kind",
    "nature",
    "module",
    "level",
    "workload",
    "awarding_body",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a document names, by id."""

    members: frozenset[str] = frozenset()
    achievements: frozenset[str] = frozenset()
    programmes: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Public names as they were at a position; an unknown id stands for itself."""

    members: Mapping[str, Document]
    achievements: Mapping[str, Document]
    programmes: Mapping[str, ProgrammeRecord]
    rules: Mapping[str, RuleRecord]

    def member(self, member_id: str) -> Answer:
        """Return a member with its name."""
        found = self.members.get(member_id, {})
        return {
            "member_id": member_id,
            "name": found.get("name"),
            "name_en": found.get("name_en"),
        }

    def achievement(self, ref: str | None) -> Answer | None:
        """Return a catalogue item's version with its title and kind."""
        if ref is None:
            return None
        found = self.achievements.get(ref, {})
        shown = {name: found.get(name) for name in _OF_ACHIEVEMENT}
        return {**shown, "achievement": ref}

    def programme(self, ref: str) -> Answer:
        """Return a programme's version with its title."""
        found = self.programmes.get(ref)
        return {"programme": ref, "title": None if found is None else found.title}

    def rule(self, ref: str) -> Answer:
        """Return a rule's version with its title and effect."""
        found = self.rules.get(ref)
        if found is None:
            return {"rule": ref, "title": None, "title_en": None, "effect": None}
        return {
            "rule": ref,
            "title": found.terms.title,
            "title_en": found.terms.title_en,
            "effect": found.terms.effect.value,
        }


def names_of(standpoint: Standpoint, named: Named) -> Names:
    """Look up what a document names, one query per kind."""
    connection, position = standpoint.connection, standpoint.position

    def found(kind: str, keys: Iterable[str]) -> Mapping[str, Document]:
        return documents_at(connection, kind, keys=keys, position=position)

    return Names(
        members=found("member", named.members),
        achievements=found("achievement", named.achievements),
        programmes=records_at(
            connection, ProgrammeRecord, keys=named.programmes, position=position
        ),
        rules=records_at(connection, RuleRecord, keys=named.rules, position=position),
    )
