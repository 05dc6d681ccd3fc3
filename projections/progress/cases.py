"""What of a learner is not decided yet, one function per kind of case.

A new kind is one more function in ``KINDS``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ledger.domain.state import ExchangeRecord, ExchangeStatus, RuleRecord
from projections.cases.queries import rules_of
from projections.holders import lots_of
from projections.progress.applying import appeals, claims
from projections.progress.ground import Case, Desk, Ground

CAN_DO: Final[Mapping[ExchangeStatus, tuple[str, ...]]] = MappingProxyType(
    {
        ExchangeStatus.REQUESTED: ("wait", "withdraw"),
        ExchangeStatus.RETURNED: ("complete", "withdraw"),
        ExchangeStatus.LAPSED: ("apply_again",),
        ExchangeStatus.CANCELLED: ("apply_again",),
    }
)
"""What a learner may do while a case stands so; otherwise nothing."""


def exchanges(ground: Ground) -> Iterator[Case]:
    """Yield cases of recognition and conversion (学分转换)."""
    found = ground.records(ExchangeRecord)
    standpoint = ground.standpoint
    rules = rules_of(standpoint.connection, found, position=standpoint.position)
    said = ground.said(ExchangeRecord)
    for record in found:
        positions = said[record.exchange_id]
        back = record.status is ExchangeStatus.RETURNED
        yield Case(
            kind="exchange",
            case_id=record.exchange_id,
            status=record.status.value,
            said=positions,
            desk=_desk(record, rules.get(record.rule)),
            can_do=CAN_DO.get(record.status, ()),
            rule=record.rule,
            missing=ground.missing(positions[-1]) if back else None,
        )


def _desk(record: ExchangeRecord, rule: RuleRecord | None) -> Desk | None:
    if record.status is ExchangeStatus.RETURNED:
        return Desk(member=record.requested_by, due_on=record.due_on)
    if rule is None or record.status is not ExchangeStatus.REQUESTED:
        return None
    step = rule.terms.approval[record.step]
    return Desk(
        member=step.member,
        role=step.role,
        step=record.step,
        steps=len(rule.terms.approval),
        due_on=record.due_on,
    )


def reviews(ground: Ground) -> Iterator[Case]:
    """Yield lots whose member has to decide, since something behind them changed."""
    position = ground.standpoint.position
    for lot in lots_of(ground.standpoint.state, ground.holder):
        flags = [flag for flag in lot.flags if flag.position <= position]
        if flags and not lot.revoked and lot.position <= position:
            yield Case(
                kind="review",
                case_id=lot.award_id,
                status=flags[-1].cause,
                said=tuple(sorted({flag.position for flag in flags})),
                desk=Desk(
                    member=lot.issuer, due_on=min(flag.decide_by for flag in flags)
                ),
                can_do=("wait",),
                achievement=lot.achievement,
            )


KINDS: Final[Sequence[Callable[[Ground], Iterable[Case]]]] = (
    exchanges,
    claims,
    appeals,
    reviews,
)
"""Every kind of case that a learner may have."""
