"""Whom a disclosure is about."""

import pytest

from ledger.domain.state import LotRecord, Slice
from ledger.lists.drafts import Draft
from ledger.sequencer.vaulting import disclosed
from tests.builders import (
    LEARNER,
    OPERATOR,
    SCHOOL,
    SECOND,
    Body,
    admitted,
    award,
    award_of,
    opened,
)
from tests.scenario.agreements import number
from tests.scenario.claiming import filing
from tests.unit.sequencer.writing import SCORE

LEDGER = opened()
LEDGER.say(SCHOOL, "credit.awarded.v1", body=award())


def drafted(iss: str, type_name: str, *, body: Body, disclosing: bool = True) -> Draft:
    """Return an accepted statement."""
    act = LEDGER.act(iss, type_name, body=body)
    return Draft(
        member_bytes=b"",
        statement=act.statement,
        kid=act.kid,
        payload_hash=act.payload_hash,
        body_hash="",
        disclosures=(SCORE,) if disclosing else (),
    )


AMENDED = {
    "award_id": award_of(),
    "assessed_on": "2026-06-29",
    "reason_code": "clerical_error",
}


APPEAL = {
    "appeal_id": number(80),
    "learner_id": LEARNER,
    "against": {"what": "award", "id": award_of()},
    "panel": SCHOOL,
    "grounds": "facts_wrong",
    "reason": "成绩有误",
}


@pytest.mark.parametrize(
    ("type_name", "body", "learner_id"),
    [
        ("account.opened.v1", {"learner_id": SECOND, "mode": "provisional"}, SECOND),
        ("credit.awarded.v1", award("two"), LEARNER),
        ("credit.amended.v1", AMENDED, LEARNER),
        ("claim.filed.v1", filing(), LEARNER),
        ("appeal.filed.v1", APPEAL, LEARNER),
    ],
    ids=["opened", "awarded", "amended", "claimed", "appealed"],
)
def test_a_disclosure_is_about_the_statements_learner(
    type_name: str, body: Body, learner_id: str
) -> None:
    """An amendment does not name the learner: its award does."""
    draft = drafted(SCHOOL, type_name, body=body)

    (one,) = disclosed([draft], LEDGER.state)

    assert (one.iss, one.statement_id) == (SCHOOL, draft.statement.id)
    assert (one.learner_id, one.disclosures) == (learner_id, (SCORE,))
    assert (one.payload_hash, one.expires_at) == (
        draft.payload_hash,
        draft.statement.exp,
    )


def test_what_discloses_nothing_does_not_reach_the_vault() -> None:
    """Most statements."""
    draft = drafted(SCHOOL, "credit.awarded.v1", body=award("two"), disclosing=False)

    assert list(disclosed([draft], Slice())) == []


def test_a_disclosure_about_nobody_is_rather_not_accepted_than_lost() -> None:
    """Intake lets none through today; a new type must say whom it is about."""
    draft = drafted(OPERATOR, "member.admitted.v1", body=admitted("new-college"))

    with pytest.raises(LookupError, match="member"):
        list(disclosed([draft], LEDGER.state))

    assert LEDGER.state.find(LotRecord, award_of()) is not None
