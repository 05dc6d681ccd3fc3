"""The same facts as double-entry postings, per issuing member.

Every movement is two postings of one unit (the issuer's credits) that sum to zero, so
the trial balance of any prefix of the log is zero for every member.
"""

from dataclasses import dataclass
from typing import NamedTuple

from ledger.domain.rules.awards import amount_milli
from ledger.domain.rules.dates import effective_from
from ledger.domain.statements.awards import CreditAmended, CreditAwarded, CreditRevoked
from ledger.domain.statements.envelope import Statement
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOwner:
    """Whose lot a statement moves: its learner and the member that issued it."""

    learner_id: str
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redating:
    """An award of ``amount_milli`` holds from another date than was said before."""

    amount_milli: int
    before: str
    after: str


def postings(
    statement: Statement,
    *,
    owner: LotOwner,
    recorded_on: str,
    redating: Redating | None = None,
) -> tuple[Posting, ...]:
    """Return the movements a statement makes, two postings each; none without credits.

    ``recorded_on`` is the date of recording in the ledger's time zone. An amendment
    that is a ``redating`` takes the award back at the old date and makes it again at
    the new one: what was known before stays on the books.
    """
    moves = _moves(statement, owner, recorded_on=recorded_on, redating=redating)
    sides: list[Posting] = []
    for source, target, amount, effective_on in moves:
        if amount:
            sides.append(Posting(source, owner.issuer, -amount, effective_on))
            sides.append(Posting(target, owner.issuer, amount, effective_on))
    return tuple(sides)


def _moves(
    statement: Statement,
    owner: LotOwner,
    *,
    recorded_on: str,
    redating: Redating | None,
) -> tuple[tuple[str, str, int, str], ...]:
    """Return what goes from which account to which, how much, and from when."""
    available = f"available:{owner.learner_id}:{owner.issuer}"
    issued, revoked = f"issued:{owner.issuer}", f"revoked:{owner.issuer}"
    match statement:
        case CreditAwarded(body=body):
            effective_on = effective_from(
                assessed_on=body.assessed_on,
                learned_to=body.learned_to,
                recorded_on=recorded_on,
            )
            return ((issued, available, amount_milli(body), effective_on),)
        case CreditRevoked(body=body):
            effective_on = body.effective_on or recorded_on
            return ((available, revoked, credits_milli(body.credits), effective_on),)
        case CreditAmended() if redating is not None:
            amount = redating.amount_milli
            return (
                (available, issued, amount, redating.before),
                (issued, available, amount, redating.after),
            )
        case _:
            return ()
