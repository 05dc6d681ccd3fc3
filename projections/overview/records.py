"""What a record counts for: a change takes away what it was and adds what it is."""

from collections.abc import Iterable, Mapping
from typing import Final

from ledger.domain.rules.claimed import OPEN
from ledger.domain.state import (
    AppealRecord,
    ClaimRecord,
    ClaimStatus,
    ExchangeRecord,
    ExchangeStatus,
    MemberRecord,
    Record,
    RedemptionRecord,
    RuleRecord,
)

Key = tuple[str, str]
"""Figure and key."""

MEMBERS: Final = "members"
RULES: Final = "rules"
EXCHANGES: Final = "exchanges"
DESKS: Final = "desks"
REDEMPTIONS: Final = "redemptions"
COUNTED: Final = "counted"
REVERSED: Final = "reversed"
SEPARATOR: Final = "/"
ATTESTER: Final = "attester"
PANEL: Final = "panel"
"""Desks of claims and appeals; those of exchanges have the role that the rule names."""


def counted_as(record: Record | None, rules: Mapping[str, RuleRecord]) -> Iterable[Key]:
    """Return what a record counts for; ``rules`` are those that exchanges apply."""
    match record:
        case MemberRecord():
            yield MEMBERS, joined(record.member_kind.value, record.status)
        case RuleRecord():
            yield RULES, record.status
        case RedemptionRecord():
            yield REDEMPTIONS, REVERSED if record.reversed else COUNTED
        case ExchangeRecord():
            rule = rules[record.rule]
            yield EXCHANGES, joined(rule.recogniser, record.status.value)
            yield from _desk(record, rule)
        case ClaimRecord(status=ClaimStatus.RETURNED):
            yield DESKS, joined(record.filed_by, "", "")
        case ClaimRecord() if record.status in OPEN:
            yield DESKS, joined(record.attester, ATTESTER, record.due_on or "")
        case AppealRecord(status="filed"):
            yield DESKS, joined(record.panel, PANEL, "")
        case _:
            return


def joined(*parts: str) -> str:
    """Return parts as one key; none of them has the sign between them."""
    return SEPARATOR.join(parts)


def _desk(record: ExchangeRecord, rule: RuleRecord) -> Iterable[Key]:
    """Return the desk that an open case lies on, and by when it is due."""
    if record.status is ExchangeStatus.RETURNED:
        yield DESKS, joined(record.requested_by, "", "")
    elif record.status is ExchangeStatus.REQUESTED and rule.terms.approval:
        step = rule.terms.approval[record.step]
        yield DESKS, joined(step.member, step.role, record.due_on or "")
