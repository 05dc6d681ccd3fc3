"""What desks do with a case: a rule that others joined, two cases, and one too late."""

import uuid
from typing import Final

from ledger.domain.rules.acceptance import quote
from ledger.domain.rules.dates import date_in
from ledger.domain.state import ExchangeRecord
from ledger.domain.types import instant_of
from projections.asking import Asking
from tests.bank import SCHOOL, Bank, award
from tests.consortium_cases import (
    DESK,
    WORKDAYS,
    Body,
    requirement,
    rule_of,
    say_as_bank,
)
from tests.consortium_names import COMMITTEE, OTHER, SECOND, award_of, mandate

RULE: Final = f"{OTHER}/JOINED@1"
JOINER: Final = "west-college"
TUTOR: Final = {"staff": "t1", "role": "tutor"}
_SEAMER: Final = f"{OTHER}/SEAMER"
_WEEK_SECONDS: Final = 7 * 24 * 3600


def _id(value: int) -> str:
    return str(uuid.UUID(int=7_600 + value, version=4))


ENROLMENT: Final = _id(0)


def write_desks(bank: Bank) -> None:
    """Write it."""
    _enrol(bank)
    _agree(bank)
    for number in (1, 2):
        _request(bank, number)
        passed = {"exchange_id": _id(number), "step": 0, "opinion": "同意"}
        bank.post(SCHOOL, "exchange.endorsed.v1", body=passed, actor=TUTOR)
    bank.post(OTHER, "exchange.accepted.v1", body=_quoted(bank, _id(1)), actor=DESK)
    bank.clock.step(_WEEK_SECONDS)
    late = {"exchange_id": _id(2), "due_on": _case(bank, _id(2)).due_on}
    say_as_bank(bank, "exchange.lapsed.v1", body=late)


def _agree(bank: Bank) -> None:
    """Agree on a rule by committee and party, and let another member join."""
    desks = ((SCHOOL, "tutor"), (OTHER, "dean"))
    aim = {"programme": _SEAMER, "code": "WELDING"}
    terms = {
        "title": "焊接互认",
        "recogniser": OTHER,
        "parties": [SCHOOL, OTHER],
        "open_to_accession": True,
        "committee": COMMITTEE,
        "valid_from": "2026-01-01",
        "source": {
            "groups": [{"components": [{"of": {"achievement": f"{SCHOOL}/WELD-1"}}]}]
        },
        "targets": [{"outcome": "elective_credit", "requirement": aim}],
        "effect": "consume",
        "conversion": {"method": "ratio", "ratio": {"numerator": 1, "denominator": 1}},
        "workdays": WORKDAYS,
        "approval": [
            {"role": role, "member": member, "due_workdays": 2}
            for member, role in desks
        ],
    }
    body = {"code": "JOINED", "version": 1, "terms": terms}
    bank.post(OTHER, "rule.proposed.v1", body=body)
    bank.admit(JOINER, kind="school")
    agreed = {"rule": RULE, "digest": rule_of(bank, RULE).digest}
    bank.post(SCHOOL, "rule.ratified.v1", body=agreed)
    endorsed = {
        **agreed,
        "document_number": "专家委 2026-3",
        "decided_on": "2026-09-01",
    }
    bank.post(COMMITTEE, "rule.endorsed.v1", body=endorsed)
    bank.post(JOINER, "rule.acceded.v1", body=agreed)


def _enrol(bank: Bank) -> None:
    programme = {
        "code": "SEAMER",
        "version": 1,
        "title": "缝焊",
        "credits": "6",
        "requirements": [requirement("WELDING", "elective", amount="6")],
    }
    bank.post(OTHER, "programme.published.v1", body=programme)
    opened = {
        "enrolment_id": ENROLMENT,
        "learner_id": SECOND,
        "programme": f"{_SEAMER}@1",
        "cohort": "2026",
        "started_on": "2026-03-01",
    }
    bank.post(OTHER, "enrolment.opened.v1", body=opened)


def _request(bank: Bank, number: int) -> None:
    reference = f"desk-{number}"
    body = award(
        reference,
        learner_id=SECOND,
        achievement=f"{SCHOOL}/WELD-1@2",
        level={"framework": "skill-level", "code": "5"},
    )
    bank.post(SCHOOL, "credit.awarded.v1", body=body)
    lot = {"award_id": award_of(reference), "credits": "2", "component": 0}
    asked = {
        "exchange_id": _id(number),
        "learner_id": SECOND,
        "enrolment_id": ENROLMENT,
        "rule": RULE,
        "rule_digest": rule_of(bank, RULE).digest,
        "lots": [lot],
    }
    bank.post(OTHER, "exchange.requested.v1", body=asked, mandate=mandate(bank))


def _case(bank: Bank, exchange_id: str) -> ExchangeRecord:
    record = bank.store.load("exchanges", [exchange_id])[exchange_id]
    assert isinstance(record, ExchangeRecord)
    return record


def _quoted(bank: Bank, exchange_id: str) -> Body:
    record = _case(bank, exchange_id)
    today = date_in("Asia/Shanghai", instant_of(bank.clock.now()))
    body = Asking(bank.store).ask(lambda state: quote(record, state, on=today))
    return body.model_dump(mode="json", exclude_none=True)
