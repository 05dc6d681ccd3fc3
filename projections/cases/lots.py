"""Lots as far as the read side knows them: whose they are, and what they were made for.

Whatever the rules make of their parts is left to the postings.
"""

from typing import Final

from ledger.domain.state import LotRecord, Root
from ledger.domain.statements.awards import Basis
from ledger.making import maker
from projections.known import KnownAward

_new_lot: Final = maker(LotRecord)
_new_root: Final = maker(Root)


def lot_of(award_id: str, known: KnownAward) -> LotRecord:
    """Return a lot for the rules, without what they are not asked for here."""
    return _new_lot(
        award_id=award_id,
        learner_id=known.learner_id,
        issuer=known.issuer,
        achievement=None,
        basis=Basis.ISSUED,
        passed=True,
        awarded_milli=known.amount_milli,
        available_milli=known.amount_milli,
        revision=0,
        workload=None,
        level=None,
        learned_from=None,
        learned_to=None,
        assessed_on=None,
        valid_until=None,
        position=0,
        recorded_at="",
        recorded_on="",
        kid="",
        body_hash="",
        roots=(_new_root(award_id=award_id, amount_milli=known.amount_milli),),
        path=(known.issuer,),
    )
