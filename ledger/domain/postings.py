"""The same facts as double-entry postings, per issuing member.

Every movement is two postings of one unit (the issuer's credits) that sum to zero, so
the trial balance of any prefix of the log is zero for every member.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ledger.domain.language.dates import day_after
from ledger.domain.language.shapes import Effect
from ledger.domain.rules.alike import amount_milli
from ledger.domain.rules.awards import id_of_award
from ledger.domain.rules.dates import effective_from
from ledger.domain.rules.holds import parts_in
from ledger.domain.state.exchanges import Part
from ledger.domain.statements.awards import CreditAmended, CreditAwarded, CreditRevoked
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import (
    CreditExpired,
    CreditRedeemed,
    ExchangeAccepted,
    ExchangeCancelled,
    ExchangeDeclined,
    ExchangeLapsed,
    ExchangeRequested,
    ExchangeReversed,
    RedemptionReversed,
)
from ledger.domain.types import credits_milli


class Posting(NamedTuple):
    """One side of a movement: ``amount_milli`` thousandths, positive is a debit.

    ``member`` is the unit: whose credits they are. ``effective_on`` is the date from
    which the movement holds in the world.
    """

    account: str
    member: str
    amount_milli: int
    effective_on: str


class LotOwner(NamedTuple):
    """Whose lot a statement moves: its learner and the member that issued it."""

    learner_id: str
    issuer: str


class Redating(NamedTuple):
    """An award of ``amount_milli`` holds from another date than was said before."""

    amount_milli: int
    before: str
    after: str


class CaseParts(NamedTuple):
    """What an exchange or redemption has moved so far, as parts of lots.

    ``held`` is empty where the rule only recognises.
    """

    effect: Effect = Effect.RECOGNISE
    member: str = ""
    held: tuple[Part, ...] = ()
    used: tuple[Part, ...] = ()
    created: tuple[Part, ...] = ()
    superseded: tuple[Part, ...] = ()
    redeemed: tuple[Part, ...] = ()
    enrolment_id: str = ""


class Context(NamedTuple):
    """What a statement's movements depend on besides itself.

    ``owners`` knows every lot that the statement moves or makes; ``before`` is the case
    as it was, and for a request the case as it is now is ``now``. ``recorded_on`` is
    the date of recording in the ledger's time zone.
    """

    owners: Mapping[str, LotOwner]
    recorded_on: str
    before: CaseParts = CaseParts()
    now: CaseParts = CaseParts()
    redating: Redating | None = None


class Move(NamedTuple):
    """So much of a lot's unit from one part to another, from a date on."""

    lot: str
    source: str
    target: str
    amount_milli: int
    effective_on: str


def postings_of(
    made: Iterable[Move], owners: Mapping[str, LotOwner]
) -> tuple[Posting, ...]:
    """Return two postings for each movement that has credits."""
    sides: list[Posting] = []
    for move in made:
        if move.amount_milli:
            sides.extend(_sides(move, owners[move.lot]))
    return tuple(sides)


def sides_of_award(statement: CreditAwarded) -> tuple[tuple[str, str, int], ...]:
    """Return account, member and amount of the postings of an award.

    Without the date, for whoever adds up millions of them: they depend on nothing else.
    """
    amount, unit = amount_milli(statement.body), statement.iss
    if not amount:
        return ()
    issued, available = (
        f"issued:{unit}",
        f"available:{statement.body.learner_id}:{unit}",
    )
    return (issued, unit, -amount), (available, unit, amount)


def _sides(move: Move, owner: LotOwner) -> tuple[Posting, Posting]:
    _, source, target, amount, on = move
    unit = owner.issuer
    return (
        Posting(_account(source, owner), unit, -amount, on),
        Posting(_account(target, owner), unit, amount, on),
    )


def _account(part: str, owner: LotOwner) -> str:
    """Return the account of a part; ``exchanged`` and ``redeemed`` say where to."""
    name, _, rest = part.partition(":")
    match name:
        case "available" | "held":
            return f"{name}:{owner.learner_id}:{owner.issuer}"
        case "exchanged":
            return f"{name}:{owner.issuer}:{rest}"
        case "redeemed":
            return part
        case _:
            return f"{name}:{owner.issuer}"


