"""Who takes part in the consortium's history, and how its awards are called."""

from ledger.domain.rules.awards import award_id
from ledger.domain.types import instant_of
from tests.bank import LEARNER, SCHOOL, Bank, reference_tag

OTHER = "south-college"
COMMITTEE = "experts"
OLD_SCHOOL = "old-college"
SECOND = "learner_" + "0" * 31 + "2"
THIRD = "learner_" + "0" * 31 + "3"
LEARNERS = (LEARNER, SECOND, THIRD)


def award_of(reference: str, revision: int = 0, *, member: str = SCHOOL) -> str:
    """Return the id of an award."""
    tag = reference_tag(reference)
    return award_id(member_id=member, reference_tag=tag, revision=revision)


def mandate(bank: Bank) -> dict[str, object]:
    """Return a learner's mandate of this moment."""
    return {
        "by": "learner",
        "method": "paper",
        "proof": "o" * 43,
        "notice_version": "2026-1",
        "at": instant_of(bank.clock.now()),
    }
