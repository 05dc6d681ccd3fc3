"""What a request shows: disclosed values that make its predicates true."""

from collections.abc import Mapping

from ledger.domain.errors import exchanges as errors
from ledger.domain.rules.cases import Case
from ledger.domain.rules.eligibility import holds_true


def check_shown(case: Case, shown: Mapping[str, tuple[str, object]] | None) -> None:
    """Check every predicate that a request states against a disclosed value.

    Without values at hand, as for an auditor, what was signed and accepted stands.

    Raises:
        PredicateFalseError: no value of the award was shown that makes it true.
    """
    if shown is None:
        return
    digests = {lot.award_id: lot.digests for lot in case.lots}
    for number, predicate in enumerate(case.application.predicates):
        values = [
            shown[digest]
            for digest in digests.get(predicate.award_id, ())
            if digest in shown
        ]
        if not any(
            name == predicate.name and holds_true(predicate, value, ranks=case.ranks)
            for name, value in values
        ):
            raise errors.PredicateFalseError(pointer=f"/body/predicates/{number}")
