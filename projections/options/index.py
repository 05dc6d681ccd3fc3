"""Which rules could touch a lot at all, without reading every rule for every question.

What a rule asks for never changes once it is proposed: it is kept here, school by
school, under coarse keys. Where a rule stands does change, and is always read fresh.
Before an answer the rules proposed since the last one are taken up, so a rule is
found by the very next request after it was accepted.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from ledger.domain.language.matching import LotFacts, nearly_matches
from ledger.domain.language.selectors import Component, Selector
from ledger.domain.language.shapes import DatedBy
from ledger.domain.state import Key, Record, RuleRecord
from ledger.store.state_tables import Bounds

RULES_KEPT_MAX: Final = 50_000
"""Versions kept in memory; beyond, the schools asked for longest ago are dropped."""

_Name = tuple[str, str]


class RuleState(Protocol):
    """The writer's state as it is now, with rules by the order of their proposal."""

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return the records of one kind under these keys."""
        ...

    def scan(self, kind: str, **where: str | int) -> Iterator[Record]:
        """Return the records of one kind with these values."""
        ...

    def scan_within(
        self, kind: str, bounds: Bounds, **where: str | int
    ) -> Iterator[Record]:
        """Return those that lie within bounds, too."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedRule:
    """The part of a rule version that never changes and says whether it is near."""

    rule: str
    valid_from: str
    valid_until: str | None
    dated_by: DatedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A rule, and the awards that its components could mean."""

    rule: IndexedRule
    awards: set[str] = field(default_factory=set)


class SchoolRules:
    """The rules under which one member recognises, by what they select."""

    def __init__(self) -> None:
        """Know none."""
        self.seen = -1
        self.count = 0
        self._by_kind: dict[str, dict[str, list[tuple[IndexedRule, Selector]]]] = {}

    def add(self, record: RuleRecord) -> None:
        """Take up a rule version."""
        self.seen = max(self.seen, record.position)
        self.count += 1
        terms = record.terms
        kept = IndexedRule(
            rule=record.rule,
            valid_from=terms.valid_from,
            valid_until=terms.valid_until,
            dated_by=terms.dated_by,
        )
        for component in terms.source.components:
            for kind, value in _names_in(component):
                listed = self._by_kind.setdefault(kind, {}).setdefault(value, [])
                listed.append((kept, component.of))

    def touching(self, facts: Sequence[LotFacts]) -> dict[str, Touched]:
        """Return the rules of which a component could mean one of these lots."""
        found: dict[str, Touched] = {}
        for lot, kept, selector in self._named_alike(facts):
            if nearly_matches(lot, selector):
                known = found.setdefault(kept.rule, Touched(rule=kept))
                known.awards.add(lot.award_id)
        return found

    def _named_alike(
        self, facts: Sequence[LotFacts]
    ) -> Iterator[tuple[LotFacts, IndexedRule, Selector]]:
        for kind, by_value in self._by_kind.items():
            values_of = _VALUES[kind]
            for lot in facts:
                for value in values_of(lot):
                    listed = by_value.get(value, ())
                    yield from ((lot, kept, selector) for kept, selector in listed)


def _names_in(component: Component) -> Iterable[_Name]:
    """Return the coarse keys of which a lot must have one: the narrowest that is said.

    A lot that a selector means has each of the named properties; any of them would do.
    """
    of = component.of
    if of.achievement is not None:
        return (("achievement", of.achievement.partition("@")[0]),)
    narrow = (
        ("content_group", of.content_groups),
        ("scheme", of.schemes),
        ("skill", of.skills),
        ("member", of.members),
        ("kind", of.achievement_kinds),
    )
    for kind, values in narrow:
        if values:
            return [(kind, str(value)) for value in values]
    return (("any", ""),)


def _achievement_of(lot: LotFacts) -> tuple[str, ...]:
    return () if lot.achievement is None else (lot.achievement.partition("@")[0],)


def _kind_of(lot: LotFacts) -> tuple[str, ...]:
    return () if lot.achievement_kind is None else (lot.achievement_kind.value,)


def _given(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


_VALUES: Final[Mapping[str, Callable[[LotFacts], Iterable[str]]]] = {
    "any": lambda _: ("",),
    "member": lambda lot: (lot.issuer,),
    "achievement": _achievement_of,
    "kind": _kind_of,
    "content_group": lambda lot: _given(lot.content_group),
    "scheme": lambda lot: _given(lot.scheme),
    "skill": lambda lot: lot.skills,
}
"""What a lot has of each kind of coarse key."""


class RuleIndex:
    """What is known of schools' rules; safe to ask from any thread."""

    def __init__(self, rules_max: int = RULES_KEPT_MAX) -> None:
        """Know no school; each is read when it is first asked for."""
        self._rules_max = rules_max
        self._schools: OrderedDict[str, SchoolRules] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """Return how many rule versions are kept."""
        return sum(one.count for one in self._schools.values())

    def touching(
        self, state: RuleState, school: str, *, facts: Sequence[LotFacts]
    ) -> dict[str, Touched]:
        """Return a school's rules that could touch these lots, wherever they stand.

        It may name rules that a view opened earlier does not have yet.
        """
        with self._lock:
            known = self._schools.setdefault(school, SchoolRules())
            self._schools.move_to_end(school)
            later = Bounds(above={"position": known.seen})
            for record in state.scan_within("rules", later, recogniser=school):
                if isinstance(record, RuleRecord):
                    known.add(record)
            while self.count > self._rules_max and len(self._schools) > 1:
                self._schools.popitem(last=False)
            return known.touching(facts)
