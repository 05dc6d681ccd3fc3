"""A consortium in which colleges have agreed on rules, and what is said there.

North teaches and is the home of the learner, South and West recognise. Every desk has
the role of the default actor, so that a statement needs nothing but its body.
"""

import uuid
from collections.abc import Mapping
from typing import Final

from ledger.domain.rules.acceptance import quote
from ledger.domain.state import EnrolmentRecord, ExchangeRecord
from tests.builders import (
    AT,
    COMMITTEE,
    LEARNER,
    MANDATE,
    OPERATOR,
    OTHER,
    SCHOOL,
    TODAY,
    Body,
    Ledger,
    achievement,
    admitted,
    award,
    award_of,
    digest,
    kid,
    opened,
)

WEST: Final = "west-college"
SERVICE: Final = kid(OPERATOR, "s")
CALENDAR: Final = f"{OTHER}/days"


def number(value: int) -> str:
    """Return a statement id."""
    return str(uuid.UUID(int=value, version=4))


EXCHANGE: Final = number(1)
ENROLMENT: Final = number(2)
AT_WEST: Final = number(3)
REDEMPTION: Final = number(4)
RELATION_SOUTH: Final = number(5)


def requirement(code: str = "WELD", **changes: object) -> Body:
    """Return a requirement of four compulsory credits."""
    body = {"code": code, "title": code, "nature": "compulsory", "module": "core"}
    return {**body, "credits": "4", **changes}


REQUIREMENTS: Final = (
    requirement(),
    requirement("OWN", module="basic", satisfied_by=[f"{SCHOOL}/WELD-1"]),
    requirement("FREE", nature="elective", module="common"),
)


def programme(**changes: object) -> Body:
    """Return the body of a programme of ten credits."""
    body = {"code": "WELDER", "version": 1, "title": "焊接技术", "credits": "10"}
    return {**body, "requirements": list(REQUIREMENTS), **changes}


def enrolment(member: str = OTHER, **changes: object) -> Body:
    """Return the body of an enrolment of the learner."""
    body = {
        "enrolment_id": ENROLMENT if member == OTHER else AT_WEST,
        "learner_id": LEARNER,
        "programme": f"{member}/WELDER@1",
        "cohort": "2025",
        "started_on": "2025-09-01",
    }
    return {**body, **changes}


def days(**changes: object) -> Body:
    """Return the body of a calendar of one term, with workdays from Monday."""
    term = {"code": "T1", "starts_on": "2026-08-31", "ends_on": "2027-01-31"}
    year = {**term, "code": "Y1", "ends_on": "2027-08-31", "terms": [term]}
    body = {"code": "days", "version": 1, "title": "校历", "years": [year]}
    return {**body, "workdays": {"weekdays": [1, 2, 3, 4, 5]}, **changes}


def relation(member: str = OTHER, **changes: object) -> Body:
    """Return the body of a relation with every scope."""
    body = {
        "relation_id": RELATION_SOUTH if member == OTHER else number(6),
        "learner_id": LEARNER,
        "member_id": member,
        "scopes": ["read", "exchange", "redeem"],
    }
    return {**body, "purpose": "转学", "basis": "书面授权", **changes}


def step(member: str = OTHER, **changes: object) -> Body:
    """Return a desk with three workdays."""
    return {"role": "registrar", "member": member, "due_workdays": 3, **changes}


def component(**changes: object) -> Body:
    """Return what brings the welding course of the north."""
    return {"of": {"achievement": f"{SCHOOL}/WELD-1"}, **changes}


def target(member: str = OTHER, code: str = "WELD", **changes: object) -> Body:
    """Return what counts toward a requirement, as much as is brought."""
    named = {"programme": f"{member}/WELDER", "code": code}
    return {"outcome": "course_credit", "requirement": named, **changes}


def terms(member: str = OTHER, **changes: object) -> Body:
    """Return terms under which credits are used up one to one, by two desks."""
    return {
        "title": "焊接互认",
        "recogniser": member,
        "parties": [SCHOOL, member],
        "valid_from": "2026-01-01",
        "source": {"groups": [{"components": [component()]}]},
        "targets": [target(member)],
        "effect": "consume",
        "conversion": {"method": "ratio", "ratio": {"numerator": 1, "denominator": 1}},
        "approval": [step(SCHOOL), step(member)],
        "workdays": CALENDAR,
        **changes,
    }


def proposal(code: object = "WELD", version: object = 1, **changes: object) -> Body:
    """Return the body of a rule's proposal by its recogniser."""
    member = str(changes.get("recogniser", OTHER))
    return {"code": code, "version": version, "terms": terms(member, **changes)}


RULE: Final = f"{OTHER}/WELD@1"


