"""Who may act on a learner's account: its home, and whom the learner let in."""

from typing import Final

import pytest

from ledger.domain.errors.exchanges import ScopeMissingError
from tests.builders import (
    AT,
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    Ledger,
    admitted,
    award_of,
)
from tests.scenario.agreements import (
    RELATION_SOUTH,
    agreed,
    ask,
    case_of,
    number,
    relation,
)
from tests.scenario.cases import LATER, MERGED
from tests.scenario.lives import redeem

EAST: Final = "east-college"


def stranger() -> Ledger:
    """Return a ledger with a member that nobody let in, and the rule of the south."""
    ledger = agreed()
    ledger.say(OPERATOR, "member.admitted.v1", body=admitted(EAST))
    end(ledger, RELATION_SOUTH)
    return ledger


def end(ledger: Ledger, relation_id: str, *, iss: str = SCHOOL) -> None:
    """End a relation, as the learner wishes."""
    body = {"relation_id": relation_id}
    ledger.say(iss, "relation.ended.v1", body=body, mandate=MANDATE)


def let_in(ledger: Ledger, member: str, **changes: object) -> None:
    """Open a relation of another member with the account."""
    body = relation(member, relation_id=number(30), **changes)
    ledger.say(SCHOOL, "relation.opened.v1", body=body, mandate=MANDATE)


@pytest.mark.parametrize("scopes", [["read"], ["redeem"], ["read", "redeem"]])
def test_a_relation_gives_the_scopes_it_names_and_no_other(scopes: list[str]) -> None:
    """Whoever may read an account may not use it."""
    ledger = stranger()
    let_in(ledger, OTHER, scopes=scopes)

    with pytest.raises(ScopeMissingError) as refused:
        ask(ledger)
    assert refused.value.details["scope"] == "exchange"

    if "redeem" in scopes:
        redeem(ledger, award_of(), code="OWN")


def test_any_member_with_the_scope_may_apply_for_the_learner() -> None:
    """It need not be the one that recognises."""
    ledger = stranger()
    with pytest.raises(ScopeMissingError):
        ask(ledger, iss=EAST)
    let_in(ledger, EAST, scopes=["exchange"])

    ask(ledger, iss=EAST)

    assert case_of(ledger).requested_by == EAST


def test_the_home_needs_no_relation() -> None:
    """It applies for its own learner."""
    ledger = stranger()

    ask(ledger, iss=SCHOOL)

    assert case_of(ledger).requested_by == SCHOOL


def test_a_relation_holds_through_its_last_day() -> None:
    """The day after, another one has to be opened."""
    ledger = stranger()
    let_in(ledger, OTHER, until="2026-09-08")
    with pytest.raises(ScopeMissingError):
        ask(ledger, at=LATER)

    ask(ledger, at="2026-09-08T08:00:00.000Z")


def test_an_ended_relation_gives_nothing_but_a_second_one_still_does() -> None:
    """Each is ended by itself."""
    ledger = agreed()
    let_in(ledger, OTHER, scopes=["exchange"])
    end(ledger, RELATION_SOUTH)

    ask(ledger)
    with pytest.raises(ScopeMissingError):
        redeem(ledger, award_of(), code="OWN")


def test_the_successor_of_the_home_is_the_home() -> None:
    """The successor of a related member is not: the learner never let it in."""
    ledger = stranger()
    let_in(ledger, OTHER, scopes=["exchange"])
    for gone, heir in ((OTHER, "west-college"), (SCHOOL, EAST)):
        body = {"predecessor": gone, "successor": heir, "reason_code": "merged"}
        ledger.say(OPERATOR, "member.succeeded.v1", body=body)
    end(ledger, number(6), iss=EAST)
    with pytest.raises(ScopeMissingError):
        ask(ledger, iss="west-college")

    ask(ledger, iss=EAST)


def test_the_homes_of_merged_accounts_act_on_both() -> None:
    """And so does whoever was let into either."""
    ledger = stranger()
    for iss, type_name, body in MERGED:
        ledger.say(iss, type_name, body=body)

    # The south is the home of the second account: the lots of the first are one's own.
    ask(ledger, learner_id=SECOND, at=AT)

    assert case_of(ledger).learner_id == SECOND
    assert ledger.lot(award_of()).learner_id == LEARNER
    assert ledger.lot(award_of()).held_milli == 3000
