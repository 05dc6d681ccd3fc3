"""What held in the world on a date, of what was recorded."""

from typing import ClassVar, Final

from ledger.audit.ordered import IN_MEMORY_MAX
from ledger.audit.rebuild import Step
from ledger.audit.replay import AnyAct
from ledger.audit.spilling import SpillingState
from ledger.domain.moving import moved_by
from ledger.domain.postings import Move
from ledger.domain.rules.batches import BatchAct
from ledger.domain.rules.dates import effective_from
from ledger.domain.state import LotRecord, Record, Slice
from ledger.domain.statements.awards import CreditAwarded

PARTS = ("available", "held", "exchanged", "redeemed", "expired", "revoked")
_ELSEWHERE = PARTS[:4]
_NEVER: Final = "9999-12-31"


class MovedRecord(Record):
    """What the movements of a lot add up to on a date, and how often it was moved.

    ``sums`` and ``times`` are by part. It holds from ``begins`` on.
    """

    kind: ClassVar[str] = "moved"
    key_fields: ClassVar[tuple[str, ...]] = ("lot",)

    lot: str
    begins: str
    sums: dict[str, int]
    times: dict[str, int]


class Effective:
    """Sums, lot by lot, every movement that holds on a date. Observes a replay.

    A lot of an award that nothing else has moved says itself what that moved.
    """

    def __init__(self, day: str, *, in_memory_max: int = IN_MEMORY_MAX) -> None:
        """Look at what holds by the end of ``day``."""
        self._day = day
        self._moved = SpillingState(in_memory_max)

    def before(self, act: AnyAct, state: Slice) -> None:
        """Sum what an act moves."""
        if isinstance(act, BatchAct) or isinstance(act.statement, CreditAwarded):
            return
        _, moved = moved_by(act, state)
        for move in moved:
            self._take(move, state.find(LotRecord, move.lot))

    def after(self, step: Step, state: Slice) -> None:
        """Nothing: what it moves is known before."""

    def close(self) -> None:
        """Let go of what was written down."""
        self._moved.close()

    def _take(self, move: Move, lot: LotRecord | None) -> None:
        source, target = (part.partition(":")[0] for part in (move.source, move.target))
        moved = self._moved_of(move.lot, lot)
        # An amendment issues it anew: the last date said is the one that counts.
        begins = move.effective_on if source == "issued" else moved.begins
        sums, times = dict(moved.sums), dict(moved.times)
        if move.effective_on <= self._day:
            sums[source] = sums.get(source, 0) - move.amount_milli
            sums[target] = sums.get(target, 0) + move.amount_milli
            times[source] = times.get(source, 0) - 1
            times[target] = times.get(target, 0) + 1
        after = MovedRecord(lot=move.lot, begins=begins, sums=sums, times=times)
        self._moved.put([after])

    def _moved_of(self, name: str, lot: LotRecord | None) -> MovedRecord:
        """Return what has moved a lot so far; None stands for one that is new."""
        found = self._moved.find(MovedRecord, name)
        if found is not None:
            return found
        if lot is None:
            return MovedRecord(lot=name, begins=_NEVER, sums={}, times={})
        begins = effective_from(
            assessed_on=lot.assessed_on,
            learned_to=lot.learned_to,
            recorded_on=lot.recorded_on,
        )
        holds = begins <= self._day
        sums = {"available": lot.awarded_milli} if holds else {}
        return MovedRecord(lot=name, begins=begins, sums=sums, times={})

    def lot(self, lot: LotRecord) -> LotRecord | None:
        """Return a lot with its parts on the date; None while it does not hold yet."""
        moved = self._moved_of(lot.award_id, lot)
        if moved.begins > self._day:
            return None
        sums, times = moved.sums, moved.times
        left = times.get("redeemed", 0) > 0 or any(
            sums.get(part, 0) for part in _ELSEWHERE
        )
        parts = {f"{part}_milli": sums.get(part, 0) for part in PARTS}
        revoked = times.get("revoked", 0) > 0 and not left
        return LotRecord(**{**dict(lot), **parts, "revoked": revoked})
