"""Whose vault record a disclosure belongs to follows from its statement."""

from ledger.domain.state import Slice
from ledger.intake import Draft
from ledger.integrity.disclosures import make_disclosure
from ledger.sequencer.vaulting import disclosed
from tests.builders import LEARNER, SCHOOL, Ledger, opened

APPEAL = "00000000-0000-4000-8000-000000000001"


def draft(ledger: Ledger, type_name: str, **body: object) -> Draft:
    """Return a checked statement that discloses a piece of evidence."""
    shown = make_disclosure("evidence", "录像", salt="x" * 22)
    act = ledger.act(SCHOOL, type_name, body={**body, "_sd": [shown.digest]})
    return Draft(
        member_bytes=b"",
        statement=act.statement,
        kid=act.kid,
        payload_hash=act.payload_hash,
        body_hash="",
        disclosures=(shown,),
    )


def test_evidence_of_an_appeal_is_kept_with_its_learner() -> None:
    """The appeal names the account; nothing has to be looked up."""
    filed = draft(
        opened(),
        "appeal.filed.v1",
        appeal_id=APPEAL,
        learner_id=LEARNER,
        against={"what": "exchange", "id": APPEAL},
        panel=SCHOOL,
        grounds="facts_wrong",
        reason="事实有误",
    )

    (kept,) = disclosed([filed], Slice(complete=True))

    assert kept.learner_id == LEARNER
