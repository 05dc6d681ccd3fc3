"""A learner's transcript: every lot with its origin, and where it was recognised.

What was studied and what was recognised are separate lists, as in a transcript between
schools: a recognised lot is the same learning once more, and says from what it came.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from ledger.domain.state import (
    EnrolmentRecord,
    ExchangeRecord,
    ExchangeStatus,
    LotRecord,
)
from ledger.domain.types import credits_text
from projections.awards.queries import awards_of
from projections.cases.queries import enrolment_shown, programmes_of
from projections.cases.tables import lot_moves
from projections.cases.versions import records_at, records_of
from projections.documents.names import Named, Names, names_of
from projections.documents.standpoint import Standpoint
from projections.holders import Holder
from projections.moments import Place, Window
from projections.register.queries import documents_at
from projections.tables import award_entries
from projections.trail.telling import events_at

Answer = dict[str, Any]  # Any: plain JSON.

_LEFT_OUT: Final = frozenset({"title", "flagged", "path", "revision", "signed_by"})
_OF_CONVERSION: Final = frozenset(
    {"exchange_id", "enrolment_id", "requirement", "outcome", "supplement_due_on"}
    | {"derived_from", "roots"}
)
_ACCEPTED: Final = "exchange.accepted.v1"
_AMENDED: Final = "credit.amended.v1"


def enrolments_shown(standpoint: Standpoint, holder: Holder) -> list[Answer]:
    """Return the holder's enrolments, each with its outcome and what counts in it."""
    connection, position = standpoint.connection, standpoint.position
    found = records_of(
        connection,
        EnrolmentRecord,
        learner_ids=holder.learner_ids,
        position=position,
    )
    day = standpoint.moment.effective_on
    begun = [one for one in found if day is None or one.started_on <= day]
    programmes = programmes_of(connection, begun, position=position)
    members = frozenset(one.school for one in begun)
    refs = frozenset(one.programme for one in begun)
    names = names_of(standpoint, Named(members=members, programmes=refs))
    return [
        {
            **enrolment_shown(one, programmes.get(one.programme)),
            "school": names.member(one.school),
            "programme": names.programme(one.programme),
        }
        for one in begun
    ]


def lots_shown(
    standpoint: Standpoint, *, learner_id: str, window: Window
) -> list[tuple[Place, Answer]]:
    """Return a page of a learner's lots by place, in the order they were recorded.

    Raises:
        UnknownLearnerError: no account under this id.
    """
    placed = awards_of(
        standpoint.state,
        standpoint.connection,
        learner_id=learner_id,
        window=window,
        moment=standpoint.moment,
    )
    lots = [lot for _, lot in placed]
    recognitions = _recognitions(standpoint, lots)
    names = names_of(standpoint, _named(lots, recognitions))
    said, amended = _statements(standpoint, lots), _amended_at(standpoint, lots)
    return [
        (
            place,
            {
                **_shown(lot, recognitions, names=names),
                "amended_at": amended.get(lot["award_id"], []),
                "statement": said[lot["position"]],
            },
        )
        for place, lot in placed
    ]


def catalogue_of(standpoint: Standpoint, lots: Iterable[Answer]) -> list[Answer]:
    """Return where the catalogue items that lots name were published."""
    achievements = (lot["achievement"] for lot in lots)
    refs = {one["achievement"] for one in achievements if one is not None}
    found = documents_at(
        standpoint.connection, "achievement", keys=refs, position=standpoint.position
    )
    return [
        {"achievement": ref, "position": found[ref]["position"]}
        for ref in sorted(found)
    ]


def _statements(
    standpoint: Standpoint, lots: Sequence[Answer]
) -> dict[int, dict[str, str]]:
    """Return by position the issuer and id of the statements that made these lots."""
    own = {lot["learner_id"] for lot in lots}
    positions = [lot["position"] for lot in lots]
    told = events_at(standpoint.state, standpoint.connection, positions=positions)
    return {
        one["position"]: {"iss": one["issuer"], "id": one["statement_id"]}
        for one in told
        if not own.isdisjoint(one["about"]["learners"])
    }


def _amended_at(standpoint: Standpoint, lots: Sequence[Answer]) -> dict[str, list[int]]:
    """Return by lot the entries since which it says something else than at first."""
    query = select(award_entries.c.award_id, award_entries.c.position).where(
        award_entries.c.award_id.in_([lot["award_id"] for lot in lots]),
        award_entries.c.type == _AMENDED,
        award_entries.c.position <= standpoint.position,
    )
    found: dict[str, list[int]] = {}
    ordered = query.order_by(award_entries.c.position)
    for award_id, position in standpoint.connection.execute(ordered):
        found.setdefault(award_id, []).append(position)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recognitions:
    """The accepted cases that lots were part of, and the day each was accepted.

    ``of_lot`` are the cases that a lot was a source of.
    """

    cases: Mapping[str, ExchangeRecord]
    enrolments: Mapping[str, EnrolmentRecord]
    dates: Mapping[str, str]
    of_lot: Mapping[str, Sequence[str]]


