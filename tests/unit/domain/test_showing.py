"""What a disclosed value must be to make a predicate true."""

import pytest

from ledger.domain.errors.exchanges import PredicateFalseError
from ledger.domain.language.selectors import Predicate
from ledger.domain.rules.eligibility import holds_true
from tests.builders import SCHOOL, Body, Ledger, award, award_of
from tests.scenario.agreements import agreed, ask, case_of, offer
from tests.scenario.refused_exchanges import SCORE

RANKS = {"grades": {"C": 1, "B": 2, "A": 3}}
DIGEST = "s" * 43
GRADE: Body = {"name": "grade", "at_least": "B", "framework": "grades"}


@pytest.mark.parametrize(
    ("predicate", "value", "holds"),
    [
        (SCORE, "60", True),
        (SCORE, 60, True),
        (SCORE, "59.999", False),
        (SCORE, {"value": "60", "scale": "100"}, True),
        (SCORE, {"value": "60", "scale": "120"}, False),
        ({**SCORE, "scale": "5", "at_least": "3"}, {"value": "4", "scale": "5"}, True),
        ({**SCORE, "scale": "5", "at_least": "3"}, "80", False),
        (SCORE, "sixty", False),
        (SCORE, None, False),
        (GRADE, "A", True),
        (GRADE, "C", False),
        (GRADE, "Z", False),
        (GRADE, 3, False),
        (GRADE, {"framework": "grades", "code": "B"}, True),
        (GRADE, {"framework": "others", "code": "A"}, False),
    ],
)
def test_a_predicate_holds_of_a_value_on_its_scale(
    *, predicate: dict[str, str], value: object, holds: bool
) -> None:
    """A number by size, a grade by rank; what is neither is never enough."""
    known = Predicate.model_validate(predicate)

    assert holds_true(known, value, ranks=RANKS) is holds


def shown(ledger: Ledger, *digests: str, value: object) -> None:
    """Apply with an award of one digest, disclosing a score under these."""
    body = award("d", _sd=[DIGEST])
    ledger.say(SCHOOL, "credit.awarded.v1", body=body)
    predicates = [{**SCORE, "award_id": award_of("d")}]
    values = dict.fromkeys(digests, ("score", value))
    ask(ledger, lots=[offer("d")], predicates=predicates, shown=values)


def test_a_value_counts_if_it_is_the_awards_own_and_high_enough() -> None:
    """Another award's digest proves nothing."""
    ledger = agreed()
    shown(ledger, DIGEST, value="61")
    assert case_of(ledger).predicates[0].at_least == "60"

    for digest, value in ((DIGEST, "59"), ("o" * 43, "99")):
        with pytest.raises(PredicateFalseError):
            shown(agreed(), digest, value=value)
