"""Rules of the public catalogue: one version after another, by its owner."""

from collections.abc import Iterable

from ledger.domain.errors import awards as award_errors
from ledger.domain.errors import catalogue as errors
from ledger.domain.measures import AcademicYear, Level
from ledger.domain.rules.act import Act, Rule
from ledger.domain.rules.dates import check_past
from ledger.domain.rules.envelope import answers_for, present
from ledger.domain.state import (
    AchievementRecord,
    CalendarRecord,
    CatalogueItemRecord,
    FrameworkRecord,
    MemberRecord,
    Record,
    Ref,
    Slice,
)
from ledger.domain.statements.awards import TermRef
from ledger.domain.statements.catalogue import (
    AchievementEndorsed,
    AchievementPublished,
    AchievementPublishedBody,
    AchievementRetired,
    CalendarPublished,
    FrameworkPublished,
)
from ledger.domain.types import credits_milli


def check_next_version(current: int | None, published: int) -> None:
    """Check that the version published is the one after the newest.

    Raises:
        VersionNotNextError: it is not.
    """
    expected = 1 if current is None else current + 1
    if published != expected:
        raise errors.VersionNotNextError(pointer="/body/version", expected=expected)


def _decide_framework(act: Act[FrameworkPublished], state: Slice) -> None:
    body = act.statement.body
    record = state.find(FrameworkRecord, body.code)
    check_next_version(record.version if record else None, body.version)
    for field in ("code", "rank"):
        values = [getattr(level, field) for level in body.levels]
        if len(set(values)) != len(values):
            raise errors.LevelRepeatedError(pointer="/body/levels", field=field)


def _evolve_framework(act: Act[FrameworkPublished], state: Slice) -> Iterable[Record]:
    del state
    body = act.statement.body
    yield FrameworkRecord(
        code=body.code,
        version=body.version,
        ranks=tuple((level.code, level.rank) for level in body.levels),
        equivalent=tuple(
            (level.code, other) for level in body.levels for other in level.equivalent
        ),
    )


def _calendar_id(statement: CalendarPublished) -> str:
    return f"{statement.iss}/{statement.body.code}"


def _decide_calendar(act: Act[CalendarPublished], state: Slice) -> None:
    body = act.statement.body
    record = state.find(CalendarRecord, _calendar_id(act.statement))
    check_next_version(record.version if record else None, body.version)
    _check_codes(body.years)
    for number, year in enumerate(body.years):
        pointer = f"/body/years/{number}"
        if year.starts_on > year.ends_on:
            raise award_errors.DateOrderError(pointer=f"{pointer}/ends_on")
        for place, term in enumerate(year.terms):
            within = year.starts_on <= term.starts_on <= term.ends_on <= year.ends_on
            if not within:
                raise award_errors.DateOrderError(
                    pointer=f"{pointer}/terms/{place}/ends_on"
                )


def _check_codes(years: Iterable[AcademicYear]) -> None:
    known_years: set[str] = set()
    known_terms: set[str] = set()
    for number, year in enumerate(years):
        pointer = f"/body/years/{number}"
        if year.code in known_years:
            raise errors.TermRepeatedError(pointer=f"{pointer}/code")
        known_years.add(year.code)
        for place, term in enumerate(year.terms):
            if term.code in known_terms:
                raise errors.TermRepeatedError(pointer=f"{pointer}/terms/{place}/code")
            known_terms.add(term.code)


def _evolve_calendar(act: Act[CalendarPublished], state: Slice) -> Iterable[Record]:
    del state
    body = act.statement.body
    yield CalendarRecord(
        calendar=_calendar_id(act.statement),
        version=body.version,
        years=body.years,
        workdays=body.workdays,
    )


def _item(statement: AchievementPublished) -> str:
    return f"{statement.iss}/{statement.body.code}"


def _publication_needs(statement: AchievementPublished) -> Iterable[Ref]:
    yield Ref(CatalogueItemRecord, _item(statement))
    if statement.body.level is not None:
        yield Ref(FrameworkRecord, statement.body.level.framework)


def _decide_publication(act: Act[AchievementPublished], state: Slice) -> None:
    body = act.statement.body
    record = state.find(CatalogueItemRecord, _item(act.statement))
    check_next_version(record.version if record else None, body.version)
    check_level(body.level, state)
    if body.credits is None and body.workload is None:
        raise errors.AchievementEmptyError(pointer="/body/credits")


def check_level(level: Level | None, state: Slice) -> None:
    """Check that a level stands in its published framework.

    Raises:
        UnknownFrameworkError: no such framework.
        UnknownLevelError: no such level in it.
    """
    if level is None:
        return
    framework = state.find(FrameworkRecord, level.framework)
    if framework is None:
        raise errors.UnknownFrameworkError(pointer="/body/level/framework")
    if level.code not in dict(framework.ranks):
        raise errors.UnknownLevelError(pointer="/body/level/code")


