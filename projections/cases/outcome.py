"""What comes of a page for cases: movements, lots, and records by version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.domain.postings import LotOwner, Move
from ledger.domain.rules.act import Act
from ledger.domain.state import RuleRecord
from ledger.domain.statements.envelope import Statement
from projections.cases.history import Change, Version
from projections.cases.parties import Parties
from projections.known import KnownAward


class MadeLot(NamedTuple):
    """A lot that an exchange made: it holds from the day it was recorded."""

    award_id: str
    position: int
    known: KnownAward
    exchange_id: str


class MoveRow(NamedTuple):
    """What happens to a lot, in the order of the columns of ``lot_moves``."""

    position: int
    number: int
    award_id: str
    source: str
    target: str
    amount_milli: int
    effective_on: str
    type: str
    recorded_at: str
    statement_id: str
    signed_by: str
    case_id: str


class Moved(NamedTuple):
    """What one statement moves, and whose the lots are."""

    moves: Sequence[Move]
    owners: Mapping[str, LotOwner]


@dataclass(slots=True, kw_only=True)
class CaseBook:
    """What cases need of a page.

    ``moved``, ``learners``, ``parties`` and ``applied`` (the rule of an acceptance)
    are by position; ``versions`` and ``moves`` are rows.
    """

    moved: dict[int, Moved] = field(default_factory=dict)
    learners: dict[int, str] = field(default_factory=dict)
    applied: dict[int, str] = field(default_factory=dict)
    parties: dict[int, Parties] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    rules: dict[str, RuleRecord] = field(default_factory=dict)
    made: list[MadeLot] = field(default_factory=list)
    moves: list[MoveRow] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)

    def move(
        self,
        act: Act[Statement],
        moved: Sequence[Move],
        *,
        lots: Iterable[str],
        case_id: str,
    ) -> None:
        """Add the rows of movements, and of those of the case's lots that stay."""
        statement, on = act.statement, act.recorded_on
        touched = {move.lot for move in moved}
        rest = (Move(lot, "", "", 0, on) for lot in lots if lot not in touched)
        said = statement.type, act.recorded_at, statement.id, act.kid, case_id
        self.moves.extend(
            MoveRow(act.position, number, *move, *said)
            for number, move in enumerate((*moved, *rest))
        )
