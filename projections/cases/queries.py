"""Enrolments, exchanges, rules, policies and programmes as answers show them."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from ledger.domain.language.shapes import RuleTerms
from ledger.domain.rules.counted import counted_milli
from ledger.domain.state import (
    EnrolmentRecord,
    ExchangeRecord,
    ExchangeStatus,
    Part,
    PolicyRecord,
    ProgrammeRecord,
    RuleRecord,
)
from ledger.domain.types import credits_milli, credits_text
from projections.cases.versions import record_at, records_at, versions_of
from projections.holders import Ledger
from projections.trail.telling import events_at

Answer = dict[str, Any]  # Any: plain JSON.

_EVENT: Final = (
    "position",
    "recorded_at",
    "type",
    "issuer",
    "statement_id",
    "signed_by",
)
_SAID: Final = frozenset({"step", "reason_code", "revision", "due_on"})
_OPEN: Final = frozenset({ExchangeStatus.REQUESTED, ExchangeStatus.RETURNED})


def is_in_force(rule: RuleRecord, day: str) -> bool:
    """Tell whether all have agreed to a rule, and its dates cover a day."""
    return rule.is_in_force(day)


def rule_shown(rule: RuleRecord, *, day: str | None) -> Answer:
    """Return a rule version: what it says, who agreed, and where it stands."""
    waiting = [one for one in rule.parties if one not in rule.ratified_by]
    committee = rule.terms.committee
    if committee is not None and not rule.endorsed:
        waiting.append(committee)
    return {
        "rule": rule.rule,
        "proposer": rule.proposer,
        "recogniser": rule.recogniser,
        "digest": rule.digest,
        "status": rule.status,
        "in_force": day is not None and is_in_force(rule, day),
        "parties": list(rule.parties),
        "ratified_by": list(rule.ratified_by),
        "waiting_for": waiting if rule.status == "proposed" else [],
        "endorsed": rule.endorsed,
        "rejected_by": rule.rejected_by,
        "suspended_by": rule.suspended_by,
        "last_day": rule.last_day,
        "terms": rule.terms.model_dump(mode="json", exclude_none=True),
        "position": rule.position,
    }


def rule_history(connection: Connection, name: str, *, position: int) -> list[Answer]:
    """Return where a rule stood, and since which position."""
    versions = versions_of(connection, RuleRecord, key=name, position=position)
    return [
        {"position": where, "status": rule.status, "ratified_by": [*rule.ratified_by]}
        for where, rule in versions
    ]


def is_from(terms: RuleTerms, member: str) -> bool:
    """Tell whether a rule takes what a member issued."""
    for component in terms.source.components:
        name, members = component.of.achievement, component.of.members
        named = [*members, *([name.partition("/")[0]] if name is not None else [])]
        if member in (named or terms.parties):
            return True
    return False


def is_toward(terms: RuleTerms, target: str) -> bool:
    """Tell whether a rule gives at a member, or toward its programme or achievement."""
    aims = {one.requirement.programme for one in terms.targets if one.requirement}
    aims |= {one.achievement for one in terms.targets if one.achievement}
    return target == terms.recogniser or target in aims


def policy_shown(policy: PolicyRecord, *, day: str | None) -> Answer:
    """Return a policy version."""
    until = policy.valid_until
    covers = day is not None and policy.valid_from <= day
    return {
        **policy.model_dump(mode="json", exclude_none=True),
        "in_force": policy.endorsed
        and covers
        and (until is None or (day is not None and day <= until)),
    }


def programme_shown(programme: ProgrammeRecord) -> Answer:
    """Return a programme version."""
    shown: Answer = programme.model_dump(mode="json", exclude_none=True)
    for name in ("credits", "home_at_least", "last_at_home"):
        shown[name] = credits_text(shown.pop(f"{name}_milli"))
    return shown


def enrolment_shown(
    enrolment: EnrolmentRecord, programme: ProgrammeRecord | None
) -> Answer:
    """Return an enrolment, and what counts in it so far."""
    requirements = () if programme is None else programme.requirements
    return {
        **enrolment.model_dump(mode="json", exclude={"counted", "redemptions"}),
        "counted": [
            {
                "requirement": one.code,
                "needed": credits_text(credits_milli(one.credits)),
                "counted": credits_text(counted_milli(enrolment, one.code)),
            }
            for one in requirements
        ],
    }


def programmes_of(
    connection: Connection, enrolments: Iterable[EnrolmentRecord], *, position: int
) -> dict[str, ProgrammeRecord]:
    """Return the programmes that enrolments are in."""
    names = {one.programme for one in enrolments}
    return records_at(connection, ProgrammeRecord, keys=names, position=position)


def exchange_shown(record: ExchangeRecord, rule: RuleRecord | None) -> Answer:
    """Return a case: what it asks, whose desk it is on, and what came of it."""
    return {
        "exchange_id": record.exchange_id,
        "revision": record.revision,
        "learner_id": record.learner_id,
        "enrolment_id": record.enrolment_id,
        "rule": record.rule,
        "effect": None if rule is None else rule.terms.effect.value,
        "requested_by": record.requested_by,
        "requested_on": record.requested_on,
        "status": record.status.value,
        "desk": _desk(record, rule),
        "lots": [
            {
                "award_id": lot.award_id,
                "credits": credits_text(lot.amount_milli),
                "component": lot.component,
            }
            for lot in record.lots
        ],
        "member": record.member,
        "used": _parts(record.used),
        "created": list(record.created),
        "superseded": _parts(record.superseded),
        "position": record.position,
    }


def _desk(record: ExchangeRecord, rule: RuleRecord | None) -> Answer | None:
    """Return whom a case waits for: the desk of its step, or whoever sent it."""
    if rule is None or record.status not in _OPEN:
        return None
    if record.status is ExchangeStatus.RETURNED:
        return {
            "member": record.requested_by,
            "role": None,
            "due_on": record.due_on,
        }
    step = rule.terms.approval[record.step]
    return {
        "step": record.step,
        "member": step.member,
        "role": step.role,
        "due_on": record.due_on,
    }


def _parts(parts: Iterable[Part]) -> list[Answer]:
    return [
        {"award_id": part.award_id, "credits": credits_text(part.amount_milli)}
        for part in parts
    ]


def rules_of(
    connection: Connection, exchanges: Iterable[ExchangeRecord], *, position: int
) -> dict[str, RuleRecord]:
    """Return the rules that cases apply."""
    names = {one.rule for one in exchanges}
    return records_at(connection, RuleRecord, keys=names, position=position)


def exchange(
    state: Ledger, connection: Connection, *, exchange_id: str, position: int
) -> Answer | None:
    """Return one case with everything that was said in it; None if there is none."""
    record = record_at(connection, ExchangeRecord, key=exchange_id, position=position)
    if record is None:
        return None
    rules = rules_of(connection, [record], position=position)
    versions = versions_of(
        connection, ExchangeRecord, key=exchange_id, position=position
    )
    said = [where for where, _ in versions]
    return {
        **exchange_shown(record, rules.get(record.rule)),
        "entries": entries_at(state, connection, positions=said),
    }


def entries_at(
    state: Ledger, connection: Connection, *, positions: Sequence[int]
) -> list[Answer]:
    """Return what was said at these positions, in order."""
    return [
        {
            **{name: told[name] for name in _EVENT},
            "role": told["actor"]["role"],
            **{name: value for name, value in told.items() if name in _SAID},
        }
        for told in events_at(state, connection, positions=positions)
    ]
