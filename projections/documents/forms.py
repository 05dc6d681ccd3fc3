"""The forms of one case: application and approval (审批表), and public notice (公示表).

The notice holds what a notice needs and no more: nothing in it names or numbers the
learner, their account, their enrolment or their lots.
"""

from collections.abc import Iterator
from typing import Any, Final

from ledger.domain.language.dates import due_date
from ledger.domain.state import CalendarRecord, ExchangeStatus
from ledger.domain.statements.exchanges import ExchangeAccepted
from ledger.domain.types import credits_text
from projections.awards.folding import describe
from projections.documents.acts import Archive
from projections.documents.case_file import CaseFile, known, open_file
from projections.documents.standpoint import Standpoint
from projections.follower import Fact

Answer = dict[str, Any]  # Any: plain JSON.

_AT_A_DESK: Final = frozenset({"endorsed", "returned", "accepted", "declined"})
_OF_SOURCE: Final = (
    "basis",
    "learned_from",
    "learned_to",
    "assessed_on",
    "level",
    "workload",
)
_OF_NOTICE: Final = ("issuer", "achievement", "level")


def forms(
    standpoint: Standpoint, archive: Archive, *, exchange_id: str, workdays: int
) -> Answer:
    """Return both forms of a case; the notice is out for so many workdays.

    There is no notice but of what is accepted, and not undone.

    Raises:
        UnknownCaseError: there is no such case.
    """
    file = open_file(standpoint, archive, exchange_id=exchange_id)
    notice = None
    if file.record.status is ExchangeStatus.ACCEPTED:
        notice = _notice(file, standpoint, workdays=workdays)
    return {
        "exchange_id": exchange_id,
        "application": _application(file),
        "notice": notice,
    }


def _application(file: CaseFile) -> Answer:
    record, enrolment, names = file.record, file.enrolment, file.names
    return {
        "exchange_id": record.exchange_id,
        "revision": record.revision,
        "learner_id": record.learner_id,
        "enrolment": {
            "enrolment_id": enrolment.enrolment_id,
            "school": names.member(enrolment.school),
            "programme": names.programme(enrolment.programme),
            "cohort": enrolment.cohort,
            "mode": enrolment.mode.value,
            "started_on": enrolment.started_on,
        },
        "rule": {**names.rule(record.rule), "digest": file.rule.digest},
        "document": _document(file),
        "requested_on": record.requested_on,
        "requested_by": names.member(record.requested_by),
        "sources": [_source(file, number) for number in range(len(record.lots))],
        "vouched": [one.model_dump(mode="json") for one in record.vouched],
        "targets": [
            _aim(file, number) for number in range(len(file.rule.terms.targets))
        ],
        "steps": list(_steps(file)),
        "history": [act.shown(names) for act in file.acts],
        "result": _result(file),
    }


def _document(file: CaseFile) -> Answer | None:
    """Return the decision by which a committee endorsed the rule."""
    if file.endorsement is None:
        return None
    body = file.endorsement.body
    return {
        "committee": file.names.member(file.endorsement.statement.iss),
        "document_number": body.get("document_number"),
        "decided_on": body.get("decided_on"),
        "endorsed_on": file.endorsement.recorded_on,
    }


def _source(file: CaseFile, number: int) -> Answer:
    held = file.record.lots[number]
    told = file.told[held.award_id]
    said = describe(told)
    used = sum(
        part.amount_milli for part in file.record.used if part.award_id == held.award_id
    )
    version = file.names.achievements.get(said["achievement"] or "", {})
    return {
        "award_id": held.award_id,
        "issuer": file.names.member(told.lot.issuer),
        "achievement": file.names.achievement(said["achievement"]),
        **{name: said[name] or version.get(name) for name in _OF_SOURCE},
        "component": held.component,
        "offered": credits_text(held.amount_milli),
        "used": credits_text(used),
    }


def _aim(file: CaseFile, number: int) -> Answer:
    target = file.rule.terms.targets[number]
    aim = target.requirement
    return {
        "outcome": target.outcome.value,
        "requirement": None if aim is None else _requirement(file, aim.code),
        "achievement": file.names.achievement(target.achievement),
        "credits": target.credits,
        "grade_policy": target.grade_policy.value,
        "counts_in_gpa": target.counts_in_gpa,
    }


def _requirement(file: CaseFile, code: str) -> Answer:
    found = file.programme.requirement(code)
    if found is None:
        return {"code": code, "title": None, "title_en": None}
    return found.model_dump(mode="json", include={"code", "title", "title_en"})


def _steps(file: CaseFile) -> Iterator[Answer]:
    """Yield every desk of the path with what it last said to this revision."""
    said = {
        act.step: act
        for act in file.acts
        if act.name in _AT_A_DESK and act.revision == file.record.revision
    }
    for number, step in enumerate(file.rule.terms.approval):
        act = said.get(number)
        yield {
            "step": number,
            "member": file.names.member(step.member),
            "role": step.role,
            "due_workdays": step.due_workdays,
            "signed": None if act is None else act.shown(file.names),
        }


def _result(file: CaseFile) -> Answer:
    record, last = file.record, file.acts[-1]
    is_open = record.status in {ExchangeStatus.REQUESTED, ExchangeStatus.RETURNED}
    return {
        "status": record.status.value,
        "on": None if is_open else last.fact.recorded_on,
        "effect": file.rule.terms.effect.value,
        "created": list(_created(file)),
        "superseded": [
            {"award_id": part.award_id, "credits": credits_text(part.amount_milli)}
            for part in record.superseded
        ],
    }


def _accepted(file: CaseFile) -> tuple[Fact, ExchangeAccepted] | None:
    for act in file.acts:
        statement = act.fact.statement
        if isinstance(statement, ExchangeAccepted):
            return act.fact, statement
    return None


def _created(file: CaseFile) -> Iterator[Answer]:
    found = _accepted(file)
    for lot in () if found is None else found[1].body.created:
        aim = lot.requirement
        yield {
            "award_id": lot.lot_id,
            "outcome": lot.outcome.value,
            "requirement": None if aim is None else _requirement(file, aim.code),
            "achievement": file.names.achievement(lot.achievement),
            "credits": lot.credits,
            "supplement_due_on": lot.supplement_due_on,
        }


def _notice(file: CaseFile, standpoint: Standpoint, *, workdays: int) -> Answer:
    found = _accepted(file)
    on = file.acts[-1].fact.recorded_on if found is None else found[0].recorded_on
    calendar = None
    if file.rule.terms.workdays is not None:
        calendar = known(
            standpoint, CalendarRecord, key=file.rule.terms.workdays
        ).workdays
    application = _application(file)
    return {
        "exchange_id": file.record.exchange_id,
        "school": file.names.member(file.enrolment.school),
        "programme": file.names.programme(file.enrolment.programme),
        "rule": file.names.rule(file.record.rule),
        "document": application["document"],
        "sources": [
            {**{name: one[name] for name in _OF_NOTICE}, "credits": one["used"]}
            for one in application["sources"]
        ],
        "targets": [
            {name: value for name, value in one.items() if name != "award_id"}
            for one in _created(file)
        ],
        "accepted_on": on,
        "notice_from": due_date(calendar, after=on, count=1),
        "notice_until": due_date(calendar, after=on, count=workdays),
    }
