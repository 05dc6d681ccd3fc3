"""What counts for a learner already, without names: which of them are the same.

Rules ask of the names in a use only whether two are one: a root, a case, an enrolment.
So each is told by its place among those that came before it, and what is left is what
many learners have in common.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Final, NamedTuple

from ledger.domain.language.uses import Use
from ledger.domain.rules.tallies import PAGE_USES, live, tally_of
from ledger.domain.state import RuleRecord, Slice
from ledger.making import altered

_NAMES: Final = frozenset({"root", "case_id", "enrolment_id", "superseded_by"})
_in_common: Final = attrgetter(
    *(name for name in Use.model_fields if name not in _NAMES)
)


class Places(NamedTuple):
    """What stands for the names in a use; its own enrolment is that of the request."""

    root: int
    case: int
    enrolment: int
    is_topped_up: bool


class Earlier(NamedTuple):
    """What counts for a learner already, and what stands for its names."""

    uses: Sequence[Use]
    places: Sequence[Places]
    roots: frozenset[str]
    """Of the uses, and what is brought."""

    @property
    def in_common(self) -> Hashable:
        """What has to be the same where others are to be alike."""
        return tuple(map(_in_common, self.uses)), tuple(self.places)

    def clashes_with(self, uses: Iterable[Use]) -> bool:
        """Tell whether a content group has the name of a root.

        Where caps ask for content groups, a root without one is a group by its name.
        """
        return any(use.content_group in self.roots for use in uses)

    def without_names(self, *, nobody: str) -> tuple[Use, ...]:
        """Return the uses with what stands for their names; an own one is nobody's."""
        return tuple(
            altered(
                use,
                root=f"root {place.root}",
                case_id=f"case {place.case}",
                enrolment_id=f"enrolment {place.enrolment}"
                if place.enrolment
                else nobody,
                superseded_by="case" if place.is_topped_up else None,
            )
            for use, place in zip(self.uses, self.places, strict=True)
        )


def earlier_of(
    learner_id: str, rule: RuleRecord, *, root: str, enrolment_id: str, state: Slice
) -> Earlier | None:
    """Return what counts for a learner who brings a root to an enrolment under a rule.

    None if it may matter what its names are: where the root counts already, where a
    better result would replace a case, where a content group is called as a root, or
    where more counts than stands on one page.
    """
    uses = live(tally_of(state, learner_id))
    roots = frozenset(use.root for use in uses)
    replaces = bool(uses) and rule.terms.supersede is not None
    if len(uses) > PAGE_USES or replaces or root in roots:
        return None
    places = tuple(_places(uses, enrolment_id=enrolment_id))
    found = Earlier(uses, places, roots | {root})
    return None if found.clashes_with(uses) else found


def _places(uses: Sequence[Use], *, enrolment_id: str) -> Iterator[Places]:
    roots: dict[str, int] = {}
    cases: dict[str, int] = {}
    enrolments = {enrolment_id: 0}
    for use in uses:
        yield Places(
            roots.setdefault(use.root, len(roots)),
            cases.setdefault(use.case_id, len(cases)),
            enrolments.setdefault(use.enrolment_id, len(enrolments)),
            is_topped_up=use.superseded_by is not None,
        )
