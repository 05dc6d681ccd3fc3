"""The same facts as double-entry postings, per issuing member.

Every movement is two postings of one unit (the issuer's credits) that sum to zero, so
the trial balance of any prefix of the log is zero for every member.
"""

from dataclasses import dataclass

from ledger.domain.rules.awards import amount_milli
from ledger.domain.statements.awards import CreditAwarded, CreditRevoked
from ledger.domain.statements.envelope import Statement
from ledger.domain.types import credits_milli


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
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


def postings(
    statement: Statement, *, owner: LotOwner, recorded_on: str
) -> tuple[Posting, ...]:
    """Return the movement a statement makes; none if it moves no credits.

    ``recorded_on`` is the date of recording in the ledger's time zone.
    """
    available = f"available:{owner.learner_id}:{owner.issuer}"
    match statement:
        case CreditAwarded(body=body):
            source, target = f"issued:{owner.issuer}", available
            amount = amount_milli(body)
            effective_on = body.assessed_on or body.learned_to or recorded_on
        case CreditRevoked(body=body):
            source, target = available, f"revoked:{owner.issuer}"
            amount = credits_milli(body.credits)
            effective_on = body.effective_on or recorded_on
        case _:
            return ()
    if amount == 0:
        return ()
    return tuple(
        Posting(
            account=account,
            member=owner.issuer,
            amount_milli=signed,
            effective_on=effective_on,
        )
        for account, signed in ((source, -amount), (target, amount))
    )
