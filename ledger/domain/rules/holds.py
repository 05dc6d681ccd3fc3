"""Moving parts of lots: held for a case, released, used up, and given back."""

from collections.abc import Iterable
from typing import Final

from ledger.domain.language.shapes import Effect
from ledger.domain.rules.envelope import present
from ledger.domain.state import (
    ExchangeRecord,
    ExchangeStatus,
    LotRecord,
    Part,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.exchanges import LotPart
from ledger.domain.types import credits_milli
from ledger.making import altered, maker

_new_part: Final = maker(Part)


def parts_in(lots: Iterable[LotPart]) -> tuple[Part, ...]:
    """Return parts of lots in thousandths."""
    return tuple(
        _new_part(award_id=lot.award_id, amount_milli=credits_milli(lot.credits))
        for lot in lots
    )


def moved(lot: LotRecord, **more_milli: int) -> LotRecord:
    """Return a lot with amounts added to its parts, by their field's name."""
    changes = {field: getattr(lot, field) + more for field, more in more_milli.items()}
    return altered(lot, **changes)


def hold(record: ExchangeRecord, state: Slice) -> Iterable[LotRecord]:
    """Hold what a case offers."""
    for part in record.lots:
        lot = present(state, LotRecord, key=part.award_id)
        amount = part.amount_milli
        yield moved(lot, available_milli=-amount, held_milli=amount)


def release(
    record: ExchangeRecord, rule: RuleRecord, *, state: Slice
) -> Iterable[LotRecord]:
    """Release what a case holds."""
    if rule.terms.effect is Effect.RECOGNISE:
        return
    for part in record.lots:
        lot = present(state, LotRecord, key=part.award_id)
        amount = part.amount_milli
        yield moved(lot, held_milli=-amount, available_milli=amount)


def accepted_cases(lot: LotRecord, state: Slice) -> tuple[ExchangeRecord, ...]:
    """Return the accepted cases that a lot was a source of."""
    cases = (present(state, ExchangeRecord, key=one) for one in lot.exchanges)
    return tuple(one for one in cases if one.status is ExchangeStatus.ACCEPTED)


def has_moved(lot: LotRecord) -> bool:
    """Tell whether part of a lot is held, was used up, or counts in a programme."""
    moved_milli = lot.held_milli + lot.exchanged_milli + lot.redeemed_milli
    # A lot of zero credits counts without any amount to show it.
    return moved_milli > 0 or bool(lot.redemptions)


def is_in_use(lot: LotRecord, state: Slice) -> bool:
    """Tell whether what was done with a lot stands in the way of undoing it."""
    return has_moved(lot) or bool(accepted_cases(lot, state))


def withdrawn(lot: LotRecord) -> LotRecord:
    """Return a lot of which nothing is left: what there was is revoked."""
    amount = lot.available_milli
    revoked = lot.revoked_milli + amount
    return altered(lot, available_milli=0, revoked_milli=revoked, revoked=True)
