"""What follows from merges: chains, closed survivors, and from when they held."""

import pytest

from ledger.domain.errors import accounts
from ledger.domain.state import AccountRecord, MergeRecord
from tests.builders import (
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    SECOND,
    Ledger,
    award,
    opened,
)
from tests.scenario.cases import CLOSED, RELATION, SECOND_ID, merge, unmerge

THIRD = "learner_" + "3" * 32
THIRD_ID = "6512bd43-d9ca-4679-8f14-e45fceea4679"


def merged(ledger: Ledger, **changes: object) -> int:
    """Merge two accounts of both schools; return where the merge is complete."""
    for party in (SCHOOL, OTHER, OPERATOR):
        ledger.say(party, "accounts.merged.v1", body=merge(**changes))
    return ledger.position - 1


def chained() -> Ledger:
    """Return a ledger in which the second is merged into the first, that into a third.

    The third account's home is the second's.
    """
    ledger = opened()
    body = {"learner_id": THIRD, "mode": "self"}
    ledger.say(OTHER, "account.opened.v1", body=body, mandate=MANDATE)
    merged(ledger)
    merged(ledger, merge_id=SECOND_ID, survivor=THIRD, absorbed=LEARNER)
    return ledger


def find_merge(ledger: Ledger, merge_id: str = RELATION) -> MergeRecord:
    """Return a merge that must be there."""
    found = ledger.state.find(MergeRecord, merge_id)
    assert found is not None
    return found


def test_merges_form_chains_but_no_circles() -> None:
    """A survivor may be absorbed; an absorbed account absorbs nobody."""
    ledger = chained()

    with pytest.raises(accounts.AccountMergedError):
        ledger.say(
            OTHER,
            "accounts.merged.v1",
            body=merge(merge_id=THIRD_ID, survivor=SECOND, absorbed=THIRD),
        )


def test_a_merge_that_others_made_impossible_is_never_completed() -> None:
    """Two merges wait for the operator; the second would close a circle."""
    ledger = opened()
    for party in (SCHOOL, OTHER):
        ledger.say(party, "accounts.merged.v1", body=merge())
    turned = merge(merge_id=SECOND_ID, survivor=SECOND, absorbed=LEARNER)
    for party in (SCHOOL, OTHER):
        ledger.say(party, "accounts.merged.v1", body=turned)
    ledger.say(OPERATOR, "accounts.merged.v1", body=merge())

    with pytest.raises(accounts.AccountMergedError):
        ledger.say(OPERATOR, "accounts.merged.v1", body=turned)


def test_an_absorbed_account_is_closed_with_the_one_that_answers_for_it() -> None:
    """However far away that is; nothing is posted past a closed account."""
    ledger = chained()
    ledger.say(SCHOOL, "credit.awarded.v1", body=award("a", learner_id=SECOND))
    closed = {**CLOSED[2], "learner_id": THIRD}
    ledger.say(OTHER, "account.closed.v1", body=closed)

    with pytest.raises(accounts.AccountClosedError):
        ledger.say(SCHOOL, "credit.awarded.v1", body=award("b", learner_id=SECOND))


def test_a_merge_says_from_where_to_where_it_held() -> None:
    """So that whoever asks for the past is told who answered then."""
    ledger = opened()
    made = merged(ledger)
    assert find_merge(ledger).merged_position == made
    for party in (SCHOOL, OTHER):
        ledger.say(party, "accounts.unmerged.v1", body=unmerge())
    assert find_merge(ledger).unmerged_position is None
    ledger.say(OPERATOR, "accounts.unmerged.v1", body=unmerge())

    found = find_merge(ledger)
    assert (found.merged_position, found.unmerged_position) == (made, made + 3)


def test_a_closed_account_can_still_be_separated() -> None:
    """A merge in error is undone whatever happened since."""
    ledger = opened()
    merged(ledger)
    ledger.say(*CLOSED[:2], body=CLOSED[2])
    for party in (SCHOOL, OTHER, OPERATOR):
        ledger.say(party, "accounts.unmerged.v1", body=unmerge())

    ledger.say(SCHOOL, "credit.awarded.v1", body=award(learner_id=SECOND))

    second = ledger.state.find(AccountRecord, SECOND)
    assert second is not None
    assert second.merged_into is None