def moves(statement: Statement, context: Context) -> Iterable[Move]:
    """Return what a statement moves, in the order of its lots.

    An amendment that is a ``redating`` takes the award back at the old date and makes
    it again at the new one: what was known before stays on the books.
    """
    match statement:
        case CreditAwarded() | CreditRevoked() | CreditAmended() | CreditExpired():
            return _of_award(statement, context)
        case CreditRedeemed() | RedemptionReversed():
            return _of_redemption(statement, context)
        case _:
            return _of_case(statement, context)


def _of_case(statement: Statement, context: Context) -> Iterable[Move]:
    today, before = context.recorded_on, context.before
    match statement:
        case ExchangeRequested():
            return (
                *_all(before.held, "held", target="available", on=today),
                *_all(context.now.held, "available", target="held", on=today),
            )
        case ExchangeDeclined() | ExchangeCancelled() | ExchangeLapsed():
            return _all(before.held, "held", target="available", on=today)
        case ExchangeAccepted():
            return _of_acceptance(statement, before, today=today)
        case ExchangeReversed():
            return _of_reversal(before, today=today)
        case _:
            return ()


def _of_redemption(
    statement: CreditRedeemed | RedemptionReversed, context: Context
) -> Iterable[Move]:
    today, before = context.recorded_on, context.before
    if isinstance(statement, CreditRedeemed):
        redeemed = f"redeemed:{statement.body.enrolment_id}"
        return _all(
            parts_in(statement.body.lots), "available", target=redeemed, on=today
        )
    redeemed = f"redeemed:{before.enrolment_id}"
    return _all(before.redeemed, redeemed, target="available", on=today)


def _all(parts: Iterable[Part], source: str, *, target: str, on: str) -> list[Move]:
    return [Move(one.award_id, source, target, one.amount_milli, on) for one in parts]


def _of_award(
    statement: CreditAwarded | CreditRevoked | CreditAmended | CreditExpired,
    context: Context,
) -> Iterable[Move]:
    today, redating = context.recorded_on, context.redating
    match statement:
        case CreditAwarded(body=made):
            on = effective_from(
                assessed_on=made.assessed_on,
                learned_to=made.learned_to,
                recorded_on=today,
            )
            lot, amount = id_of_award(statement), amount_milli(made)
            return (Move(lot, "issued", "available", amount, on),)
        case CreditRevoked(body=taken):
            amount, on = credits_milli(taken.credits), taken.effective_on or today
            return (Move(taken.award_id, "available", "revoked", amount, on),)
        case CreditExpired(body=ended):
            # The last day still counts.
            amount, on = credits_milli(ended.credits), day_after(ended.expired_on)
            return (Move(ended.award_id, "available", "expired", amount, on),)
        case CreditAmended(body=amended) if redating is not None:
            lot, amount = amended.award_id, redating.amount_milli
            return (
                Move(lot, "available", "issued", amount, redating.before),
                Move(lot, "issued", "available", amount, redating.after),
            )
        case _:
            return ()


def _of_acceptance(
    statement: ExchangeAccepted, before: CaseParts, *, today: str
) -> Iterable[Move]:
    body = statement.body
    used = {one.award_id: one.amount_milli for one in parts_in(body.used)}
    exchanged = f"exchanged:{body.member}"
    for held in before.held:
        amount = used.get(held.award_id, 0)
        rest = held.amount_milli - amount
        yield Move(held.award_id, "held", exchanged, amount, today)
        yield Move(held.award_id, "held", "available", rest, today)
    for lot in body.created:
        amount = credits_milli(lot.credits)
        yield Move(lot.lot_id, "issued", "available", amount, today)
    yield from _all(parts_in(body.superseded), "available", target="revoked", on=today)


def _of_reversal(before: CaseParts, *, today: str) -> Iterable[Move]:
    yield from _all(before.created, "available", target="revoked", on=today)
    yield from _all(before.superseded, "revoked", target="available", on=today)
    if before.effect is Effect.CONSUME:
        exchanged = f"exchanged:{before.member}"
        yield from _all(before.used, exchanged, target="available", on=today)
