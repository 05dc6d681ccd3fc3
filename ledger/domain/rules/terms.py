"""What must hold of a rule's terms before anybody agrees to them.

In order: parties, dates, calendars, sources, targets, conversion, approval, limits.
"""

from collections.abc import Iterable
from typing import Final

from ledger.domain.errors import agreements as errors
from ledger.domain.errors import awards as award_errors
from ledger.domain.errors import catalogue as catalogue_errors
from ledger.domain.errors import programmes as programme_errors
from ledger.domain.language.selectors import Component, LevelRange, Predicate
from ledger.domain.language.shapes import (
    Conversion,
    Method,
    Outcome,
    Remainder,
    RequirementName,
    RoundAt,
    RuleTerms,
    Target,
)
from ledger.domain.rules.envelope import present
from ledger.domain.rules.limits import calendar_refs, check_limits_shape
from ledger.domain.rules.policies import is_committee
from ledger.domain.rules.programmes import programme_item
from ledger.domain.state import (
    CalendarRecord,
    CatalogueItemRecord,
    FrameworkRecord,
    LedgerRecord,
    MemberRecord,
    ProgrammeRecord,
    Ref,
    Slice,
)
from ledger.domain.types import AWARDING_KINDS, credits_milli

COMPONENTS_MAX: Final = 64


def terms_needs(terms: RuleTerms) -> Iterable[Ref]:
    """Name the records that checking terms looks at."""
    members = {*terms.parties, terms.recogniser}
    if terms.committee is not None:
        members.add(terms.committee)
    yield from (Ref(MemberRecord, one) for one in sorted(members))
    yield from calendar_refs(terms.limits)
    yield from (Ref(CalendarRecord, one) for _, one in _calendars(terms))
    for target in terms.targets:
        if target.requirement is not None:
            item = programme_item(target.requirement.programme)
            yield Ref(CatalogueItemRecord, item)
        if target.achievement is not None:
            yield Ref(CatalogueItemRecord, target.achievement)


def check_terms(
    terms: RuleTerms, state: Slice, *, proposer: str, pointer: str = "/body/terms"
) -> None:
    """Check that terms say one thing, about what there is.

    Raises:
        RulePartyError: a member is no party, or cannot be one.
        DateOrderError: valid until before it is valid.
        UnknownCalendarError: a calendar that nobody published.
        RuleTermsError: terms contradict each other.
        UnknownFrameworkError, UnknownLevelError, UnknownAchievementError,
        UnknownProgrammeError: what the terms name does not exist.
        LimitShapeError, RequirementRepeatedError: of a limit.
    """
    _check_parties(terms, state, proposer=proposer, pointer=pointer)
    if terms.valid_until is not None and terms.valid_until < terms.valid_from:
        raise award_errors.DateOrderError(pointer=f"{pointer}/valid_until")
    for field, calendar in _calendars(terms):
        if state.find(CalendarRecord, calendar) is None:
            raise catalogue_errors.UnknownCalendarError(pointer=f"{pointer}/{field}")
    if len(terms.source.components) > COMPONENTS_MAX:
        raise errors.RuleTermsError(
            pointer=f"{pointer}/source/groups", reason="too-many-components"
        )
    for place, component in _placed(terms):
        _check_component(component, terms, state=state, pointer=f"{pointer}/{place}")
    for number, target in enumerate(terms.targets):
        place = f"{pointer}/targets/{number}"
        _check_target(target, terms, state=state, pointer=place)
    _check_conversion(terms, pointer=pointer)
    _check_approval(terms, state, pointer=pointer)
    check_limits_shape(terms.limits, state, pointer=f"{pointer}/limits")


def _calendars(terms: RuleTerms) -> Iterable[tuple[str, str]]:
    if terms.request_window is not None:
        yield "request_window/calendar", terms.request_window.calendar
    if terms.workdays is not None:
        yield "workdays", terms.workdays


def _placed(terms: RuleTerms) -> Iterable[tuple[str, Component]]:
    for number, group in enumerate(terms.source.groups):
        for index, component in enumerate(group.components):
            yield f"source/groups/{number}/components/{index}", component


def _check_parties(
    terms: RuleTerms, state: Slice, *, proposer: str, pointer: str
) -> None:
    if len(set(terms.parties)) != len(terms.parties):
        raise errors.RulePartyError(pointer=f"{pointer}/parties")
    for number, party in enumerate(terms.parties):
        member = state.find(MemberRecord, party)
        if member is None or member.member_kind not in AWARDING_KINDS:
            raise errors.RulePartyError(pointer=f"{pointer}/parties/{number}")
    if proposer not in terms.parties:
        raise errors.RulePartyError(pointer="/iss")
    if terms.recogniser not in terms.parties:
        raise errors.RulePartyError(pointer=f"{pointer}/recogniser")
    if terms.committee is not None and not is_committee(state, terms.committee):
        raise errors.RulePartyError(pointer=f"{pointer}/committee")


def _check_component(
    component: Component, terms: RuleTerms, *, state: Slice, pointer: str
) -> None:
    selector = component.of
    named = set(selector.members)
    if selector.achievement is not None:
        _check_achievement(selector.achievement, state, pointer=f"{pointer}/of")
        named.add(selector.achievement.partition("/")[0])
    if not named <= set(terms.parties):
        raise errors.RulePartyError(pointer=f"{pointer}/of/members")
    if selector.level is not None:
        _check_range(selector.level, state, pointer=f"{pointer}/of/level")
    load = component.workload_at_least
    if load is not None and credits_milli(load.value) == 0:
        raise errors.RuleTermsError(
            pointer=f"{pointer}/workload_at_least", reason="workload-zero"
        )
    for number, predicate in enumerate(component.predicates):
        _check_predicate(predicate, state, pointer=f"{pointer}/predicates/{number}")


