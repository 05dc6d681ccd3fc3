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
    RuleRecord,
    Slice,
)
from ledger.domain.statements.envelope import Statement
from ledger.domain.statements.exchanges import (
    ExchangeRequested,
    ExchangeReversed,
)
from projections.cases.lots import lot_of
from projections.cases.plain import is_plain, plain_needs
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

T = TypeVar("T")


Version = tuple[str, str, int, str | None, str]
"""Kind, key, position, learner and document: a row of ``record_versions``."""


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
        self.rows: list[Version] = []
        self.changes: list[Change] = []

    def look_up(self, facts: Iterable[Fact]) -> None:
        """Look up all that these are known to need, one query per kind."""
        wanted: dict[type[Record], set[str]] = {}
        for fact in facts:
            for ref in self._needs(fact.statement):
                wanted.setdefault(ref.record, set()).add(str(ref.key))
        self._look_up_awards(wanted.pop(LotRecord, set()))
        for record, keys in wanted.items():
            if record in KEPT:
                missing = self._known.unknown(record, keys)
                self._load(record, set(map(str, missing)))

    def _needs(self, statement: Statement) -> Iterable[Ref]:
        if not is_plain(statement):
            return rules.RULES[statement.type].needs(statement)
        if isinstance(statement, ExchangeRequested):
            # Nobody has applied under this id before: there is nothing to look up.
            self._known.learn(Ref(ExchangeRecord, statement.body.exchange_id), None)
        return plain_needs(statement)

    def moved(self, act: Act[Statement]) -> tuple[Context, tuple[Move, ...]]:
        """Return what an act moves, and what that depends on."""
        return self._loading(lambda: moved_by(act, self._known))

    def requested(self, act: Act[Statement]) -> ExchangeRecord:
        """Return the case that a request opens."""
        return self._loading(lambda: requested_case(act, self._known))  # type: ignore[arg-type]  # a request's

    def case(self, exchange_id: str) -> ExchangeRecord:
        """Return a case.

        Raises:
            LookupError: there is none.
        """
        return self._there(ExchangeRecord, exchange_id)

    def rule(self, name: str) -> RuleRecord:
        """Return a rule version.

        Raises:
            LookupError: there is none.
        """
        return self._there(RuleRecord, name)

    def _there(self, record: type[R], key: str) -> R:
        found = self.find(record, key)
        if found is None:
            raise LookupError(record.kind, key)
        return found

    def find(self, record: type[R], key: str) -> R | None:
        """Return a record as it is before the next act."""
        try:
            return self._known.find(record, key)
        except NotLoadedError:
            self._load(record, {key})
        return self._known.find(record, key)

    def award(self, award_id: str) -> KnownAward:
        """Return what is known of an award.

        Raises:
            LookupError: there is none.
        """
        if award_id not in self._awards:
            self._look_up_awards({award_id})
        return self._awards[award_id]

    def add_award(self, award_id: str, known: KnownAward) -> None:
        """Take up an award that an exchange made."""
        self._awards[award_id] = known
        self._known.known.pop((LotRecord, award_id), None)

    def apply(self, act: Act[Statement]) -> None:
        """Take up what an act changes."""
        changes = {
            (one.kind, one.key): one
            for one in self._loading(lambda: tuple(self._changes(act)))
            if isinstance(one, KEPT)
        }
        befores = [self._before(one) for one in changes.values()]
        for before, record in zip(befores, changes.values(), strict=True):
            self.take(record, before=before, position=act.position)

    def _before(self, record: Record) -> Record | None:
        return self._loading(lambda: self._known.find(type(record), record.key))

    def take(self, record: Record, *, before: Record | None, position: int) -> None:
        """Take up a record as it is after a position."""
        kind, key = record.kind, str(record.key)
        self.changes.append(Change(before, record))
        self._known.put((record,))
        self._memory.records[type(record), key] = record
        learner_id = getattr(record, "learner_id", None)
        document = record.model_dump_json()
        self.rows.append((kind, key, position, learner_id, document))

    def _changes(self, act: Act[Statement]) -> Iterable[Record]:
        statement = act.statement
        if isinstance(statement, ExchangeRequested):
            return (requested_case(act, self._known),)  # type: ignore[arg-type]  # narrowed above
        if isinstance(statement, ExchangeReversed):
            # What this does to counts and roots needs all of the state; of the case
            # itself it says everything.
            case = self.case(statement.body.exchange_id)
            return (changed(case, status=ExchangeStatus.REVERSED),)
        return rules.evolve(act, self._known)

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
            self._look_up_awards(keys)
            known = {key: self._awards[key] for key in keys if key in self._awards}
            found = {key: lot_of(key, one) for key, one in known.items()}
        elif record in KEPT:
            found = self._newest(record, keys)
        for key in keys:
            self._known.learn(Ref(record, key), found.get(key))
        if ref is not None:
            self._known.learn(ref, found.get(str(ref.key)))

    def _look_up_awards(self, keys: set[str]) -> None:
        missing = {one for one in keys if one not in self._awards}
        self._awards |= awards_known(self._connection, missing, memory=self._memory)

    def _newest(self, record: type[R], keys: set[str]) -> dict[str, R]:
        kept = self._memory.records
        known = {key: kept[record, key] for key in keys if (record, key) in kept}
        missing = keys - known.keys()
        read = newest_records(self._connection, record, keys=missing)
        kept.update({(record, key): one for key, one in read.items()})
        return {**known, **read}  # type: ignore[dict-item]  # kept by its kind
