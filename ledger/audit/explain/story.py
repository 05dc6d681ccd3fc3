"""Tells what became of lots, act by act, from what the acts move.

The running sums come from the movements, which follow from the signed bodies; the lots
that they end at are records of the rules. ``disagreements`` holds both together.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.audit.figures.effective import PARTS
from ledger.audit.rebuild import Step
from ledger.audit.replay import AnyAct
from ledger.domain.moving import moved_by
from ledger.domain.postings import Move
from ledger.domain.rules.act import Act
from ledger.domain.rules.batches import BatchAct
from ledger.domain.state import ExchangeRecord, LotRecord, Root, Slice
from ledger.domain.statements.awards import CreditRevoked
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import CreditExpired, ExchangeAccepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose lots are told: those of learners, or certain ones."""

    learners: frozenset[str] = frozenset()
    lots: frozenset[str] = frozenset()

    def has(self, lot: str, learner_id: str) -> bool:
        """Tell whether a lot is told of."""
        return lot in self.lots or learner_id in self.learners


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one act did to one lot: moved so much from one part to another, or nothing.

    ``available_milli`` is the sum of all lots told, after it. A line does not ``count``
    that holds in the world only after the date asked for. ``origins`` are the lots that
    a converted one was made from, ``made`` those that were made of it.
    """

    act: Act[Statement]
    lot: str
    source: str = ""
    target: str = ""
    amount_milli: int = 0
    effective_on: str
    counts: bool = True
    available_milli: int = 0
    changed: tuple[str, ...] = ()
    case: str = ""
    rule: str = ""
    why: str = ""
    origins: tuple[Root, ...] = ()
    made: tuple[str, ...] = ()

    @property
    def in_milli(self) -> int:
        """Return what became available."""
        return self.amount_milli if self.target == "available" else 0

    @property
    def out_milli(self) -> int:
        """Return what is available no more."""
        return self.amount_milli if self.source == "available" else 0


class Story:
    """Collects lines about a subject. Observes a replay."""

    def __init__(self, subject: Subject, *, effective_on: str | None = None) -> None:
        """Start with nothing told."""
        self.lines: list[Line] = []
        self.lots: dict[str, LotRecord] = {}
        self._subject = subject
        self._day = effective_on
        self._sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._moves: list[Move] = []

    def wants(self, lot: str, learner_id: str) -> bool:
        """Tell whether an award makes a lot that is told."""
        return self._subject.has(lot, learner_id)

    def before(self, act: AnyAct, state: Slice) -> None:
        """Note what an act moves of the lots told."""
        self._moves = []
        if isinstance(act, BatchAct):
            return
        context, made = moved_by(act, state)
        self._moves = _telling(
            move
            for move in made
            if self._subject.has(move.lot, context.owners[move.lot].learner_id)
        )

    def after(self, step: Step, state: Slice) -> None:
        """Tell it, now that it is known what the act made."""
        act = step.act
        if act is None or isinstance(act, BatchAct):
            return
        changed = {
            one.award_id: one
            for one in step.changes
            if isinstance(one, LotRecord)
            and self._subject.has(one.award_id, one.learner_id)
        }
        before = {lot: self.lots.get(lot) for lot in changed}
        self.lots |= changed
        for move in self._moves:
            self._tell(act, move, state=state)
        moved = {move.lot for move in self._moves}
        for lot, record in changed.items():
            names = _changed(before[lot], record)
            if lot not in moved and names:
                self._tell_change(act, lot, state=state, changed=names)

    def _tell(self, act: Act[Statement], move: Move, *, state: Slice) -> None:
        source, target = (part.partition(":")[0] for part in (move.source, move.target))
        counts = self._day is None or move.effective_on <= self._day
        if counts:
            self._sums[move.lot][source] -= move.amount_milli
            self._sums[move.lot][target] += move.amount_milli
        is_new = source == "issued" and isinstance(act.statement, ExchangeAccepted)
        self.lines.append(
            Line(
                act=act,
                lot=move.lot,
                source=source,
                target=target,
                amount_milli=move.amount_milli,
                effective_on=move.effective_on,
                counts=counts,
                available_milli=self.available_milli,
                case=_case(act.statement),
                rule=_rule(act.statement, state),
                why=_why(act.statement),
                origins=self.lots[move.lot].derived_from if is_new else (),
                # What is released of it went nowhere.
                made=() if target == "available" else _made(act.statement, move.lot),
            )
        )

    def _tell_change(
        self, act: Act[Statement], lot: str, *, state: Slice, changed: tuple[str, ...]
    ) -> None:
        self.lines.append(
            Line(
                act=act,
                lot=lot,
                effective_on=act.recorded_on,
                available_milli=self.available_milli,
                changed=changed,
                case=_case(act.statement),
                rule=_rule(act.statement, state),
                why=self._flag(lot) if "flags" in changed else _why(act.statement),
                made=_made(act.statement, lot),
            )
        )

    def _flag(self, lot: str) -> str:
        flags = self.lots[lot].flags
        return f"{flags[-1].cause}, {flags[-1].decide_by}" if flags else ""

    @property
    def available_milli(self) -> int:
        """Return what is available of all lots told so far."""
        return sum(sums["available"] for sums in self._sums.values())

    def parts(self, lots: Iterable[str]) -> Counter[str]:
        """Return what the movements of lots add up to, part by part."""
        total: Counter[str] = Counter()
        for lot in lots:
            total.update(self._sums[lot])
        return total

    def disagreements(self) -> Iterator[str]:
        """Name each lot whose movements do not end at its record."""
        for award_id, lot in sorted(self.lots.items()):
            parts = self.parts([award_id])
            if any(parts[part] != getattr(lot, f"{part}_milli") for part in PARTS):
                yield award_id


def _telling(found: Iterable[Move]) -> list[Move]:
    """Return the moves worth a line: of several of a lot those that move something."""
    by_lot: dict[str, list[Move]] = {}
    for move in found:
        by_lot.setdefault(move.lot, []).append(move)
    return [
        move
        for lot in by_lot.values()
        for move in ([one for one in lot if one.amount_milli] or lot[-1:])
    ]


def _changed(before: LotRecord | None, after: LotRecord) -> tuple[str, ...]:
    known = {} if before is None else dict(before)
    return tuple(
        name for name, value in dict(after).items() if value != known.get(name)
    )


def _case(statement: Statement) -> str:
    body = statement.body
    for name in ("exchange_id", "redemption_id", "claim_id"):
        found = getattr(body, name, None)
        if isinstance(found, str):
            return found
    return ""


def _rule(statement: Statement, state: Slice) -> str:
    exchange_id = getattr(statement.body, "exchange_id", None)
    if not isinstance(exchange_id, str):
        return ""
    record = state.find(ExchangeRecord, exchange_id)
    return "" if record is None else record.rule


def _made(statement: Statement, lot: str) -> tuple[str, ...]:
    """Return the lots that an acceptance made of this one, whoever has them."""
    if not isinstance(statement, ExchangeAccepted):
        return ()
    used = {part.award_id for part in statement.body.used}
    return tuple(one.lot_id for one in statement.body.created) if lot in used else ()


def _why(statement: Statement) -> str:
    """Return the reason that a statement gives, or the day that it names."""
    if isinstance(statement, CreditExpired):
        return statement.body.expired_on
    if isinstance(statement, CreditRevoked):
        return f"{statement.body.revocation_class.value}, {statement.body.reason_code}"
    reason = getattr(statement.body, "reason_code", None)
    return reason if isinstance(reason, str) else ""
