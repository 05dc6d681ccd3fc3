"""What of a learner is not decided yet, one function per kind of case.

A new kind is one more function in ``KINDS``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from sqlalchemy import select

from ledger.domain.state import ExchangeRecord, ExchangeStatus, Record, RuleRecord
from projections.cases.queries import rules_of
from projections.cases.tables import record_versions
from projections.cases.versions import records_of
from projections.documents.acts import Archive
from projections.documents.standpoint import Standpoint
from projections.holders import Holder, lots_of

R = TypeVar("R", bound=Record)


CAN_DO: Final[Mapping[ExchangeStatus, tuple[str, ...]]] = MappingProxyType(
    {
        ExchangeStatus.REQUESTED: ("wait", "withdraw"),
        ExchangeStatus.RETURNED: ("complete", "withdraw"),
        ExchangeStatus.LAPSED: ("apply_again",),
        ExchangeStatus.CANCELLED: ("apply_again",),
    }
)
"""What a learner may do while a case stands so; otherwise nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Whose turn it is; ``step`` counts from 0 where a rule names desks."""

    member: str
    role: str | None = None
    step: int | None = None
    steps: int | None = None
    due_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case of any kind.

    ``said`` are the positions of everything in it, ``can_do`` codes of what the learner
    may do now. Only a case that is closed has no desk.
    """

    kind: str
    case_id: str
    status: str
    said: tuple[int, ...]
    desk: Desk | None = None
    can_do: tuple[str, ...] = ()
    rule: str | None = None
    achievement: str | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where the cases of one learner are looked for."""

    standpoint: Standpoint
    archive: Archive
    holder: Holder

    def records(self, record: type[R]) -> list[R]:
        """Return the learner's records of a kind that is kept by version."""
        return records_of(
            self.standpoint.connection,
            record,
            learner_ids=self.holder.learner_ids,
            position=self.standpoint.position,
        )

    def said(self, record: type[Record]) -> Mapping[str, tuple[int, ...]]:
        """Return by key the positions that changed such a record, oldest first."""
        query = (
            select(record_versions.c.key, record_versions.c.position)
            .where(
                record_versions.c.kind == record.kind,
                record_versions.c.learner_id.in_(self.holder.learner_ids),
                record_versions.c.position <= self.standpoint.position,
            )
            .order_by(record_versions.c.position)
        )
        found: dict[str, tuple[int, ...]] = {}
        for key, position in self.standpoint.connection.execute(query):
            found[key] = (*found.get(key, ()), position)
        return found


def exchanges(ground: Ground) -> Iterator[Case]:
    """Yield cases of recognition and conversion (学分转换)."""
    found = ground.records(ExchangeRecord)
    standpoint = ground.standpoint
    rules = rules_of(standpoint.connection, found, position=standpoint.position)
    said = ground.said(ExchangeRecord)
    for record in found:
        positions = said[record.exchange_id]
        yield Case(
            kind="exchange",
            case_id=record.exchange_id,
            status=record.status.value,
            said=positions,
            desk=_desk(record, rules.get(record.rule)),
            can_do=CAN_DO.get(record.status, ()),
            rule=record.rule,
            missing=_missing(record, ground.archive, position=positions[-1]),
        )


def _desk(record: ExchangeRecord, rule: RuleRecord | None) -> Desk | None:
    if record.status is ExchangeStatus.RETURNED:
        return Desk(member=record.requested_by, due_on=record.due_on)
    if rule is None or record.status is not ExchangeStatus.REQUESTED:
        return None
    step = rule.terms.approval[record.step]
    return Desk(
        member=step.member,
        role=step.role,
        step=record.step,
        steps=len(rule.terms.approval),
        due_on=record.due_on,
    )


def _missing(record: ExchangeRecord, archive: Archive, *, position: int) -> str | None:
    """Return what a case that was sent back lacks, in the desk's own words."""
    if record.status is not ExchangeStatus.RETURNED:
        return None
    (fact,) = archive.facts([position])
    return str(fact.body.get("missing"))


def reviews(ground: Ground) -> Iterator[Case]:
    """Yield lots whose member has to decide, since something behind them changed."""
    position = ground.standpoint.position
    for lot in lots_of(ground.standpoint.state, ground.holder):
        flags = [flag for flag in lot.flags if flag.position <= position]
        if flags and not lot.revoked and lot.position <= position:
            yield Case(
                kind="review",
                case_id=lot.award_id,
                status=flags[-1].cause,
                said=tuple(sorted({flag.position for flag in flags})),
                desk=Desk(
                    member=lot.issuer, due_on=min(flag.decide_by for flag in flags)
                ),
                can_do=("wait",),
                achievement=lot.achievement,
            )


KINDS: Final[Sequence[Callable[[Ground], Iterable[Case]]]] = (exchanges, reviews)
"""Every kind of case that a learner may have."""
