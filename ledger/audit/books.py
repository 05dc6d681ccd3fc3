"""The auditor's own books: every movement posted twice, every lot added up."""

from collections import Counter
from collections.abc import Iterable, Iterator

from ledger.domain.moving import context_of
from ledger.domain.postings import postings
from ledger.domain.rules.act import Act
from ledger.domain.rules.awards import amount_milli
from ledger.domain.state import LotRecord, Record, Slice
from ledger.domain.statements.awards import CreditAwarded
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

    def post(self, act: Act[Statement], state: Slice) -> None:
        """Post what an accepted act moves. ``state`` is without its effects yet.

        Raises:
            LookupError: the act is about something that does not exist.
        """
        for posting in postings(act.statement, context_of(act, state)):
            self.accounts[posting.account] += posting.amount_milli
            self.members[posting.member] += posting.amount_milli
        if isinstance(act.statement, CreditAwarded):
            self.awards += 1
            self.awarded_milli += amount_milli(act.statement.body)

    def disagreements(self, lots: Iterable[LotRecord]) -> Iterator[str]:
        """Name every account whose postings differ from the lots behind it."""
        known, expected = list(lots), Counter[str]()
        for lot in known:
            holder = f"{lot.learner_id}:{lot.issuer}"
            expected[f"available:{holder}"] += lot.available_milli
            expected[f"held:{holder}"] += lot.held_milli
            expected[f"revoked:{lot.issuer}"] += lot.revoked_milli
            expected[f"expired:{lot.issuer}"] += lot.expired_milli
            expected[f"issued:{lot.issuer}"] -= lot.awarded_milli
        for part in ("exchanged", "redeemed"):
            expected[part] = sum(getattr(lot, f"{part}_milli") for lot in known)
        actual: Counter[str] = Counter()
        for account, amount in self.accounts.items():
            part = account.partition(":")[0]
            actual[part if part in {"exchanged", "redeemed"} else account] += amount
        for account in sorted(expected.keys() | actual.keys()):
            if expected[account] != actual[account]:
                yield account


def broken_lots(changes: Iterable[Record]) -> Iterator[str]:
    """Name every lot whose parts are negative or do not add up."""
    for record in changes:
        if not isinstance(record, LotRecord):
            continue
        parts = [getattr(record, part) for part in _PARTS]
        if min(parts) < 0 or sum(parts) != record.awarded_milli:
            yield record.award_id
