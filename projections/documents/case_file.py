"""One case with everything that its forms are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ledger.domain.state import (
    EnrolmentRecord,
    ExchangeRecord,
    ProgrammeRecord,
    Record,
    RuleRecord,
)
from projections.awards.folding import Told, describe
from projections.awards.telling import tell
from projections.cases.versions import record_at
from projections.documents.acts import Archive, CaseAct, acts_of, endorsement_of
from projections.documents.names import Named, Names, names_of
from projections.documents.standpoint import Standpoint
from projections.follower import Fact

R = TypeVar("R", bound=Record)


class UnknownCaseError(Exception):
    """No case of this id, or not yet at that position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case with all that its forms are made of."""

    record: ExchangeRecord
    rule: RuleRecord
    enrolment: EnrolmentRecord
    programme: ProgrammeRecord
    acts: Sequence[CaseAct]
    told: Mapping[str, Told]
    endorsement: Fact | None
    names: Names


def open_file(
    standpoint: Standpoint, archive: Archive, *, exchange_id: str
) -> CaseFile:
    """Return a case with all that belongs to it.

    Raises:
        UnknownCaseError: there is no such case.
    """
    connection, position = standpoint.connection, standpoint.position
    record = record_at(connection, ExchangeRecord, key=exchange_id, position=position)
    if record is None:
        raise UnknownCaseError
    rule = known(standpoint, RuleRecord, key=record.rule)
    enrolment = known(standpoint, EnrolmentRecord, key=record.enrolment_id)
    programme = known(standpoint, ProgrammeRecord, key=enrolment.programme)
    rows = [{"award_id": lot.award_id} for lot in record.lots]
    told = tell(standpoint.state, connection, rows=rows, moment=standpoint.moment)
    acts = acts_of(connection, archive, exchange_id=exchange_id, position=position)
    endorsement = endorsement_of(
        connection, archive, rule=record.rule, position=position
    )
    said = (*(act.fact for act in acts), *((endorsement,) if endorsement else ()))
    named = Named(
        members=frozenset(one.statement.iss for one in said)
        | {one.lot.issuer for one in told.values()}
        | {enrolment.school, *(step.member for step in rule.terms.approval)},
        achievements=_achievements(record, rule, told=told),
        programmes=frozenset({enrolment.programme}),
        rules=frozenset({record.rule}),
    )
    return CaseFile(
        record=record,
        rule=rule,
        enrolment=enrolment,
        programme=programme,
        acts=acts,
        told=told,
        endorsement=endorsement,
        names=names_of(standpoint, named),
    )


def known(standpoint: Standpoint, record: type[R], *, key: str) -> R:
    """Return a record that the rules looked at before they took the case."""
    found = record_at(
        standpoint.connection, record, key=key, position=standpoint.position
    )
    if found is None:
        raise LookupError(key)
    return found


def _achievements(
    record: ExchangeRecord, rule: RuleRecord, *, told: Mapping[str, Told]
) -> frozenset[str]:
    offered = (describe(told[lot.award_id])["achievement"] for lot in record.lots)
    aims = (target.achievement for target in rule.terms.targets)
    return frozenset(name for name in (*offered, *aims) if name is not None)
