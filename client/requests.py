"""What a school applies for on a learner's behalf, before it is signed.

A rule may read values that an award disclosed to the bank's vault only. They are shown
again with the request: the same salts follow from the member's secret, the award's
reference and revision, so nobody has to keep disclosures.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from client.references import MemberSecret
from client.results import Content, Fields, Result
from ledger.integrity.disclosures import Disclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Part of a lot, offered for one component of a rule's source.

    ``predicates`` are what the rule asks of its disclosed values, as the rule spells
    them; ``shown`` are the disclosures that make them true.
    """

    award_id: str
    credits: str
    component: int = 0
    predicates: tuple[Fields, ...] = ()
    shown: tuple[Disclosure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An application under one rule version, named by the digest that was seen."""

    exchange_id: str
    learner_id: str
    enrolment_id: str
    rule: str
    rule_digest: str
    lots: tuple[Brought, ...]
    vouched: tuple[Fields, ...] = ()
    revision: int = 0
    note: str | None = None


def request_content(request: Request) -> Content:
    """Return what to sign to apply for an exchange (转换申请)."""
    body: dict[str, object] = {
        "exchange_id": request.exchange_id,
        "revision": request.revision,
        "learner_id": request.learner_id,
        "enrolment_id": request.enrolment_id,
        "rule": request.rule,
        "rule_digest": request.rule_digest,
        "lots": [
            {
                "award_id": one.award_id,
                "credits": one.credits,
                "component": one.component,
            }
            for one in request.lots
        ],
    }
    predicates = [
        {**predicate, "award_id": one.award_id}
        for one in request.lots
        for predicate in one.predicates
    ]
    if predicates:
        body["predicates"] = predicates
    if request.vouched:
        body["vouched"] = [dict(one) for one in request.vouched]
    if request.note is not None:
        body["note"] = request.note
    shown = tuple(one for lot in request.lots for one in lot.shown)
    return Content(type="exchange.requested.v1", body=body, disclosures=shown)


def disclosures_of(result: Result, secret: MemberSecret) -> Mapping[str, Disclosure]:
    """Return what an own award disclosed, by name: the same as when it was posted."""
    subject = ("award", result.reference, result.revision)
    made = secret.disclose(subject, result.disclosed)
    return {one.name: one for one in made}
