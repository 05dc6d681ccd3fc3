"""Rules of programmes and of learners' enrolments in them."""

from collections.abc import Iterable

from ledger.domain.errors import catalogue as catalogue_errors
from ledger.domain.errors import programmes as errors
from ledger.domain.rules.accounts import open_account
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.catalogue import check_next_version
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.rules.limits import calendar_refs, check_limits_shape
from ledger.domain.state import (
    AccountRecord,
    CatalogueItemRecord,
    EnrolmentRecord,
    ProgrammeRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.programmes import (
    EnrolmentChanged,
    EnrolmentEnded,
    EnrolmentOpened,
    ProgrammePublished,
    ProgrammePublishedBody,
    ProgrammeRetired,
)
from ledger.domain.types import credits_milli

_CHANGEABLE = ("programme", "cohort", "mode")


def programme_item(programme: str) -> str:
    """Return the key under which a programme's newest version is kept."""
    return f"programme:{programme.partition('@')[0]}"


def _base(statement: ProgrammePublished) -> str:
    return f"{statement.iss}/{statement.body.code}"


def _publication_needs(statement: ProgrammePublished) -> Iterable[Ref]:
    yield Ref(CatalogueItemRecord, programme_item(_base(statement)))
    yield from calendar_refs(statement.body.limits)


def _decide_publication(act: Act[ProgrammePublished], state: Slice) -> None:
    body = act.statement.body
    item = state.find(CatalogueItemRecord, programme_item(_base(act.statement)))
    check_next_version(item.version if item else None, body.version)
    for field in ("requirements", "minima"):
        codes = [one.code for one in getattr(body, field)]
        if len(set(codes)) != len(codes):
            raise errors.RequirementRepeatedError(pointer=f"/body/{field}")
    check_limits_shape(body.limits, state, pointer="/body/limits")
    _check_bounds(body)


def _check_bounds(body: ProgrammePublishedBody) -> None:
    whole = credits_milli(body.credits)
    required = sum(credits_milli(one.credits) for one in body.requirements)
    if required < whole:
        raise errors.ProgrammeCreditsError(pointer="/body/requirements")
    for field in ("home_at_least", "last_at_home"):
        value = getattr(body, field)
        if value is not None and credits_milli(value) > whole:
            raise errors.ProgrammeCreditsError(pointer=f"/body/{field}")
    for number, minimum in enumerate(body.minima):
        if credits_milli(minimum.credits) > whole:
            raise errors.ProgrammeCreditsError(pointer=f"/body/minima/{number}/credits")


def _evolve_publication(act: Act[ProgrammePublished], state: Slice) -> Iterable[Record]:
    del state
    body, base = act.statement.body, _base(act.statement)
    yield CatalogueItemRecord(item=programme_item(base), version=body.version)
    yield ProgrammeRecord(
        programme=f"{base}@{body.version}",
        owner=act.statement.iss,
        title=body.title,
        credits_milli=credits_milli(body.credits),
        requirements=body.requirements,
        minima=body.minima,
        limits=body.limits,
        home_at_least_milli=credits_milli(body.home_at_least or "0"),
        last_at_home_milli=credits_milli(body.last_at_home or "0"),
        shelf_life_months=body.shelf_life_months,
        retired=False,
        position=act.position,
    )


def known_programme(state: Slice, ref: str, *, pointer: str) -> ProgrammeRecord:
    """Return a programme version.

    Raises:
        UnknownProgrammeError: never published.
    """
    programme = state.find(ProgrammeRecord, ref)
    if programme is None:
        raise errors.UnknownProgrammeError(pointer=pointer)
    return programme


def _open_programme(state: Slice, ref: str, *, iss: str) -> None:
    programme = known_programme(state, ref, pointer="/body/programme")
    if programme.retired:
        raise errors.ProgrammeRetiredError(pointer="/body/programme")
    if not answers_for(state, iss=iss, member_id=programme.owner):
        raise catalogue_errors.NotTheOwnerError(pointer="/body/programme")


def _decide_retirement(act: Act[ProgrammeRetired], state: Slice) -> None:
    _open_programme(state, act.statement.body.programme, iss=act.statement.iss)


def _evolve_retirement(act: Act[ProgrammeRetired], state: Slice) -> Iterable[Record]:
    programme = present(state, ProgrammeRecord, key=act.statement.body.programme)
    yield ProgrammeRecord(**{**dict(programme), "retired": True})


def _opening_needs(statement: EnrolmentOpened) -> Iterable[Ref]:
    body = statement.body
    return (
        Ref(EnrolmentRecord, body.enrolment_id),
        Ref(AccountRecord, body.learner_id),
        Ref(ProgrammeRecord, body.programme),
    )


def _decide_opening(act: Act[EnrolmentOpened], state: Slice) -> None:
    body = act.statement.body
    open_account(state, body.learner_id, pointer="/body/learner_id")
    _open_programme(state, body.programme, iss=act.statement.iss)
    if state.find(EnrolmentRecord, body.enrolment_id) is not None:
        raise errors.EnrolmentExistsError(pointer="/body/enrolment_id")
    if body.started_on > act.recorded_on:
        raise errors.EnrolmentDatesError(pointer="/body/started_on")


def _evolve_opening(act: Act[EnrolmentOpened], state: Slice) -> Iterable[Record]:
    del state
    body = act.statement.body
    yield EnrolmentRecord(
        enrolment_id=body.enrolment_id,
        learner_id=body.learner_id,
        school=act.statement.iss,
        programme=body.programme,
        cohort=body.cohort,
        mode=body.mode,
        started_on=body.started_on,
        position=act.position,
    )


def own_enrolment(state: Slice, enrolment_id: str, *, iss: str) -> EnrolmentRecord:
    """Return an enrolment at the issuer that has not ended.

    Raises:
        UnknownEnrolmentError: never opened.
        NotTheSchoolError: at another school.
        EnrolmentEndedError: it has ended.
    """
    pointer = "/body/enrolment_id"
    enrolment = state.find(EnrolmentRecord, enrolment_id)
    if enrolment is None:
        raise errors.UnknownEnrolmentError(pointer=pointer)
    if not answers_for(state, iss=iss, member_id=enrolment.school):
        raise errors.NotTheSchoolError(pointer=pointer)
    if enrolment.ended_on is not None:
        raise errors.EnrolmentEndedError(pointer=pointer)
    return enrolment


def _decide_change(act: Act[EnrolmentChanged], state: Slice) -> None:
    body, iss = act.statement.body, act.statement.iss
    if body.programme is not None:
        _open_programme(state, body.programme, iss=iss)
    enrolment = own_enrolment(state, body.enrolment_id, iss=iss)
    if _changed(enrolment, act) == enrolment:
        raise errors.NothingToChangeError(pointer="/body")


def _changed(enrolment: EnrolmentRecord, act: Act[EnrolmentChanged]) -> EnrolmentRecord:
    new = {field: getattr(act.statement.body, field) for field in _CHANGEABLE}
    changes = {field: value for field, value in new.items() if value is not None}
    return EnrolmentRecord(**{**dict(enrolment), **changes})


def _evolve_change(act: Act[EnrolmentChanged], state: Slice) -> Iterable[Record]:
    key = act.statement.body.enrolment_id
    yield _changed(present(state, EnrolmentRecord, key=key), act)


def _decide_end(act: Act[EnrolmentEnded], state: Slice) -> None:
    body = act.statement.body
    enrolment = own_enrolment(state, body.enrolment_id, iss=act.statement.iss)
    if not enrolment.started_on <= body.ended_on <= act.recorded_on:
        raise errors.EnrolmentDatesError(pointer="/body/ended_on")


def _evolve_end(act: Act[EnrolmentEnded], state: Slice) -> Iterable[Record]:
    body = act.statement.body
    enrolment = present(state, EnrolmentRecord, key=body.enrolment_id)
    end = {"ended_on": body.ended_on, "outcome": body.outcome}
    yield EnrolmentRecord(**{**dict(enrolment), **end})


def _enrolment_stream(
    statement: EnrolmentOpened | EnrolmentChanged | EnrolmentEnded,
) -> str:
    return f"enrolment:{statement.body.enrolment_id}"


PUBLISHED: Rule[ProgrammePublished] = Rule(
    stream=lambda statement: f"programme:{_base(statement)}",
    needs=_publication_needs,
    decide=_decide_publication,
    evolve=_evolve_publication,
)
RETIRED: Rule[ProgrammeRetired] = Rule(
    stream=lambda statement: programme_item(statement.body.programme),
    needs=lambda statement: (Ref(ProgrammeRecord, statement.body.programme),),
    decide=_decide_retirement,
    evolve=_evolve_retirement,
)
ENROLMENT_OPENED: Rule[EnrolmentOpened] = Rule(
    stream=_enrolment_stream,
    needs=_opening_needs,
    decide=_decide_opening,
    evolve=_evolve_opening,
)
ENROLMENT_CHANGED: Rule[EnrolmentChanged] = Rule(
    stream=_enrolment_stream,
    needs=lambda statement: (Ref(EnrolmentRecord, statement.body.enrolment_id),),
    decide=_decide_change,
    evolve=_evolve_change,
)
ENROLMENT_ENDED: Rule[EnrolmentEnded] = Rule(
    stream=_enrolment_stream,
    needs=lambda statement: (Ref(EnrolmentRecord, statement.body.enrolment_id),),
    decide=_decide_end,
    evolve=_evolve_end,
)
