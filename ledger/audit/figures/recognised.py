"""Who recognised whose credits (互认对账), recounted from lots and their roots.

The read side makes the same lines from the signed bodies; here they follow from the
roots that the rules left behind each lot. Both share only the arithmetic of shares.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from ledger.audit.rebuild import Step
from ledger.audit.replay import AnyAct
from ledger.domain.language.arithmetic import apportion
from ledger.domain.language.dates import day_after
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import BatchAct
from ledger.domain.rules.envelope import present
from ledger.domain.rules.periods import OPEN
from ledger.domain.rules.shares import taken_back
from ledger.domain.state import AchievementRecord, LotRecord, PeriodRecord, Slice
from ledger.domain.statements.awards import CreditRevoked
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import ExchangeAccepted, ExchangeReversed
from ledger.domain.types import credits_milli, credits_text


class Pair(NamedTuple):
    """Who recognised credits of whom, and of what kind of achievement."""

    recogniser: str
    root_member: str
    category: str


class Recognised:
    """Sums what was recognised, by day and pair. Observes a replay."""

    def __init__(self) -> None:
        """Start with nothing recognised."""
        self.amounts: Counter[tuple[str, Pair]] = Counter()
        self.lines: Counter[tuple[str, Pair]] = Counter()
        self._pairs: dict[str, list[Pair]] = {}
        self._left: dict[str, list[int]] = {}
        self._cases: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
        self._case_of: dict[str, str] = {}

    def before(self, act: AnyAct, state: Slice) -> None:
        """Nothing: what is recognised is known after."""

    def after(self, step: Step, state: Slice) -> None:
        """Sum what an act recognises or takes back."""
        act = step.act
        if isinstance(act, BatchAct):
            return
        match act.statement:
            case ExchangeAccepted(body=accepted):
                for created in accepted.created:
                    self._make(
                        act, present(state, LotRecord, key=created.lot_id), state=state
                    )
                for part in accepted.superseded:
                    case = accepted.exchange_id
                    self._take(act, part.award_id, amount=None, case=case)
            case ExchangeReversed(body=reversed_):
                self._undo(act, reversed_.exchange_id)
            case CreditRevoked(body=taken) if taken.award_id in self._pairs:
                lot, amount = taken.award_id, credits_milli(taken.credits)
                self._take(act, lot, amount=amount, case=self._case_of[lot])
            case _:
                return

    def _make(self, act: Act[Statement], lot: LotRecord, *, state: Slice) -> None:
        self._pairs[lot.award_id] = [
            _pair(lot, present(state, LotRecord, key=root.award_id), state=state)
            for root in lot.roots
        ]
        self._left[lot.award_id] = [0] * len(lot.roots)
        self._case_of[lot.award_id] = case = lot.exchange_id or ""
        weights = [root.amount_milli for root in lot.roots]
        shares = apportion(lot.awarded_milli, weights)
        self._write(act, lot.award_id, amounts=list(shares), case=case)

    def _take(
        self, act: Act[Statement], lot: str, *, amount: int | None, case: str
    ) -> None:
        left = self._left.get(lot, [])
        whole = sum(left) if amount is None else amount
        self._write(act, lot, amounts=taken_back(left, amount=whole), case=case)

    def _undo(self, act: Act[Statement], case: str) -> None:
        for lot, amounts in list(self._cases[case].items()):
            self._write(act, lot, amounts=[-one for one in amounts], case=case)

    def _write(
        self, act: Act[Statement], lot: str, *, amounts: list[int], case: str
    ) -> None:
        so_far = self._cases[case].get(lot, [0] * len(amounts))
        self._cases[case][lot] = _added(so_far, amounts)
        self._left[lot] = _added(self._left[lot], amounts)
        for pair, amount in zip(self._pairs[lot], amounts, strict=True):
            self.amounts[act.recorded_on, pair] += amount
            self.lines[act.recorded_on, pair] += 1

    def totals(self, state: Slice) -> Iterator[dict[str, object]]:
        """Yield what each member recognised of each other, period by period."""
        ends = _ends(state)
        amounts: Counter[tuple[int, Pair]] = Counter()
        lines: Counter[tuple[int, Pair]] = Counter()
        for (day, pair), count in self.lines.items():
            number = next(n for n, (_, end) in enumerate(ends) if day <= end)
            amounts[number, pair] += self.amounts[day, pair]
            lines[number, pair] += count
        for number, pair in sorted(lines):
            yield {
                "period": ends[number][0],
                **pair._asdict(),
                "credits": credits_text(amounts[number, pair]),
                "lines": lines[number, pair],
            }


def periods(state: Slice) -> list[PeriodRecord]:
    """Return the closed periods in the order of time."""
    found = (one for one in state.known.values() if isinstance(one, PeriodRecord))
    return sorted(found, key=lambda one: one.number)


def open_from(state: Slice) -> str | None:
    """Return the first day of what is not closed yet; None if nothing is closed."""
    closed = periods(state)
    return day_after(closed[-1].last_day) if closed else None


def _ends(state: Slice) -> list[tuple[str, str]]:
    closed = [(one.code, one.last_day) for one in periods(state)]
    return [*closed, (OPEN, "9999-12-31")]


def _added(left: list[int], right: list[int]) -> list[int]:
    return [one + other for one, other in zip(left, right, strict=True)]


def _pair(lot: LotRecord, root: LotRecord, *, state: Slice) -> Pair:
    achievement = present(state, AchievementRecord, key=root.achievement or "")
    return Pair(lot.issuer, root.issuer, achievement.achievement_kind.value)
