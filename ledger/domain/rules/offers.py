"""Whether lots may be offered at all, whatever for.

What a learner may not offer is refused before anything is said about the rule.
"""

from collections.abc import Iterable

from ledger.domain.errors import exchanges as errors
from ledger.domain.rules.cases import Case
from ledger.domain.rules.eligibility import check_usable
from ledger.domain.rules.envelope import is_contested, present
from ledger.domain.state import LotRecord, Slice


def check_offers(case: Case, state: Slice) -> None:
    """Check that each lot of a case is the learner's and sound.

    Raises:
        LotUnusableError: a lot is not the learner's, or does not stand as it was given.
    """
    for number, lot in enumerate(case.lots):
        pointer = f"/body/lots/{number}"
        check_sound(lot, state, pointer=pointer, learner_ids=case.learner_ids)


def check_sound(
    lot: LotRecord, state: Slice, *, pointer: str, learner_ids: Iterable[str]
) -> None:
    """Check that a lot is usable, and that no act that led to it is in doubt.

    Raises:
        LotUnusableError: ``reason`` says why it is not.
    """
    check_usable(lot, state, pointer=pointer, learner_ids=learner_ids)
    pending = list(lot.derived_from)
    while pending:
        source = present(state, LotRecord, key=pending.pop().award_id)
        if is_contested(state, kid=source.kid, position=source.position):
            raise errors.LotUnusableError(
                pointer=f"{pointer}/award_id", reason="contested"
            )
        pending.extend(source.derived_from)
