"""Who recognised whose credits (互认对账), recounted from lots and their roots.

The read side makes the same lines from the signed bodies; here they follow from the
roots that the rules left behind each lot. Both share only the arithmetic of shares.
"""

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from ledger.audit.ordered import IN_MEMORY_MAX, OrderedState
from ledger.audit.rebuild import Step
from ledger.audit.replay import AnyAct
from ledger.audit.spilling import SpillingState
from ledger.domain.language.arithmetic import apportion
from ledger.domain.language.dates import day_after
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import BatchAct
from ledger.domain.rules.envelope import present
from ledger.domain.rules.periods import OPEN
from ledger.domain.rules.shares import taken_back
from ledger.domain.state import (
    AchievementRecord,
    LotRecord,
    PeriodRecord,
    Record,
    Slice,
)
from ledger.domain.statements.awards import CreditRevoked
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import ExchangeAccepted, ExchangeReversed
from ledger.domain.types import credits_milli, credits_text


class Pair(NamedTuple):
    """Who recognised credits of whom, and of what kind of achievement."""

    recogniser: str
    root_member: str
    category: str


class ConvertedRecord(Record):
    """A lot that an exchange made: whom it recognises, and what is left of that.

    ``pairs`` and ``left`` are by root, in thousandths.
    """

    kind: ClassVar[str] = "converted"
    key_fields: ClassVar[tuple[str, ...]] = ("lot",)

    lot: str
    case: str
    pairs: tuple[tuple[str, str, str], ...]
    left: tuple[int, ...]


class WrittenRecord(Record):
    """What a case has written of each lot, by root."""

    kind: ClassVar[str] = "written"
    key_fields: ClassVar[tuple[str, ...]] = ("case",)

    case: str
    lots: dict[str, tuple[int, ...]]


class Recognised:
    """Sums what was recognised, by day and pair. Observes a replay."""

    def __init__(self, *, in_memory_max: int = IN_MEMORY_MAX) -> None:
        """Start with nothing recognised."""
        self.amounts: Counter[tuple[str, Pair]] = Counter()
        self.lines: Counter[tuple[str, Pair]] = Counter()
        self._known = SpillingState(in_memory_max)

    def before(self, act: AnyAct, state: Slice) -> None:
        """Nothing: what is recognised is known after."""

    def after(self, step: Step, state: Slice) -> None:
        """Sum what an act recognises or takes back."""
        act = step.act
        if act is None or isinstance(act, BatchAct):
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
            case CreditRevoked(body=taken):
                lot = self._known.find(ConvertedRecord, taken.award_id)
                if lot is not None:
                    amount = credits_milli(taken.credits)
                    self._take(act, lot.lot, amount=amount, case=lot.case)
            case _:
                return

    def close(self) -> None:
        """Let go of what was written down."""
        self._known.close()

    def _make(self, act: Act[Statement], lot: LotRecord, *, state: Slice) -> None:
        pairs = tuple(
            _pair(lot, present(state, LotRecord, key=root.award_id), state=state)
            for root in lot.roots
        )
        case, left = lot.exchange_id or "", (0,) * len(lot.roots)
        made = ConvertedRecord(lot=lot.award_id, case=case, pairs=pairs, left=left)
        weights = [root.amount_milli for root in lot.roots]
        shares = apportion(lot.awarded_milli, weights)
        self._write(act, made, amounts=tuple(shares), case=case)

    def _take(
        self, act: Act[Statement], lot: str, *, amount: int | None, case: str
    ) -> None:
        made = present(self._known, ConvertedRecord, key=lot)
        whole = sum(made.left) if amount is None else amount
        amounts = tuple(taken_back(made.left, amount=whole))
        self._write(act, made, amounts=amounts, case=case)

    def _undo(self, act: Act[Statement], case: str) -> None:
        written = self._known.find(WrittenRecord, case)
        for lot, amounts in (written.lots if written else {}).items():
            made = present(self._known, ConvertedRecord, key=lot)
            back = tuple(-one for one in amounts)
            self._write(act, made, amounts=back, case=case)

    def _write(
        self,
        act: Act[Statement],
        made: ConvertedRecord,
        *,
        amounts: tuple[int, ...],
        case: str,
    ) -> None:
        written = self._known.find(WrittenRecord, case)
        lots = written.lots if written else {}
        so_far = lots.get(made.lot, (0,) * len(amounts))
        lots = {**lots, made.lot: _added(so_far, amounts)}
        left = _added(made.left, amounts)
        self._known.put(
            [
                WrittenRecord(case=case, lots=lots),
                made.replacing(left=left),
            ]
        )
        for parts, amount in zip(made.pairs, amounts, strict=True):
            pair = Pair(*parts)
            self.amounts[act.recorded_on, pair] += amount
            self.lines[act.recorded_on, pair] += 1

    def totals(self, state: OrderedState) -> Iterator[dict[str, object]]:
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


def periods(state: OrderedState) -> list[PeriodRecord]:
    """Return the closed periods in the order of time."""
    return sorted(state.all_of(PeriodRecord), key=lambda one: one.number)


def open_from(state: OrderedState) -> str | None:
    """Return the first day of what is not closed yet; None if nothing is closed."""
    closed = periods(state)
    return day_after(closed[-1].last_day) if closed else None


def _ends(state: OrderedState) -> list[tuple[str, str]]:
    closed = [(one.code, one.last_day) for one in periods(state)]
    return [*closed, (OPEN, "9999-12-31")]


def _added(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(one + other for one, other in zip(left, right, strict=True))


def _pair(lot: LotRecord, root: LotRecord, *, state: Slice) -> Pair:
    achievement = present(state, AchievementRecord, key=root.achievement or "")
    return Pair(lot.issuer, root.issuer, achievement.achievement_kind.value)
