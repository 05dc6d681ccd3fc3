"""The lots that an acceptance creates, with all that they come from."""

from collections.abc import Iterable
from typing import Any, Final

from ledger.domain.rules.act import Act
from ledger.domain.rules.awards import end_of
from ledger.domain.rules.cases import Case
from ledger.domain.rules.counting import Settlement
from ledger.domain.rules.envelope import present
from ledger.domain.state import CatalogueItemRecord, LotRecord, Part, Root, Slice
from ledger.domain.statements.awards import Basis
from ledger.domain.statements.exchanges import ExchangeAccepted
from ledger.making import altered, maker

_new_lot: Final = maker(LotRecord)
_new_root: Final = maker(Root)


def _version(state: Slice, achievement: str | None) -> str | None:
    if achievement is None:
        return None
    item = present(state, CatalogueItemRecord, key=achievement)
    return f"{achievement}@{item.version}"


def new_lot(
    act: Act[ExchangeAccepted],
    case: Case,
    *,
    settlement: Settlement,
    state: Slice,
    number: int,
) -> LotRecord:
    """Return the ``number``-th lot: its path, roots and dates are its sources'."""
    gain = settlement.gains[number]
    path = {case.enrolment.school, *(one for lot in case.lots for one in lot.path)}
    facts = [offer.lot for offer in case.offers]
    lot = _new_lot(
        **_origin(act, number=number),
        learner_id=act.statement.body.learner_id,
        issuer=case.enrolment.school,
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
        roots=_as_roots(settlement.roots[number]),
        derived_from=_as_roots(settlement.used),
        path=tuple(sorted(path)),
        enrolment_id=case.enrolment.enrolment_id,
        requirement=gain.requirement.code if gain.requirement else None,
        outcome=gain.outcome,
    )
    return altered(lot, expires_on=end_of(lot, state))


# Any: fields of a record, each of its own type.
def _origin(act: Act[ExchangeAccepted], *, number: int) -> dict[str, Any]:
    body = act.statement.body
    return {
        "award_id": body.created[number].lot_id,
        "exchange_id": body.exchange_id,
        "supplement_due_on": body.created[number].supplement_due_on,
        "position": act.position,
        "recorded_at": act.recorded_at,
        "recorded_on": act.recorded_on,
        "kid": act.kid,
        "body_hash": "",
    }


def _as_roots(parts: Iterable[Part]) -> tuple[Root, ...]:
    return tuple(
        _new_root(award_id=one.award_id, amount_milli=one.amount_milli) for one in parts
    )
