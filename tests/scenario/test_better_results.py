"""A better result of the same content, what it withdraws, and how that is undone."""

from typing import Final

import pytest

from ledger.domain.errors import exchanges as errors
from tests.builders import (
    OPERATOR,
    OTHER,
    SCHOOL,
    Body,
    Ledger,
    achievement,
    award,
    award_of,
    revocation,
)
from tests.scenario.agreements import (
    EXCHANGE,
    agree,
    because,
    case_of,
    ground,
    number,
    offer,
    proposal,
    target,
)
from tests.scenario.cases import LEVEL, LEVELS
from tests.scenario.lives import created, exchange, redeem

BETTER: Final = number(31)
WELDERS: Final = {"groups": [{"components": [{"of": {"content_groups": ["weld"]}}]}]}


def levels() -> Ledger:
    """Return a ledger with a lower and a higher certificate of one content."""
    ledger = ground()
    body: Body = {
        **LEVELS,
        "levels": [LEVEL, {"code": "4", "rank": 2, "name": "中级工"}],
    }
    ledger.say(OPERATOR, "framework.published.v1", body=body)
    for code, level, amount in (("C-5", "5", "2"), ("C-4", "4", "3")):
        named = {"framework": "skill-level", "code": level}
        body = achievement(code, content_group="weld", level=named, credits=amount)
        ledger.say(SCHOOL, "achievement.published.v1", body=body)
        given = award(code, achievement=f"{SCHOOL}/{code}@1", credits=amount)
        ledger.say(SCHOOL, "credit.awarded.v1", body=given)
    return ledger


def both(supersede: str, **changes: object) -> Ledger:
    """Return a ledger in which the lower one was converted, then the higher."""
    ledger = levels()
    seen = proposal(approval=[], source=WELDERS, supersede=supersede, **changes)
    agree(ledger, seen)
    exchange(ledger, seen, lots=[offer("C-5", "2")])
    exchange(ledger, seen, exchange_id=BETTER, lots=[offer("C-4")])
    return ledger


def available(ledger: Ledger, exchange_id: str) -> int:
    """Return what is left of what a case made."""
    return ledger.lot(created(ledger, exchange_id)).available_milli


def test_a_better_result_replaces_and_its_reversal_restores() -> None:
    """The first case cannot be undone beneath it."""
    ledger = both("replace")
    assert (available(ledger, EXCHANGE), available(ledger, BETTER)) == (0, 3000)
    with pytest.raises(errors.DerivedInUseError) as refused:
        ledger.say(OTHER, "exchange.reversed.v1", body=because())
    assert refused.value.details["exchange"] == BETTER

    ledger.say(OTHER, "exchange.reversed.v1", body=because("other", BETTER))

    assert (available(ledger, EXCHANGE), available(ledger, BETTER)) == (2000, 0)
    assert ledger.lot(created(ledger)).flags == ()
    ledger.say(OTHER, "exchange.reversed.v1", body=because())
    assert case_of(ledger).status == "reversed"


def test_what_topped_up_is_undone_first() -> None:
    """Both together are what the better result gives."""
    ledger = both("top_up")
    assert (available(ledger, EXCHANGE), available(ledger, BETTER)) == (2000, 1000)

    with pytest.raises(errors.DerivedInUseError):
        ledger.say(OTHER, "exchange.reversed.v1", body=because())
    ledger.say(OTHER, "exchange.reversed.v1", body=because("other", BETTER))

    ledger.say(OTHER, "exchange.reversed.v1", body=because())


def test_a_restored_lot_is_flagged_if_its_source_is_gone() -> None:
    """What happened while it was replaced counts for it too."""
    ledger = both("replace", effect="recognise")
    gone = {**revocation("C-5", "2")}
    ledger.say(SCHOOL, "credit.revoked.v1", body=gone)

    ledger.say(OTHER, "exchange.reversed.v1", body=because("other", BETTER))

    lot = ledger.lot(created(ledger))
    assert lot.available_milli == 2000
    assert [(one.source, one.cause) for one in lot.flags] == [
        (award_of("C-5"), "source_revoked")
    ]


MET: Final = target(code="OWN", outcome="requirement_met", credits="0")
MEETS: Final[Body] = {"conversion": {"method": "fixed"}, "targets": [MET]}


def test_what_was_revoked_before_it_was_replaced_does_not_come_back() -> None:
    """A requirement met without credits, revoked by the school, then replaced."""
    ledger = levels()
    seen = proposal(approval=[], source=WELDERS, supersede="replace", **MEETS)
    agree(ledger, seen)
    (made,) = exchange(ledger, seen, lots=[offer("C-5", "2")])
    ledger.say(
        OTHER, "credit.revoked.v1", body={**revocation(amount="0"), "award_id": made}
    )
    exchange(ledger, seen, exchange_id=BETTER, lots=[offer("C-4")])
    assert case_of(ledger, BETTER).superseded == ()

    ledger.say(OTHER, "exchange.reversed.v1", body=because("other", BETTER))

    assert ledger.lot(made).revoked


def test_nothing_that_counts_is_replaced() -> None:
    """Not even where it counts without credits."""
    ledger = levels()
    seen = proposal(approval=[], source=WELDERS, supersede="replace", **MEETS)
    agree(ledger, seen)
    (made,) = exchange(ledger, seen, lots=[offer("C-5", "2")])
    redeem(ledger, made, credits_="0", code="OWN")

    with pytest.raises(errors.DerivedInUseError):
        exchange(ledger, seen, exchange_id=BETTER, lots=[offer("C-4")])