def _check_achievement(name: str, state: Slice, *, pointer: str) -> None:
    base, _, version = name.partition("@")
    item = state.find(CatalogueItemRecord, base)
    if item is None or (version and int(version) > item.version):
        raise catalogue_errors.UnknownAchievementError(pointer=f"{pointer}/achievement")


def _rank(framework: str, code: str, *, state: Slice, pointer: str) -> int:
    record = state.find(FrameworkRecord, framework)
    if record is None:
        raise catalogue_errors.UnknownFrameworkError(pointer=f"{pointer}/framework")
    rank = dict(record.ranks).get(code)
    if rank is None:
        raise catalogue_errors.UnknownLevelError(pointer=pointer)
    return rank


def _check_range(level: LevelRange, state: Slice, *, pointer: str) -> None:
    ranks = [
        _rank(level.framework, code, state=state, pointer=pointer)
        for code in (level.at_least, level.at_most)
        if code is not None
    ]
    if ranks != sorted(ranks) or not ranks:
        raise errors.RuleTermsError(pointer=pointer, reason="empty-level-range")


def _check_predicate(predicate: Predicate, state: Slice, *, pointer: str) -> None:
    if predicate.name == "grade":
        framework = predicate.framework
        if framework is None or predicate.scale is not None:
            raise errors.RuleTermsError(pointer=pointer, reason="grade-on-framework")
        _rank(framework, predicate.at_least, state=state, pointer=pointer)
        return
    try:
        credits_milli(predicate.at_least)
    except ValueError:
        raise errors.RuleTermsError(pointer=pointer, reason="not-a-number") from None
    if predicate.framework is not None:
        raise errors.RuleTermsError(pointer=pointer, reason="number-on-scale")


def _check_target(
    target: Target, terms: RuleTerms, *, state: Slice, pointer: str
) -> None:
    if (target.requirement is None) == (target.achievement is None):
        raise errors.RuleTermsError(pointer=pointer, reason="one-aim")
    aim = target.requirement.programme if target.requirement else target.achievement
    if (aim or "").partition("/")[0] != terms.recogniser:
        raise errors.RulePartyError(pointer=pointer)
    if target.requirement is not None:
        _check_requirement(target.requirement, state, pointer=f"{pointer}/requirement")
    elif state.find(CatalogueItemRecord, str(target.achievement)) is None:
        raise catalogue_errors.UnknownAchievementError(pointer=f"{pointer}/achievement")
    met = target.outcome is Outcome.REQUIREMENT_MET
    if met and target.credits != "0":
        raise errors.RuleTermsError(pointer=f"{pointer}/credits", reason="zero-credits")
    if (target.outcome is Outcome.PARTIAL) != (target.supplement is not None):
        raise errors.RuleTermsError(
            pointer=f"{pointer}/supplement", reason="supplement"
        )


def _check_requirement(name: RequirementName, state: Slice, *, pointer: str) -> None:
    item = state.find(CatalogueItemRecord, programme_item(name.programme))
    if item is None:
        raise programme_errors.UnknownProgrammeError(pointer=f"{pointer}/programme")
    programme = state.find(ProgrammeRecord, f"{name.programme}@{item.version}")
    if programme is None or programme.requirement(name.code) is None:
        raise programme_errors.UnknownProgrammeError(pointer=f"{pointer}/code")


def _check_conversion(terms: RuleTerms, *, pointer: str) -> None:
    conversion, place = terms.conversion, f"{pointer}/conversion"
    for reason, wrong in _conversion_faults(conversion, terms):
        if wrong:
            raise errors.RuleTermsError(pointer=place, reason=reason)


def _conversion_faults(
    conversion: Conversion, terms: RuleTerms
) -> Iterable[tuple[str, bool]]:
    open_targets = sum(target.credits is None for target in terms.targets)
    method = conversion.method
    expected = 0 if method is Method.FIXED else 1
    yield "one-target-takes-the-result", open_targets != expected
    yield "ratio", (method is Method.RATIO) != (conversion.ratio is not None)
    yield "per-credit", (method is Method.WORKLOAD) != bool(conversion.per_credit)
    units = [one.unit for one in conversion.per_credit]
    yield "per-credit-twice", len(set(units)) != len(units)
    yield (
        "per-credit-zero",
        any(credits_milli(one.value) == 0 for one in conversion.per_credit),
    )
    yield "step-zero", credits_milli(conversion.step) == 0
    sums = conversion.round_at is RoundAt.PROGRAMME
    yield "programme-needs-ratio", sums and method is not Method.RATIO
    keeps = terms.remainder is Remainder.KEEP
    yield "keep-needs-credits", keeps and method is Method.WORKLOAD


def _check_approval(terms: RuleTerms, state: Slice, *, pointer: str) -> None:
    """The recogniser decides, or has agreed before the bank itself registers.

    The operator, who runs the bank, may have the last desk and no other: what it
    accepts there, the recogniser has signed for on the way.
    """
    if not terms.approval:
        return
    desks = {*terms.parties, *(() if terms.committee is None else (terms.committee,))}
    *others, last = (step.member for step in terms.approval)
    registered = last == present(state, LedgerRecord, key=0).operator
    for number, member in enumerate(others if registered else (*others, last)):
        if member not in desks:
            raise errors.RulePartyError(pointer=f"{pointer}/approval/{number}/member")
    if terms.recogniser not in (others if registered else (last,)):
        number = len(others)
        raise errors.RuleTermsError(
            pointer=f"{pointer}/approval/{number}/member", reason="recogniser-decides"
        )
    if terms.workdays is None:
        raise errors.RuleTermsError(
            pointer=f"{pointer}/workdays", reason="workdays-needed"
        )
