"""Claims and appeals of a learner that are not decided yet, or were."""

from collections.abc import Iterator

from ledger.domain.rules.appeals import FILED
from ledger.domain.rules.claimed import OPEN
from ledger.domain.state import AppealRecord, ClaimRecord, ClaimStatus, ExchangeRecord
from ledger.domain.statements.appeals import AppealAgainst, AppealOutcome
from projections.progress.ground import Case, Desk, Ground


def claims(ground: Ground) -> Iterator[Case]:
    """Yield claims (成果申报)."""
    said = ground.said(ClaimRecord)
    for record in ground.records(ClaimRecord):
        back = record.status is ClaimStatus.RETURNED
        desk = None
        if record.status in OPEN:
            member = record.filed_by if back else record.attester
            desk = Desk(member=member, due_on=None if back else record.due_on)
        positions = said[record.claim_id]
        yield Case(
            kind="claim",
            case_id=record.claim_id,
            status=record.status.value,
            said=positions,
            desk=desk,
            can_do=_can_do(record.status),
            achievement=record.achievement,
            missing=ground.missing(positions[-1]) if back else None,
        )


def _can_do(status: ClaimStatus) -> tuple[str, ...]:
    if status is ClaimStatus.RETURNED:
        return ("complete", "withdraw")
    return ("wait", "withdraw") if status in OPEN else ()


def appeals(ground: Ground) -> Iterator[Case]:
    """Yield appeals (申诉): on the panel's desk, or back with whoever decided."""
    said = ground.said(AppealRecord)
    changed = {**ground.said(ExchangeRecord), **ground.said(ClaimRecord)}
    today = ground.standpoint.moment.day
    for record in ground.records(AppealRecord):
        desk = None
        if record.status == FILED:
            desk = Desk(member=record.panel)
        elif record.status == AppealOutcome.REMITTED and not _is_met(record, changed):
            # Of what is no case of its own nobody can tell that it was done.
            followed = record.against.what in _FOLLOWED
            if followed or today is None or today <= (record.due_on or ""):
                desk = Desk(member=record.member, due_on=record.due_on)
        yield Case(
            kind="appeal",
            case_id=record.appeal_id,
            status=record.status,
            said=said[record.appeal_id],
            desk=desk,
            can_do=("wait",) if desk is not None else (),
        )


_FOLLOWED = frozenset({AppealAgainst.EXCHANGE, AppealAgainst.CLAIM})


def _is_met(record: AppealRecord, changed: dict[str, tuple[int, ...]]) -> bool:
    """Tell whether something was said about the case since it was remitted."""
    positions = changed.get(record.against.id, ())
    return bool(positions) and positions[-1] > record.position