def agreement(rule: str = RULE, seen: Body | None = None) -> Body:
    """Return the body that agrees to a rule version as it was seen."""
    return {"rule": rule, "digest": digest(proposal() if seen is None else seen)}


def action(rule: str = RULE, **changes: object) -> Body:
    """Return the body that acts on a rule version."""
    return {"rule": rule, "reason_code": "other", **changes}


def agree(ledger: Ledger, body: Body, *, at: str = AT) -> str:
    """Propose a rule and have everybody else agree; return its name."""
    agreed = body["terms"]
    assert isinstance(agreed, Mapping)
    proposer = str(agreed["recogniser"])
    ledger.say(proposer, "rule.proposed.v1", body=body, at=at)
    name = f"{proposer}/{body['code']}@{body['version']}"
    seen = agreement(name, body)
    for party in agreed["parties"]:
        if party != proposer:
            ledger.say(party, "rule.ratified.v1", body=seen, at=at)
    if "committee" in agreed:
        ledger.say(COMMITTEE, "rule.endorsed.v1", body=seen, at=at)
    return name


def ground(mode: str = "self") -> Ledger:
    """Return a ledger with programmes, enrolments, relations and one award."""
    ledger = opened(mode)
    ledger.say(OPERATOR, "member.admitted.v1", body=admitted(WEST))
    ledger.say(OTHER, "calendar.published.v1", body=days())
    for member in (OTHER, WEST):
        ledger.say(member, "programme.published.v1", body=programme())
        ledger.say(member, "achievement.published.v1", body=achievement("GAS-1"))
        body = relation(member)
        ledger.say(SCHOOL, "relation.opened.v1", body=body, mandate=MANDATE)
        ledger.say(member, "enrolment.opened.v1", body=enrolment(member))
    ledger.say(SCHOOL, "credit.awarded.v1", body=award())
    return ledger


def agreed() -> Ledger:
    """Return a ledger in which the rule of two desks is in force."""
    ledger = ground()
    agree(ledger, proposal())
    return ledger


def offer(name: str = "one", credits_: str = "3", **changes: object) -> Body:
    """Return an offer of a lot by the name of its award."""
    return {"award_id": award_of(name), "credits": credits_, "component": 0, **changes}


def request(seen: Body | None = None, **changes: object) -> Body:
    """Return the body of an application of the learner under a rule as proposed."""
    rule = proposal() if seen is None else seen
    named = rule["terms"]
    assert isinstance(named, Mapping)
    member = str(named["recogniser"])
    body = {
        "exchange_id": EXCHANGE,
        "learner_id": LEARNER,
        "enrolment_id": ENROLMENT if member == OTHER else AT_WEST,
        "rule": f"{member}/{rule['code']}@{rule['version']}",
        "rule_digest": digest(rule),
        "lots": [offer()],
    }
    return {**body, **changes}


def ask(
    ledger: Ledger, seen: Body | None = None, *, iss: object = OTHER, **changes: object
) -> None:
    """Apply for the learner."""
    at = str(changes.pop("at", AT))
    shown = changes.pop("shown", None)
    ledger.say(
        str(iss),
        "exchange.requested.v1",
        body=request(seen, **changes),
        mandate=MANDATE,
        at=at,
        shown=shown,
    )


def desk(step_: int = 0, exchange_id: str = EXCHANGE, **changes: object) -> Body:
    """Return the body of what a desk says when it passes a case on."""
    return {"exchange_id": exchange_id, "step": step_, **changes}


def sent_back(**changes: object) -> Body:
    """Return the body that sends a case back."""
    return {**desk(), "reason_code": "wrong_lot", "missing": "成绩单", **changes}


def because(reason_code: str = "other", exchange_id: str = EXCHANGE) -> Body:
    """Return the body that ends or undoes a case."""
    return {"exchange_id": exchange_id, "reason_code": reason_code}


def case_of(ledger: Ledger, exchange_id: str = EXCHANGE) -> ExchangeRecord:
    """Return a case that must be there."""
    record = ledger.state.find(ExchangeRecord, exchange_id)
    assert record is not None
    return record


def enrolled(ledger: Ledger, enrolment_id: str = ENROLMENT) -> EnrolmentRecord:
    """Return an enrolment that must be there."""
    record = ledger.state.find(EnrolmentRecord, enrolment_id)
    assert record is not None
    return record


def quoted(
    ledger: Ledger, exchange_id: str = EXCHANGE, *, on: str = TODAY
) -> dict[str, object]:
    """Return the body that accepts a case."""
    body = quote(case_of(ledger, exchange_id), ledger.state, on=on)
    return dict(body.model_dump(mode="json", exclude_none=True))
