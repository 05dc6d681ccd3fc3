"""What a programme asks of an enrolment as a whole, and who is the school."""

import pytest

from ledger.domain.statements.graduation import AssessmentResult
from tests.builders import (
    OPERATOR,
    OTHER,
    Ledger,
    award,
    award_of,
)
from tests.scenario.agreements import (
    WEST,
    number,
    requirement,
)
from tests.scenario.graduating import (
    NEXT,
    OWN,
    SMALL,
    assessment_of,
    complete,
    halfway,
    missing,
    move,
    now,
    sign,
)
from tests.scenario.lives import created, redeem
from tests.scenario.test_better_results import BETTER, both


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"home_at_least": "1"}, "home-short"),
        ({"last_at_home": "1"}, "last-short"),
        ({"limits": [{"code": "few", "at_most": "2"}]}, "limit-exceeded"),
        (
            {"limits": [{"code": "none", "measure": "courses", "at_most": "0"}]},
            "limit-exceeded",
        ),
    ],
)
def test_each_bound_of_the_programme_is_told(
    changes: dict[str, object], code: str
) -> None:
    """What an earlier version allowed is judged by the one that holds."""
    ledger = complete()
    move(ledger, {**SMALL, "version": 3, **changes})

    assert missing(ledger) == [code]
    sign(ledger)
    assert len(assessment_of(ledger, NEXT).missing) == 1


def at_home() -> Ledger:
    """Return a ledger whose learner learned three credits at the school at last."""
    ledger = halfway()
    own = {**OWN, "credits": "3", "satisfied_by": [f"{OTHER}/GAS-1"]}
    body = {
        **SMALL,
        "version": 3,
        "requirements": [requirement(credits="3"), own],
        "home_at_least": "3",
        "last_at_home": "3",
    }
    move(ledger, body)
    home = award("home", achievement=f"{OTHER}/GAS-1@1")
    ledger.say(OTHER, "credit.awarded.v1", body=home)
    lot = award_of("home", member=OTHER)
    redeem(ledger, lot, code="OWN", redemption_id=number(73))
    return ledger


def test_what_was_learned_at_the_school_counts_as_such() -> None:
    """In all, and at the end."""
    ledger = at_home()

    assert missing(ledger) == []
    assert [one.reached_milli for one in now(ledger).bounds[2:4]] == [3000, 3000]


def test_whoever_succeeds_the_school_is_the_school() -> None:
    """It assesses; and what was learned at either was learned at home."""
    ledger = at_home()
    succeeded = {"predecessor": OTHER, "successor": WEST, "reason_code": "merged"}
    ledger.say(OPERATOR, "member.succeeded.v1", body=succeeded)

    sign(ledger, iss=WEST)

    assert assessment_of(ledger, NEXT).result is AssessmentResult.MET
    assert assessment_of(ledger, NEXT).school == WEST


def test_limits_by_period_bind_exchanges_and_no_assessment() -> None:
    """They were kept when the exchange was made."""
    ledger = complete()
    period = {"calendar": f"{OTHER}/days", "unit": "term"}
    limits = [
        {"code": "term", "at_most": "1", "period": period},
        {"code": "ever", "at_most": "1", "within": "learner"},
        {"code": "if", "at_most": "1", "only_if": {}},
    ]
    move(ledger, {**SMALL, "version": 3, "limits": limits})

    assert now(ledger).is_met


def test_a_course_that_was_topped_up_is_one_course() -> None:
    """What a better result of the same content improved counts once by count."""
    ledger = both("top_up")
    redeem(ledger, created(ledger), credits_="2")
    redeem(ledger, created(ledger, BETTER), credits_="1", redemption_id=number(77))
    courses = [{"code": "courses", "measure": "courses", "at_most": "1"}]
    move(ledger, {**SMALL, "minima": [], "limits": courses})

    (_, limit) = now(ledger).bounds

    assert (limit.reached_milli, limit.is_met) == (1000, True)