def check_term(term: TermRef | None, state: Slice) -> None:
    """Check that a term stands in its published calendar.

    Raises:
        UnknownCalendarError: no such calendar.
        UnknownTermError: no such term in it.
    """
    if term is None:
        return
    calendar = state.find(CalendarRecord, term.calendar)
    if calendar is None:
        raise errors.UnknownCalendarError(pointer="/body/term/calendar")
    if not any(term.code == one.code for year in calendar.years for one in year.terms):
        raise errors.UnknownTermError(pointer="/body/term/code")


def _evolve_publication(
    act: Act[AchievementPublished], state: Slice
) -> Iterable[Record]:
    del state
    item = _item(act.statement)
    yield CatalogueItemRecord(item=item, version=act.statement.body.version)
    yield _achievement(act.statement.body, item=item, act=act)


def _achievement(
    body: AchievementPublishedBody, *, item: str, act: Act[AchievementPublished]
) -> AchievementRecord:
    return AchievementRecord(
        achievement=f"{item}@{body.version}",
        owner=act.statement.iss,
        achievement_kind=body.kind,
        nature=body.nature,
        module=body.module,
        amount_milli=None if body.credits is None else credits_milli(body.credits),
        workload=body.workload,
        level=body.level,
        skills=body.skills,
        content_group=body.content_group,
        scheme=None if body.awarding_body is None else body.awarding_body.scheme,
        shelf_life_months=body.shelf_life_months,
        endorsed_by=(),
        retired=False,
        position=act.position,
    )


def _known_version(ref: str, state: Slice) -> AchievementRecord:
    record = state.find(AchievementRecord, ref)
    if record is None:
        raise errors.UnknownAchievementError(pointer="/body/achievement")
    if record.retired:
        raise errors.AchievementRetiredError(pointer="/body/achievement")
    return record


def _decide_endorsement(act: Act[AchievementEndorsed], state: Slice) -> None:
    record = _known_version(act.statement.body.achievement, state)
    if act.statement.iss in record.endorsed_by:
        raise errors.AlreadyEndorsedError(pointer="/body/achievement")
    decided_on = act.statement.body.decided_on
    check_past(decided_on, today=act.recorded_on, field="decided_on")


def _evolve_endorsement(
    act: Act[AchievementEndorsed], state: Slice
) -> Iterable[Record]:
    record = present(state, AchievementRecord, key=act.statement.body.achievement)
    endorsed_by = (*record.endorsed_by, act.statement.iss)
    yield AchievementRecord(**{**dict(record), "endorsed_by": endorsed_by})


def _decide_retirement(act: Act[AchievementRetired], state: Slice) -> None:
    record = _known_version(act.statement.body.achievement, state)
    if not answers_for(state, iss=act.statement.iss, member_id=record.owner):
        raise errors.NotTheOwnerError(pointer="/body/achievement")


def _evolve_retirement(act: Act[AchievementRetired], state: Slice) -> Iterable[Record]:
    record = present(state, AchievementRecord, key=act.statement.body.achievement)
    yield AchievementRecord(**{**dict(record), "retired": True})


def _version_needs(
    statement: AchievementEndorsed | AchievementRetired,
) -> Iterable[Ref]:
    owner = statement.body.achievement.partition("/")[0]
    return (
        Ref(AchievementRecord, statement.body.achievement),
        Ref(MemberRecord, owner),
    )


def achievement_stream(ref: str) -> str:
    """Return the stream of a catalogue item, whatever the version."""
    return f"achievement:{ref.partition('@')[0]}"


FRAMEWORK: Rule[FrameworkPublished] = Rule(
    stream=lambda statement: f"framework:{statement.body.code}",
    needs=lambda statement: (Ref(FrameworkRecord, statement.body.code),),
    decide=_decide_framework,
    evolve=_evolve_framework,
)
CALENDAR: Rule[CalendarPublished] = Rule(
    stream=lambda statement: f"calendar:{_calendar_id(statement)}",
    needs=lambda statement: (Ref(CalendarRecord, _calendar_id(statement)),),
    decide=_decide_calendar,
    evolve=_evolve_calendar,
)
PUBLISHED: Rule[AchievementPublished] = Rule(
    stream=lambda statement: achievement_stream(_item(statement)),
    needs=_publication_needs,
    decide=_decide_publication,
    evolve=_evolve_publication,
)
ENDORSED: Rule[AchievementEndorsed] = Rule(
    stream=lambda statement: achievement_stream(statement.body.achievement),
    needs=_version_needs,
    decide=_decide_endorsement,
    evolve=_evolve_endorsement,
)
RETIRED: Rule[AchievementRetired] = Rule(
    stream=lambda statement: achievement_stream(statement.body.achievement),
    needs=_version_needs,
    decide=_decide_retirement,
    evolve=_evolve_retirement,
)
