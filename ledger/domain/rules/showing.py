"""What a request shows: disclosed values that make its predicates true."""

from collections.abc import Iterable, Mapping

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.matching import Ranks
from ledger.domain.language.selectors import Predicate
from ledger.domain.rules.cases import Case
from ledger.domain.rules.eligibility import holds_true

Shown = Mapping[str, tuple[str, object]]
"""Disclosed values by their digest, as (name, value)."""


def check_shown(case: Case, shown: Shown | None) -> None:
    """Check every predicate that a request states against a disclosed value.

    Without values at hand, as for an auditor, what was signed and accepted stands.

    Raises:
        PredicateFalseError: no value of the award was shown that makes it true.
    """
    if shown is None:
        return
    digests = {lot.award_id: lot.digests for lot in case.lots}
    for number, predicate in enumerate(case.application.predicates):
        found = digests.get(predicate.award_id, ())
        if not is_shown(predicate, found, shown=shown, ranks=case.ranks):
            raise errors.PredicateFalseError(pointer=f"/body/predicates/{number}")


def is_shown(
    predicate: Predicate, digests: Iterable[str], *, shown: Shown, ranks: Ranks
) -> bool:
    """Tell whether a value behind one of the digests makes a predicate true."""
    values = [shown[digest] for digest in digests if digest in shown]
    return any(
        name == predicate.name and holds_true(predicate, value, ranks=ranks)
        for name, value in values
    )
