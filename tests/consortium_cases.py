"""What a consortium exchanges: rules of both effects, and cases with every ending."""

import uuid
from collections.abc import Mapping, Sequence

from ledger.domain.rules.acceptance import quote
from ledger.domain.rules.dates import date_in
from ledger.domain.state import ExchangeRecord, RuleRecord
from ledger.domain.types import instant_of
from ledger.sequencer import Accepted
from projections.asking import Asking
from tests.bank import LEARNER, OPERATOR, SCHOOL, Bank
from tests.bank import award as award_body
from tests.consortium_names import COMMITTEE, OTHER, award_of, mandate

ENROLMENT = str(uuid.UUID(int=7_000, version=4))
PROGRAMME = f"{SCHOOL}/WELDER@1"
RECOGNISING, CONSUMING = f"{SCHOOL}/RECOGNISE@1", f"{SCHOOL}/CONSUME@1"
WORKDAYS = f"{SCHOOL}/work"
DESK = {"staff": "d1", "role": "dean"}

Body = Mapping[str, object]


def case(number: int) -> str:
    """Return the id of a case."""
    return str(uuid.UUID(int=7_100 + number, version=4))


def requirement(code: str, nature: str, *, amount: str, **more: object) -> Body:
    """Return a requirement of a programme."""
    body = {"code": code, "title": code, "nature": nature, "module": "basic"}
    return {**body, "credits": amount, **more}


def programme(code: str = "WELDER") -> Body:
    """Return the body of a programme of ten credits."""
    own = {"satisfied_by": [f"{SCHOOL}/WELD-1"]}
    return {
        "code": code,
        "version": 1,
        "title": "焊接技术",
        "credits": "10",
        "requirements": [
            requirement("WELDING", "compulsory", amount="6", **own),
            requirement("FREE", "elective", amount="6"),
        ],
    }


def terms(**changes: object) -> dict[str, object]:
    """Return terms that recognise sewing as an elective, half for one."""
    component = {"of": {"achievement": f"{OTHER}/SEW-1"}}
    aim = {"programme": f"{SCHOOL}/WELDER", "code": "FREE"}
    return {
        "title": "互认",
        "recogniser": SCHOOL,
        "parties": [SCHOOL, OTHER],
        "valid_from": "2026-01-01",
        "source": {"groups": [{"components": [component]}]},
        "targets": [{"outcome": "elective_credit", "requirement": aim}],
        "effect": "recognise",
        "conversion": {"method": "ratio", "ratio": {"numerator": 1, "denominator": 2}},
        **changes,
    }


def rule_of(bank: Bank, name: str) -> RuleRecord:
    """Return a rule as the bank has it now."""
    rule = bank.store.load("rules", [name])[name]
    assert isinstance(rule, RuleRecord)
    return rule


def publish_ground(bank: Bank) -> None:
    """Publish a programme, workdays and a policy, and enrol the learner."""
    work = {"weekdays": [1, 2, 3, 4, 5], "holidays": [], "make_up_days": []}
    year = {"code": "Y", "starts_on": "2025-09-01", "ends_on": "2027-08-31"}
    body = {"code": "work", "version": 1, "title": "工作日", "years": [year]}
    bank.post(SCHOOL, "calendar.published.v1", body={**body, "workdays": work})
    bank.post(SCHOOL, "programme.published.v1", body=programme())
    opened = {
        "enrolment_id": ENROLMENT,
        "learner_id": LEARNER,
        "programme": PROGRAMME,
        "cohort": "2026",
        "started_on": "2026-03-01",
    }
    bank.post(SCHOOL, "enrolment.opened.v1", body=opened)


def propose(bank: Bank, code: str, **changes: object) -> str:
    """Propose a rule and return its name."""
    body = {"code": code, "version": 1, "terms": terms(**changes)}
    bank.post(SCHOOL, "rule.proposed.v1", body=body)
    return f"{SCHOOL}/{code}@1"


