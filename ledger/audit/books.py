"""The auditor's own books: every movement posted twice, every lot added up.

What postings and lots say of an account must agree at the end. Only where they differ
is kept on the way: most acts change both alike, and leave nothing behind.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from ledger.audit.progress.form import BooksKept
from ledger.domain.moving import context_of
from ledger.domain.postings import postings, sides_of_award
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
_TOTALS: Final = frozenset({"exchanged", "redeemed"})
"""Parts of a lot that do not tell where its credits went: they are added up."""

Moves = tuple[tuple[str, str, int], ...]
"""Postings as account, member and thousandths of a credit."""


def moves_of(act: Act[Statement], state: Slice) -> Moves:
    """Return what an accepted act posts. ``state`` is without its effects yet.

    Raises:
        LookupError: the act is about something that does not exist.
        NotLoadedError: it takes more to know than the state tells.
    """
    if isinstance(act.statement, CreditAwarded):
        return sides_of_award(act.statement)
    made = postings(act.statement, context_of(act, state))
    return tuple((one.account, one.member, one.amount_milli) for one in made)


class Books:
    """Totals per member, and where postings and lots differ, in thousandths."""

    def __init__(self) -> None:
        """Open empty books."""
        self._differences: Counter[str] = Counter()
        self.members: Counter[str] = Counter()
        self.awards = 0
        self.awarded_milli = 0

    def post(self, act: Act[Statement], moves: Moves) -> None:
        """Post what an accepted act moves."""
        for account, member, amount in moves:
            part = account.partition(":")[0]
            self._add(part if part in _TOTALS else account, amount)
            self.members[member] += amount
        if isinstance(act.statement, CreditAwarded):
            self.awards += 1
            self.awarded_milli += amount_milli(act.statement.body)

    def add_balanced(self, awarded_milli: int | None, count: int = 1) -> None:
        """Count what was posted and weighed elsewhere, and left nothing over.

        So often, if ``count`` acts moved the same.
        """
        if awarded_milli is not None:
            self.awards += count
            self.awarded_milli += count * awarded_milli

    def weigh(self, changes: Iterable[Record], state: Slice) -> None:
        """Hold lots as an act leaves them against the state without its effects."""
        lots = {one.award_id: one for one in changes if isinstance(one, LotRecord)}
        for lot in lots.values():
            before = state.find(LotRecord, lot.award_id)
            if before is not None:
                self._add_lot(before, sign=1)
            self._add_lot(lot, sign=-1)

    def disagreements(self) -> Iterator[str]:
        """Name every account whose postings differ from the lots behind it."""
        yield from sorted(self._differences)

    def kept(self) -> BooksKept:
        """Return what to keep, to go on from here."""
        return BooksKept(
            awarded_milli=self.awarded_milli,
            awards=self.awards,
            differences=dict(self._differences),
            members=dict(self.members),
        )

    def go_on(self, kept: BooksKept) -> None:
        """Stand where other books were left."""
        self.awarded_milli, self.awards = kept.awarded_milli, kept.awards
        self._differences = Counter(kept.differences)
        self.members = Counter(kept.members)

    def _add_lot(self, lot: LotRecord, *, sign: int) -> None:
        holder = f"{lot.learner_id}:{lot.issuer}"
        self._add(f"available:{holder}", sign * lot.available_milli)
        self._add(f"held:{holder}", sign * lot.held_milli)
        self._add(f"revoked:{lot.issuer}", sign * lot.revoked_milli)
        self._add(f"expired:{lot.issuer}", sign * lot.expired_milli)
        self._add(f"issued:{lot.issuer}", -sign * lot.awarded_milli)
        self._add("exchanged", sign * lot.exchanged_milli)
        self._add("redeemed", sign * lot.redeemed_milli)

    def _add(self, account: str, amount: int) -> None:
        if not amount:
            return
        difference = self._differences[account] + amount
        if difference:
            self._differences[account] = difference
        else:
            del self._differences[account]


def is_balanced(lot: LotRecord, moves: Moves) -> bool:
    """Tell whether postings and a new lot agree, and all of it is available.

    Then ``Books`` would be left as they are, and ``broken_lots`` name nothing.
    """
    amount, unit = lot.awarded_milli, lot.issuer
    parts = (0, amount, 0, 0, 0, 0, 0)
    if parts != (
        min(amount, 0),
        lot.available_milli,
        *(getattr(lot, one) for one in _PARTS[1:]),
    ):
        return False
    holder = f"available:{lot.learner_id}:{unit}"
    weighed = ((f"issued:{unit}", unit, -amount), (holder, unit, amount))
    return moves == (weighed if amount else ())


def broken_lots(changes: Iterable[Record]) -> Iterator[str]:
    """Name every lot whose parts are negative or do not add up."""
    for record in changes:
        if not isinstance(record, LotRecord):
            continue
        parts = [getattr(record, part) for part in _PARTS]
        if min(parts) < 0 or sum(parts) != record.awarded_milli:
            yield record.award_id
