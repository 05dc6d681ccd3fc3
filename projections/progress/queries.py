"""The progress of a learner's cases: the step, the desk, the due day, the history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from ledger.domain.rules.dates import date_in
from projections.documents.names import Named, Names, names_of
from projections.progress.cases import KINDS
from projections.progress.ground import Case, Desk, Ground
from projections.trail.telling import events_at

Answer = dict[str, Any]  # Any: plain JSON.

_DETAILS: Final = ("step", "revision", "reason_code", "award_id")
_NEVER: Final = "9999-12-31"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases: the open ones, and those closed in the days up to today.

    Without ``closed_days`` what is closed is left out; ``after`` is a place of a row.
    """

    today: str
    closed_days: int = 0
    after: str = ""
    limit: int


def progress(ground: Ground, wanted: Wanted) -> list[tuple[str, Answer]]:
    """Return cases by place, those with the nearest due day first, closed ones last."""
    found = [case for kind in KINDS for case in kind(ground)]
    listed = [case for case in found if case.desk is not None]
    if wanted.closed_days:
        since = _days_before(wanted.today, wanted.closed_days)
        listed += _closed(ground, found, since=since)
    places = {_place(case): case for case in listed}
    later = sorted(place for place in places if place > wanted.after)
    page = {place: places[place] for place in later[: wanted.limit]}
    history = _history(ground, {one for case in page.values() for one in case.said})
    names = names_of(ground.standpoint, _named(list(page.values()), history))
    return [
        (place, _shown(case, history, names=names, today=wanted.today))
        for place, case in page.items()
    ]


def _days_before(day: str, count: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=count)).isoformat()


def _closed(ground: Ground, found: Iterable[Case], *, since: str) -> list[Case]:
    closed = [case for case in found if case.desk is None]
    ends = _history(ground, {case.said[-1] for case in closed})
    return [
        case
        for case in closed
        # What is on nobody's trail any more has no day to count from.
        if case.said[-1] in ends and ends[case.said[-1]]["on"] >= since
    ]


def _place(case: Case) -> str:
    """Return where a case stands in the list: what has no due day comes last."""
    due_on = None if case.desk is None else case.desk.due_on
    closed = 1 if case.desk is None else 0
    return f"{closed}~{due_on or _NEVER}~{case.kind}~{case.case_id}"


def _history(ground: Ground, positions: Iterable[int]) -> dict[int, Answer]:
    """Return what happened at these positions, as the learner's trail tells it."""
    standpoint = ground.standpoint
    own = set(ground.holder.learner_ids)
    told = events_at(standpoint.state, standpoint.connection, positions=set(positions))
    found: dict[int, Answer] = {}
    for event in told:
        if own.isdisjoint(event["about"]["learners"]):
            continue
        found[event["position"]] = {
            "position": event["position"],
            "recorded_at": event["recorded_at"],
            "on": date_in(ground.archive.time_zone, event["recorded_at"]),
            "type": event["type"],
            "member": event["issuer"],
            "role": event["actor"]["role"],
            **{name: event[name] for name in _DETAILS if name in event},
        }
    return found


def _named(shown: Sequence[Case], history: dict[int, Answer]) -> Named:
    desks = (case.desk.member for case in shown if case.desk is not None)
    actors = (one["member"] for one in history.values())
    return Named(
        members=frozenset((*desks, *actors)),
        achievements=frozenset(
            case.achievement for case in shown if case.achievement is not None
        ),
        rules=frozenset(case.rule for case in shown if case.rule is not None),
    )


def _shown(
    case: Case, history: dict[int, Answer], *, names: Names, today: str
) -> Answer:
    told = [history[one] for one in case.said if one in history]
    due_on = None if case.desk is None else case.desk.due_on
    return {
        "kind": case.kind,
        "case_id": case.case_id,
        "rule": None if case.rule is None else names.rule(case.rule),
        "achievement": names.achievement(case.achievement),
        "status": case.status,
        "desk": None if case.desk is None else _desk(case.desk, names),
        "overdue": due_on is not None and due_on < today,
        "can_do": [{"action": one} for one in case.can_do],
        "missing": case.missing,
        "opened_on": told[0]["on"] if told else None,
        "closed_on": told[-1]["on"] if told and case.desk is None else None,
        "history": [{**one, "member": names.member(one["member"])} for one in told],
    }


def _desk(desk: Desk, names: Names) -> Answer:
    return {
        "member": names.member(desk.member),
        "role": desk.role,
        "step": desk.step,
        "steps": desk.steps,
        "due_on": desk.due_on,
    }
