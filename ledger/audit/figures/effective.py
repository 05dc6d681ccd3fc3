"""What held in the world on a date, of what was recorded."""

from collections import Counter, defaultdict

from ledger.audit.rebuild import Step
from ledger.audit.replay import AnyAct
from ledger.domain.moving import context_of
from ledger.domain.postings import Move, moves
from ledger.domain.rules.batches import BatchAct
from ledger.domain.state import LotRecord, Slice

PARTS = ("available", "held", "exchanged", "redeemed", "expired", "revoked")
_ELSEWHERE = PARTS[:4]


class Effective:
    """Sums, lot by lot, every movement that holds on a date. Observes a replay."""

    def __init__(self, day: str) -> None:
        """Look at what holds by the end of ``day``."""
        self._day = day
        self._sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._times: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._begins: dict[str, str] = {}

    def before(self, act: AnyAct, state: Slice) -> None:
        """Sum what an act moves."""
        if isinstance(act, BatchAct):
            return
        for move in moves(act.statement, context_of(act, state)):
            self._take(move)

    def after(self, step: Step, state: Slice) -> None:
        """Nothing: what it moves is known before."""

    def _take(self, move: Move) -> None:
        source, target = (part.partition(":")[0] for part in (move.source, move.target))
        if source == "issued":
            # An amendment issues it anew: the last date said is the one that counts.
            self._begins[move.lot] = move.effective_on
        if move.effective_on > self._day:
            return
        sums, times = self._sums[move.lot], self._times[move.lot]
        sums[source] -= move.amount_milli
        sums[target] += move.amount_milli
        times[source] -= 1
        times[target] += 1

    def lot(self, lot: LotRecord) -> LotRecord | None:
        """Return a lot with its parts on the date; None while it does not hold yet."""
        if self._begins.get(lot.award_id, lot.recorded_on) > self._day:
            return None
        sums, times = self._sums[lot.award_id], self._times[lot.award_id]
        left = any(sums[part] for part in _ELSEWHERE) or times["redeemed"] > 0
        parts = {f"{part}_milli": sums[part] for part in PARTS}
        revoked = times["revoked"] > 0 and not left
        return LotRecord(**{**dict(lot), **parts, "revoked": revoked})
