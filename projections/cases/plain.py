"""Requests and acceptances, which are nearly all that happens to cases.

What they need, move and change is said here of the case, its rule and the owners of its
lots alone. It is what the rules say of them over the whole state
(``tests/property/test_plain_cases.py``), for a part of the time.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from ledger.domain.language.shapes import Effect
from ledger.domain.postings import Move
from ledger.domain.state import (
    ExchangeRecord,
    HeldLot,
    LotRecord,
    Ref,
    RuleRecord,
)
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import (
    ExchangeAccepted,
    ExchangeAcceptedBody,
    ExchangeRequested,
    ExchangeRequestedBody,
)
from ledger.domain.types import credits_milli

Plain = ExchangeRequested | ExchangeAccepted


def is_plain(statement: Statement) -> TypeGuard[Plain]:
    """Tell whether a statement is a first request, or an acceptance."""
    if isinstance(statement, ExchangeRequested):
        # Only of a case that was sent back there is a second one.
        return statement.body.revision == 0
    return isinstance(statement, ExchangeAccepted)


def plain_needs(statement: Plain) -> Iterator[Ref]:
    """Yield what a plain statement is about, but the case and lots that it makes."""
    body = statement.body
    if isinstance(body, ExchangeRequestedBody):
        yield Ref(RuleRecord, body.rule)
        yield from (Ref(LotRecord, lot.award_id) for lot in body.lots)
        return
    yield Ref(ExchangeRecord, body.exchange_id)
    yield from (Ref(LotRecord, lot.award_id) for lot in body.used)


def plain_moves(
    statement: Plain, case: ExchangeRecord, *, rule: RuleRecord, on: str
) -> tuple[Move, ...]:
    """Return what a plain statement moves on a day.

    ``case`` is as its request makes it: its acceptance has not changed it yet.
    """
    effect, body = rule.terms.effect, statement.body
    if isinstance(body, ExchangeAcceptedBody):
        held = case.lots if effect is Effect.CONSUME else ()
        used = {one.award_id: credits_milli(one.credits) for one in body.used}
        taken = _taken(held, used, to=f"exchanged:{body.member}", on=on)
        return (*taken, *_made(body, on=on))
    if effect is Effect.RECOGNISE:
        return ()
    return tuple(
        Move(one.award_id, "available", "held", one.amount_milli, on)
        for one in case.lots
    )


def _taken(
    held: Iterable[HeldLot], used: Mapping[str, int], *, to: str, on: str
) -> Iterator[Move]:
    for one in held:
        amount = used.get(one.award_id, 0)
        yield Move(one.award_id, "held", to, amount, on)
        rest = one.amount_milli - amount
        yield Move(one.award_id, "held", "available", rest, on)


def _made(body: ExchangeAcceptedBody, *, on: str) -> Iterator[Move]:
    for lot in body.created:
        yield Move(lot.lot_id, "issued", "available", credits_milli(lot.credits), on)
    for part in body.superseded:
        amount = credits_milli(part.credits)
        yield Move(part.award_id, "available", "revoked", amount, on)
