"""How the consortium goes on: claims, a graduation, appeals, desks, a closed period."""

import uuid
from typing import Final

from ledger.domain.rules.assessments import assessed_body
from ledger.domain.rules.graduation import assess
from ledger.domain.state import EnrolmentRecord
from projections.asking import Asking
from tests.bank import OPERATOR, SCHOOL, Bank, achievement, award
from tests.consortium import write_consortium
from tests.consortium_cases import RECOGNISING, Body, requirement
from tests.consortium_desks import write_desks
from tests.consortium_names import COMMITTEE, OTHER, SECOND, award_of, mandate

OUTSIDE: Final = f"{SCHOOL}/X-1@1"
SEWER: Final = f"{OTHER}/SEWER@1"


def number(value: int) -> str:
    """Return an id."""
    return str(uuid.UUID(int=7_500 + value, version=4))


ENROLMENT, ASSESSMENT = number(1), number(2)
CLAIMS: Final = tuple(number(10 + place) for place in range(3))
APPEALS: Final = (number(20), number(21))


def write_long_history(bank: Bank) -> None:
    """Write the consortium's history, and how it goes on."""
    write_consortium(bank)
    write_ends(bank)


def write_ends(bank: Bank) -> None:
    """Write it."""
    _claim(bank)
    _graduate(bank)
    _appeal(bank)
    write_desks(bank)
    _end(bank)


def _claim(bank: Bank) -> None:
    outside = achievement(
        code="X-1",
        kind="skill_certificate",
        awarding_body={"name": "外部机构", "scheme": "X证书"},
    )
    bank.post(SCHOOL, "achievement.published.v1", body=outside)
    for claim_id in CLAIMS:
        _file(bank, claim_id)
    returned = {
        "claim_id": CLAIMS[0],
        "revision": 0,
        "missing_codes": ["certificate"],
        "missing": "请补交证书原件",
    }
    bank.post(SCHOOL, "claim.returned.v1", body=returned)
    _file(bank, CLAIMS[0], revision=1)
    refused = {"claim_id": CLAIMS[0], "revision": 1, "reason_code": "not_verifiable"}
    bank.post(SCHOOL, "claim.refused.v1", body=refused)
    withdrawn = {"claim_id": CLAIMS[1], "reason_code": "at_own_request"}
    bank.post(OTHER, "claim.withdrawn.v1", body=withdrawn, mandate=mandate(bank))


def _file(bank: Bank, claim_id: str, **changes: object) -> None:
    body: dict[str, object] = {"claim_id": claim_id, "learner_id": SECOND}
    body |= {"attester": SCHOOL, "achievement": OUTSIDE, **changes}
    bank.post(OTHER, "claim.filed.v1", body=body, mandate=mandate(bank))


def _graduate(bank: Bank) -> None:
    own = {"satisfied_by": [f"{OTHER}/SEW-1"]}
    programme = {
        "code": "SEWER",
        "version": 1,
        "title": "缝纫",
        "credits": "2",
        "requirements": [requirement("SEWING", "compulsory", amount="2", **own)],
    }
    bank.post(OTHER, "programme.published.v1", body=programme)
    opened = {
        "enrolment_id": ENROLMENT,
        "learner_id": SECOND,
        "programme": SEWER,
        "cohort": "2026",
        "started_on": "2026-03-01",
    }
    bank.post(OTHER, "enrolment.opened.v1", body=opened)
    body = award("sewn", learner_id=SECOND, achievement=f"{OTHER}/SEW-1@1")
    bank.post(OTHER, "credit.awarded.v1", body=body)
    lot = {"award_id": award_of("sewn", member=OTHER), "credits": "1"}
    counted = {
        "redemption_id": number(3),
        "enrolment_id": ENROLMENT,
        "requirement": "SEWING",
        "lots": [lot],
    }
    bank.post(OTHER, "credit.redeemed.v1", body=counted)
    bank.post(OTHER, "graduation.assessed.v1", body=_assessed(bank))


def _assessed(bank: Bank) -> Body:
    record = bank.store.load("enrolments", [ENROLMENT])[ENROLMENT]
    assert isinstance(record, EnrolmentRecord)
    found = Asking(bank.store).ask(lambda state: assess(record, state))
    body = assessed_body(found, assessment_id=ASSESSMENT)
    return dict(body.model_dump(mode="json", exclude_none=True))


def _appeal(bank: Bank) -> None:
    for place, panel in enumerate((OTHER, COMMITTEE)):
        filed = {
            "appeal_id": APPEALS[place],
            "learner_id": SECOND,
            "against": {"what": "graduation", "id": ASSESSMENT},
            "panel": panel,
            "grounds": "facts_wrong",
            "reason": "实习学分未计入",
        }
        follows = {"follows": APPEALS[0]} if place else {}
        filed |= follows
        bank.post(OTHER, "appeal.filed.v1", body=filed, mandate=mandate(bank))
        decided = {"appeal_id": APPEALS[place], "outcome": "upheld"}
        decided |= {"reason_code": "facts_confirmed", "reason": "核查属实"}
        bank.post(panel, "appeal.decided.v1", body=decided)


def _end(bank: Bank) -> None:
    closed = {"code": "2026-07", "first_day": "2026-07-01", "last_day": "2026-07-31"}
    bank.post(OPERATOR, "period.closed.v1", body=closed)
    ended = {"enrolment_id": ENROLMENT, "outcome": "withdrawn"}
    ended |= {"ended_on": "2026-09-02"}
    bank.post(OTHER, "enrolment.ended.v1", body=ended)
    bank.post(OTHER, "programme.retired.v1", body={"programme": SEWER})
    replaced = {"rule": RECOGNISING, "reason_code": "replaced"}
    replaced |= {"last_day": "2026-12-31"}
    bank.post(SCHOOL, "rule.retired.v1", body=replaced)
