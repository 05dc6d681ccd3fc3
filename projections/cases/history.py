"""Records by version, evolved by the rules themselves from the read side's own rows.

The writer's state is ahead of what is projected and may be wrong; what is read here is
what was projected before. Lots are known by their owner and amount only: whatever the
rules make of their parts is left to the postings.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, TypeVar

from sqlalchemy import Connection

from ledger.domain import rules
from ledger.domain.moving import moved_by
from ledger.domain.postings import Context, Move
from ledger.domain.rules.act import Act
from ledger.domain.rules.exchanges import changed
from ledger.domain.rules.holds import parts_in
from ledger.domain.rules.requests import requested_case
from ledger.domain.state import (
    AppealRecord,
    AssessmentRecord,
    CalendarRecord,
    ClaimRecord,
    EnrolmentRecord,
    ExchangeRecord,
    ExchangeStatus,
    LotRecord,
    MemberRecord,
    NewestPeriodRecord,
    NotLoadedError,
    PeriodRecord,
    PolicyListRecord,
    PolicyRecord,
    ProgrammeRecord,
    R,
    Record,
    RedemptionRecord,
    Ref,
    Root,
    RuleRecord,
    Slice,
)
from ledger.domain.statements.awards import Basis, CreditAwarded
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import (
    ExchangeAccepted,
    ExchangeRequested,
    ExchangeReversed,
)
from ledger.making import maker
from projections.cases.versions import newest_records
from projections.follower import Fact
from projections.known import KnownAward
from projections.memory import Memory, awards_known

KEPT: Final = (
    MemberRecord,
    CalendarRecord,
    ProgrammeRecord,
    EnrolmentRecord,
    PolicyRecord,
    PolicyListRecord,
    RuleRecord,
    ExchangeRecord,
    RedemptionRecord,
    PeriodRecord,
    NewestPeriodRecord,
    AssessmentRecord,
    AppealRecord,
    ClaimRecord,
)
"""What is kept by version."""

_PREFIXES: Final = (
    "member.",
    "calendar.",
    "programme.",
    "enrolment.",
    "policy.",
    "rule.",
    "exchange.",
    "redemption.",
    "credit.redeemed.",
    "period.",
    "graduation.",
    "appeal.",
    "claim.",
)
_MOVING: Final = ("exchange.", "redemption.", "credit.redeemed.", "credit.expired.")

_new_lot: Final = maker(LotRecord)
_new_root: Final = maker(Root)

T = TypeVar("T")


def is_kept(statement: Statement) -> bool:
    """Tell whether a statement changes a record that is kept by version."""
    if isinstance(statement, CreditAwarded):
        return statement.body.claim is not None
    return statement.type.startswith(_PREFIXES)


def is_moving(statement: Statement) -> bool:
    """Tell whether a statement may move lots through a case, or lets one expire."""
    return statement.type.startswith(_MOVING)


def is_of_case(statement: Statement) -> bool:
    """Tell whether a statement changes or moves anything that cases speak of."""
    return is_kept(statement) or is_moving(statement)


class Change(NamedTuple):
    """A record before and after one act; None before it was there."""

    before: Record | None
    after: Record


class History:
    """The records of a page of facts, as they are before each of them."""

    def __init__(
        self,
        connection: Connection,
        awards: Mapping[str, KnownAward],
        *,
        memory: Memory,
    ) -> None:
        """Read through a connection; ``awards`` are those that the page makes."""
        self._connection = connection
        self._awards = dict(awards)
        self._memory = memory
        self._known = Slice()
        self.rows: list[dict[str, object]] = []
        self.changes: list[Change] = []

    def look_up(self, facts: Iterable[Fact]) -> None:
        """Look up all that these are known to need, one query per kind."""
        wanted: dict[type[Record], set[str]] = {}
        for fact in facts:
            for ref in rules.RULES[fact.statement.type].needs(fact.statement):
                wanted.setdefault(ref.record, set()).add(str(ref.key))
        for record, keys in wanted.items():
            if record in KEPT or record is LotRecord:
                self._load(record, keys)

    def moved(self, act: Act[Statement]) -> tuple[Context, tuple[Move, ...]]:
        """Return what an act moves, and what that depends on."""
        return self._loading(lambda: moved_by(act, self._known))

    def find(self, record: type[R], key: str) -> R | None:
        """Return a record as it is before the next act."""
        return self._loading(lambda: self._known.find(record, key))

    def award(self, award_id: str) -> KnownAward:
        """Return what is known of an award.

        Raises:
            LookupError: there is none.
        """
        if award_id not in self._awards:
            self._load(LotRecord, {award_id})
        return self._awards[award_id]

    def add_award(self, award_id: str, known: KnownAward) -> None:
        """Take up an award that an exchange made."""
        self._awards[award_id] = known
        self._known.put((_stub(award_id, known),))

    def apply(self, act: Act[Statement]) -> None:
        """Take up what an act changes."""
        changes = {
            (one.kind, one.key): one
            for one in self._loading(lambda: tuple(self._changes(act)))
            if isinstance(one, KEPT)
        }
        for record in changes.values():
            self.changes.append(Change(self._before(record), record))
        self._known.put(changes.values())
        for record in changes.values():
            self._memory.records[type(record), str(record.key)] = record
            self.rows.append(
                {
                    "kind": record.kind,
                    "key": str(record.key),
                    "position": act.position,
                    "learner_id": getattr(record, "learner_id", None),
                    "document": record.model_dump_json(),
                }
            )

    def _before(self, record: Record) -> Record | None:
        ref = Ref(type(record), record.key)
        return self._loading(lambda: self._known.find(ref.record, ref.key))

    def _changes(self, act: Act[Statement]) -> Iterable[Record]:
        statement = act.statement
        if isinstance(statement, ExchangeRequested):
            return (requested_case(act, self._known),)  # type: ignore[arg-type]  # narrowed above
        if not isinstance(statement, ExchangeAccepted | ExchangeReversed):
            return rules.evolve(act, self._known)
        # What these do to counts and roots needs all of the state; of the case itself
        # they say everything.
        record = self._known.find(ExchangeRecord, statement.body.exchange_id)
        if record is None:
            raise LookupError(statement.body.exchange_id)
        if isinstance(statement, ExchangeReversed):
            return (changed(record, status=ExchangeStatus.REVERSED),)
        body = statement.body
        return (
            changed(
                record,
                status=ExchangeStatus.ACCEPTED,
                due_on=None,
                member=body.member,
                used=parts_in(body.used),
                created=tuple(lot.lot_id for lot in body.created),
                superseded=parts_in(body.superseded),
            ),
        )

    def _loading(self, ask: Callable[[], T]) -> T:
        while True:
            try:
                return ask()
            except NotLoadedError as missing:
                self._load(missing.ref.record, {str(missing.ref.key)}, ref=missing.ref)

    def _load(
        self, record: type[Record], keys: set[str], *, ref: Ref | None = None
    ) -> None:
        found: Mapping[str, Record] = {}
        if record is LotRecord:
            missing = keys - self._awards.keys()
            self._awards |= awards_known(self._connection, missing, memory=self._memory)
            known = {key: self._awards[key] for key in keys if key in self._awards}
            found = {key: _stub(key, one) for key, one in known.items()}
        elif record in KEPT:
            found = self._newest(record, keys)
        for key in keys:
            self._known.learn(Ref(record, key), found.get(key))
        if ref is not None:
            self._known.learn(ref, found.get(str(ref.key)))

    def _newest(self, record: type[R], keys: set[str]) -> dict[str, R]:
        kept = self._memory.records
        known = {key: kept[record, key] for key in keys if (record, key) in kept}
        missing = keys - known.keys()
        read = newest_records(self._connection, record, keys=missing)
        kept.update({(record, key): one for key, one in read.items()})
        return {**known, **read}  # type: ignore[dict-item]  # kept by its kind


def _stub(award_id: str, known: KnownAward) -> LotRecord:
    return _new_lot(
        award_id=award_id,
        learner_id=known.learner_id,
        issuer=known.issuer,
        achievement=None,
        basis=Basis.ISSUED,
        passed=True,
        awarded_milli=known.amount_milli,
        available_milli=known.amount_milli,
        revision=0,
        workload=None,
        level=None,
        learned_from=None,
        learned_to=None,
        assessed_on=None,
        valid_until=None,
        position=0,
        recorded_at="",
        recorded_on="",
        kid="",
        body_hash="",
        roots=(_new_root(award_id=award_id, amount_milli=known.amount_milli),),
        path=(known.issuer,),
    )
