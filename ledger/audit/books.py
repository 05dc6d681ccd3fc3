"""The auditor's own books: every movement posted twice, every lot added up."""

from collections import Counter
from collections.abc import Iterable, Iterator

from ledger.domain.postings import LotOwner, postings
from ledger.domain.rules.act import Act
from ledger.domain.state import LotRecord, Record
from ledger.domain.statements.awards import CreditAwarded, CreditRevoked
from ledger.domain.statements.envelope import Statement

_PARTS = (
    "available_milli",
    "held_milli",
    "exchanged_milli",
    "redeemed_milli",
    "expired_milli",
    "revoked_milli",
)


class Books:
    """Totals per account and per member, in thousandths of a credit."""

    def __init__(self) -> None:
        """Open empty books."""
        self.accounts: Counter[str] = Counter()
        self.members: Counter[str] = Counter()
        self.awards = 0
        self.awarded_milli = 0

    def post(self, act: Act[Statement], changes: Iterable[Record]) -> None:
        """Post what an accepted act moves. ``changes`` are the records it changed."""
        if not isinstance(act.statement, CreditAwarded | CreditRevoked):
            return
        lot = next(one for one in changes if isinstance(one, LotRecord))
        owner = LotOwner(learner_id=lot.learner_id, issuer=lot.issuer)
        for posting in postings(
            act.statement, owner=owner, recorded_on=act.recorded_on
        ):
            self.accounts[posting.account] += posting.amount_milli
            self.members[posting.member] += posting.amount_milli
        if isinstance(act.statement, CreditAwarded):
            self.awards += 1
            self.awarded_milli += lot.awarded_milli

    def disagreements(self, lots: Iterable[LotRecord]) -> Iterator[str]:
        """Name every account whose postings differ from the lots behind it."""
        expected: Counter[str] = Counter()
        for lot in lots:
            holder = f"available:{lot.learner_id}:{lot.issuer}"
            expected[holder] += lot.available_milli
            expected[f"revoked:{lot.issuer}"] += lot.revoked_milli
            expected[f"issued:{lot.issuer}"] -= lot.awarded_milli
        for account in sorted(expected.keys() | self.accounts.keys()):
            if expected[account] != self.accounts[account]:
                yield account


def broken_lots(changes: Iterable[Record]) -> Iterator[str]:
    """Name every lot whose parts are negative or do not add up."""
    for record in changes:
        if not isinstance(record, LotRecord):
            continue
        parts = [getattr(record, part) for part in _PARTS]
        if min(parts) < 0 or sum(parts) != record.awarded_milli:
            yield record.award_id
