"""What a watch reports, and which statements are worth a report to whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ledger.domain.rules.act import Act
from ledger.domain.state import (
    ClaimRecord,
    ExchangeRecord,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.agreements import RuleProposed
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.members import KeyAdded, KeyRevoked

_REFUSING = frozenset(
    {
        "claim.refused.v1",
        "claim.returned.v1",
        "exchange.declined.v1",
        "exchange.returned.v1",
        "exchange.lapsed.v1",
        "exchange.reversed.v1",
    }
)


class Kind(StrEnum):
    """Why a report is made."""

    FAULT = "fault"
    NOT_IN_RECORDS = "not-in-records"
    KEY_ADDED = "key-added"
    KEY_REVOKED = "key-revoked"
    RECOVERY_KEY = "recovery-key"
    MEMBER = "member"
    RULE = "rule"
    REFUSAL = "refusal"
    VOLUME = "volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One thing that a member, or everybody (an empty ``member``), should look at."""

    position: int
    kind: Kind
    member: str
    detail: str


def reports_of(act: Act[Statement], state: Slice) -> Iterator[Report]:
    """Return what an act tells whom; ``state`` has its effects already."""
    statement = act.statement
    for kind, member in _concerned(statement, state):
        yield Report(
            position=act.position,
            kind=kind,
            member=member,
            detail=f"{statement.type} by {statement.iss}",
        )


def _concerned(statement: Statement, state: Slice) -> Iterator[tuple[Kind, str]]:
    match statement:
        case KeyAdded(body=body):
            own = statement.iss == body.member_id
            yield Kind.KEY_ADDED if own else Kind.RECOVERY_KEY, body.member_id
        case KeyRevoked(body=body):
            yield Kind.KEY_REVOKED, body.member_id
        case _ if statement.type.startswith("member."):
            yield Kind.MEMBER, str(getattr(statement.body, "member_id", ""))
        case _ if statement.type.startswith("rule."):
            yield from ((Kind.RULE, one) for one in sorted(_parties(statement, state)))
        case _ if statement.type in _REFUSING:
            # Whoever says no knows it.
            for member in sorted(_askers(statement, state) - {statement.iss}):
                yield Kind.REFUSAL, member
        case _:
            return


def _parties(statement: Statement, state: Slice) -> set[str]:
    if isinstance(statement, RuleProposed):
        return {*statement.body.terms.parties, statement.body.terms.recogniser}
    rule = state.find(RuleRecord, str(getattr(statement.body, "rule", "")))
    return set() if rule is None else {*rule.parties, rule.recogniser}


def _askers(statement: Statement, state: Slice) -> set[str]:
    """Return who asked for what a statement refuses."""
    body = statement.body
    exchange = state.find(ExchangeRecord, str(getattr(body, "exchange_id", "")))
    claim = state.find(ClaimRecord, str(getattr(body, "claim_id", "")))
    asked = set() if exchange is None else {exchange.requested_by}
    return asked if claim is None else {*asked, claim.filed_by}