def _recognitions(standpoint: Standpoint, lots: Sequence[Answer]) -> _Recognitions:
    connection, position = standpoint.connection, standpoint.position
    of_lot, dates = _accepted(standpoint, [lot["award_id"] for lot in lots])
    dates |= _made_on(standpoint, lots)
    cases = records_at(
        connection,
        ExchangeRecord,
        keys=dates.keys(),
        # What a later entry undid had not been undone on the date asked for.
        position=standpoint.standing,
    )
    enrolments = records_at(
        connection,
        EnrolmentRecord,
        keys={one.enrolment_id for one in cases.values()},
        position=position,
    )
    return _Recognitions(cases=cases, enrolments=enrolments, dates=dates, of_lot=of_lot)


def _accepted(
    standpoint: Standpoint, award_ids: Sequence[str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the cases accepted on these lots, and on which day; undone ones too."""
    query = (
        select(lot_moves.c.award_id, lot_moves.c.case_id, lot_moves.c.effective_on)
        .where(
            lot_moves.c.award_id.in_(award_ids),
            lot_moves.c.type == _ACCEPTED,
            lot_moves.c.position <= standpoint.position,
        )
        .order_by(lot_moves.c.position, lot_moves.c.number)
    )
    day = standpoint.moment.effective_on
    of_lot: dict[str, list[str]] = {}
    dates: dict[str, str] = {}
    for award_id, case_id, on in standpoint.connection.execute(query):
        known = of_lot.setdefault(award_id, [])
        if case_id not in known and (day is None or on <= day):
            known.append(case_id)
            dates[case_id] = on
    return of_lot, dates


def _made_on(standpoint: Standpoint, lots: Sequence[Answer]) -> dict[str, str]:
    made = [lot["award_id"] for lot in lots if lot["exchange_id"] is not None]
    found = standpoint.state.load("lots", made) if made else {}
    return {
        lot.exchange_id: lot.recorded_on
        for lot in found.values()
        if isinstance(lot, LotRecord) and lot.exchange_id is not None
    }


def _named(lots: Iterable[Answer], recognitions: _Recognitions) -> Named:
    cases, enrolments = recognitions.cases.values(), recognitions.enrolments.values()
    recognisers = (one.member for one in cases if one.member is not None)
    return Named(
        members=frozenset({lot["issuer"] for lot in lots}.union(recognisers)),
        achievements=frozenset(
            lot["achievement"] for lot in lots if lot["achievement"] is not None
        ),
        programmes=frozenset(one.programme for one in enrolments),
        rules=frozenset(one.rule for one in cases),
    )


def _shown(lot: Answer, recognitions: _Recognitions, *, names: Names) -> Answer:
    shown = {
        **{k: v for k, v in lot.items() if k not in _LEFT_OUT | _OF_CONVERSION},
        "issuer": names.member(lot["issuer"]),
        "achievement": names.achievement(lot["achievement"]),
        "recognised": list(_uses(lot, recognitions, names=names)),
    }
    if lot["exchange_id"] is None:
        return shown
    made = {name: lot[name] for name in _OF_CONVERSION - {"exchange_id"}}
    case = recognitions.cases.get(lot["exchange_id"])
    origin = None if case is None else _case(case, recognitions, names=names)
    return {**shown, **made, "exchange": origin}


def _uses(
    lot: Answer, recognitions: _Recognitions, *, names: Names
) -> Iterator[Answer]:
    """Yield where a lot is recognised: each standing case, and how much of it."""
    for exchange_id in recognitions.of_lot.get(lot["award_id"], ()):
        case = recognitions.cases.get(exchange_id)
        if case is None or case.status is not ExchangeStatus.ACCEPTED:
            continue
        used = sum(
            part.amount_milli for part in case.used if part.award_id == lot["award_id"]
        )
        if any(part.award_id == lot["award_id"] for part in case.used):
            shown = _case(case, recognitions, names=names)
            yield {**shown, "credits": credits_text(used)}


def _case(case: ExchangeRecord, recognitions: _Recognitions, *, names: Names) -> Answer:
    enrolment = recognitions.enrolments.get(case.enrolment_id)
    return {
        "exchange_id": case.exchange_id,
        "status": case.status.value,
        "member": None if case.member is None else names.member(case.member),
        "enrolment_id": case.enrolment_id,
        "programme": None
        if enrolment is None
        else names.programme(enrolment.programme),
        "rule": names.rule(case.rule),
        "accepted_on": recognitions.dates.get(case.exchange_id),
    }