def ratify(bank: Bank, name: str) -> None:
    """Have the other party agree to it."""
    body = {"rule": name, "digest": rule_of(bank, name).digest}
    bank.post(OTHER, "rule.ratified.v1", body=body)


def agree(bank: Bank) -> None:
    """Agree on a rule of either effect."""
    ratify(bank, propose(bank, "RECOGNISE"))
    desk = {"role": "dean", "member": SCHOOL, "due_workdays": 2}
    consuming = {"effect": "consume", "approval": [desk], "workdays": WORKDAYS}
    ratify(bank, propose(bank, "CONSUME", **consuming))


def request(
    bank: Bank,
    number: int,
    *,
    rule: str,
    lots: Sequence[tuple[str, str]],
    revision: int = 0,
) -> Accepted:
    """Apply for a case with parts of lots."""
    body = request_body(bank, number, rule=rule, lots=lots, revision=revision)
    return bank.post(SCHOOL, "exchange.requested.v1", body=body, mandate=mandate(bank))


def request_body(
    bank: Bank,
    number: int,
    *,
    rule: str,
    lots: Sequence[tuple[str, str]],
    revision: int = 0,
) -> Body:
    """Return the body of an application."""
    offered = [
        {"award_id": award, "credits": amount, "component": 0} for award, amount in lots
    ]
    return {
        "exchange_id": case(number),
        "revision": revision,
        "learner_id": LEARNER,
        "enrolment_id": ENROLMENT,
        "rule": rule,
        "rule_digest": rule_of(bank, rule).digest,
        "lots": offered,
    }


def quoted(bank: Bank, number: int) -> Body:
    """Return the body that accepts a case today."""
    record = bank.store.load("exchanges", [case(number)])[case(number)]
    assert isinstance(record, ExchangeRecord)
    today = date_in("Asia/Shanghai", instant_of(bank.clock.now()))
    body = Asking(bank.store).ask(lambda state: quote(record, state, on=today))
    return body.model_dump(mode="json", exclude_none=True)


def act(bank: Bank, name: str, *, number: int, **more: object) -> None:
    """Do something about a case, at the dean's desk."""
    body = {"exchange_id": case(number), **more}
    bank.post(SCHOOL, f"exchange.{name}.v1", body=body, actor=DESK)


def accept(bank: Bank, number: int) -> None:
    """Accept a case at the dean's desk."""
    body = quoted(bank, number)
    bank.post(SCHOOL, "exchange.accepted.v1", body=body, actor=DESK)


def redeem(bank: Bank, number: int, *, code: str, lots: Sequence[Body]) -> None:
    """Count lots toward a requirement."""
    body = {
        "redemption_id": case(number),
        "enrolment_id": ENROLMENT,
        "requirement": code,
        "lots": list(lots),
    }
    bank.post(SCHOOL, "credit.redeemed.v1", body=body)


def give(bank: Bank, iss: str, *, reference: str, **changes: object) -> str:
    """Award something that may be exchanged, and return its id."""
    of = f"{OTHER}/SEW-1@1" if iss == OTHER else f"{SCHOOL}/WELD-1@1"
    body = award_body(reference, achievement=of, **changes)
    bank.post(iss, "credit.awarded.v1", body=body)
    return award_of(reference, member=iss)


def say_as_bank(bank: Bank, type_name: str, *, body: Body) -> Accepted:
    """Say something under the service key."""
    statement = bank.statement(OPERATOR, type_name, body=body)
    return bank.submit(bank.receive(bank.sign(statement, key=bank.service))).result()


