"""The lots that an acceptance creates, with all that they come from."""

from ledger.domain.rules.act import Act
from ledger.domain.rules.awards import end_of
from ledger.domain.rules.cases import Case
from ledger.domain.rules.counting import Settlement
from ledger.domain.rules.envelope import present
from ledger.domain.state import CatalogueItemRecord, LotRecord, Root, Slice
from ledger.domain.statements.awards import Basis
from ledger.domain.statements.exchanges import ExchangeAccepted


def _version(state: Slice, achievement: str | None) -> str | None:
    if achievement is None:
        return None
    item = present(state, CatalogueItemRecord, key=achievement)
    return f"{achievement}@{item.version}"


def new_lot(
    act: Act[ExchangeAccepted],
    case: Case,
    settlement: Settlement,
    *,
    state: Slice,
    number: int,
) -> LotRecord:
    """Return the ``number``-th lot: its path, roots and dates are its sources'."""
    body, gain = act.statement.body, settlement.gains[number]
    created = body.created[number]
    roots = tuple(
        Root(award_id=part.award_id, amount_milli=part.amount_milli)
        for part in settlement.roots[number]
    )
    school = case.enrolment.school
    path = sorted({school, *(member for lot in case.lots for member in lot.path)})
    facts = [offer.lot for offer in case.offers]
    lot = LotRecord(
        award_id=created.lot_id,
        learner_id=body.learner_id,
        issuer=school,
        achievement=_version(state, gain.achievement),
        basis=Basis.ISSUED,
        passed=True,
        awarded_milli=gain.amount_milli,
        available_milli=gain.amount_milli,
        revision=0,
        workload=None,
        level=None,
        learned_from=None,
        learned_to=max((one.learned_to or "" for one in facts), default="") or None,
        assessed_on=max((one.assessed_on or "" for one in facts), default="") or None,
        valid_until=None,
        position=act.position,
        recorded_at=act.recorded_at,
        recorded_on=act.recorded_on,
        kid=act.kid,
        body_hash="",
        roots=roots,
        derived_from=tuple(
            Root(award_id=part.award_id, amount_milli=part.amount_milli)
            for part in settlement.used
        ),
        path=tuple(path),
        exchange_id=case.application.exchange_id,
        enrolment_id=case.enrolment.enrolment_id,
        requirement=gain.requirement.code if gain.requirement else None,
        outcome=gain.outcome,
        supplement_due_on=created.supplement_due_on,
    )
    return LotRecord(**{**dict(lot), "expires_on": end_of(lot, state)})