def write_cases(bank: Bank) -> None:
    """Write it: agreements, cases with every ending, redemptions, an expiry."""
    publish_ground(bank)
    agree(bank)
    _dispute(bank)
    lots = {
        name: give(bank, OTHER, reference=name, credits="2")
        for name in ("sew-1", "sew-2", "sew-3", "sew-4")
    }
    _exchange(bank, lots)
    bank.clock.step(3600)
    _end(bank, lots)
    _redeem(bank)
    short = give(
        bank, SCHOOL, reference="short", credits="1.25", valid_until="2026-09-01"
    )
    give(bank, SCHOOL, reference="shorter", credits="0.75", valid_until="2026-08-31")
    ended = {"award_id": short, "credits": "1.25", "expired_on": "2026-09-01"}
    say_as_bank(bank, "credit.expired.v1", body=ended)


def _dispute(bank: Bank) -> None:
    never = propose(bank, "NEVER")
    why = {"rule": never, "reason_code": "terms_not_agreed"}
    bank.post(OTHER, "rule.rejected.v1", body=why)
    for change in ("suspended", "resumed"):
        pause = {"rule": CONSUMING, "reason_code": "under_review"}
        bank.post(OTHER, f"rule.{change}.v1", body=pause)
    publish_policy(bank)


def publish_policy(bank: Bank) -> None:
    """Publish a policy that half may be converted, and have it endorsed."""
    policy = {
        "code": "HALF",
        "version": 1,
        "title": "一半",
        "committee": COMMITTEE,
        "valid_from": "2026-01-01",
        "limits": [
            {"code": "half", "share": {"numerator": 1, "denominator": 2}}
            | {"share_of": "programme_credits", "within": "enrolment"}
        ],
    }
    bank.post(OPERATOR, "policy.published.v1", body=policy)
    found = bank.store.load("policies", [f"{OPERATOR}/HALF@1"])
    digest = getattr(found[f"{OPERATOR}/HALF@1"], "digest", "")
    agreed = {"policy": f"{OPERATOR}/HALF@1", "digest": digest}
    bank.post(COMMITTEE, "policy.endorsed.v1", body=agreed)


def _exchange(bank: Bank, lots: Mapping[str, str]) -> None:
    request(bank, 1, rule=RECOGNISING, lots=[(lots["sew-1"], "2")])
    request(bank, 2, rule=CONSUMING, lots=[(lots["sew-2"], "1.5")])
    act(bank, "returned", number=2, step=0, reason_code="wrong_lot", missing="应为全部")
    request(bank, 2, rule=CONSUMING, lots=[(lots["sew-2"], "2")], revision=1)
    accept(bank, 2)
    request(bank, 3, rule=CONSUMING, lots=[(lots["sew-3"], "1")])
    act(bank, "declined", number=3, reason_code="content_not_equivalent")


def _end(bank: Bank, lots: Mapping[str, str]) -> None:
    request(bank, 4, rule=CONSUMING, lots=[(lots["sew-3"], "1")])
    act(bank, "cancelled", number=4, reason_code="at_own_request")
    request(bank, 5, rule=CONSUMING, lots=[(lots["sew-3"], "2")])
    accept(bank, 5)
    act(bank, "reversed", number=5, reason_code="recorded_in_error")
    request(bank, 6, rule=CONSUMING, lots=[(lots["sew-4"], "1")])
    taken = {
        "award_id": lots["sew-1"],
        "credits": "0.5",
        "class": "corrected",
        "reason_code": "amount_corrected",
    }
    bank.post(OTHER, "credit.revoked.v1", body=taken)


def _redeem(bank: Bank) -> None:
    record = bank.store.load("exchanges", [case(2)])[case(2)]
    assert isinstance(record, ExchangeRecord)
    (made,) = record.created
    redeem(bank, 20, code="FREE", lots=[{"award_id": made, "credits": "1"}])
    own = [{"award_id": award_of("learned"), "credits": "2"}]
    redeem(bank, 21, code="WELDING", lots=own)
    undone = {"redemption_id": case(21), "reason_code": "recorded_in_error"}
    bank.post(SCHOOL, "redemption.reversed.v1", body={**undone, "reason": "误录"})
    changed = {"enrolment_id": ENROLMENT, "cohort": "2026-2"}
    bank.post(SCHOOL, "enrolment.changed.v1", body=changed)
