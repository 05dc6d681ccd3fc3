"""What a root counts for, and whether that stays within the caps.

Caps bind new acts: a group of uses without a new one in it is never judged, so that an
excess caused by a merge shows but refuses nothing by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, assert_never

from ledger.domain.language.arithmetic import CREDIT_MILLI, share_milli
from ledger.domain.language.caps import (
    Each,
    Limit,
    Measure,
    Period,
    PeriodBy,
    ShareOf,
    UseFilter,
    Within,
)
from ledger.domain.language.dates import span_on
from ledger.domain.measures import AcademicYear, AchievementKind
from ledger.domain.types import MemberKind, Module, Nature, Wire, credits_milli


class Use(Wire):
    """That a root counts for a target: what caps and duplicates are counted on.

    ``root_milli`` is how much of the root stands behind it, ``source_milli`` how much
    of the lots that were brought, ``target_milli`` how much it gave. What a better
    result topped up (``superseded_by`` its case) still counts as credits, not as an
    exchange; what it replaced (``withdrawn``) counts no more.
    """

    case_id: str
    target: int
    root: str
    root_member: str
    attested: bool = False
    root_kind: MemberKind
    achievement_kind: AchievementKind | None
    scheme: str | None
    content_group: str | None
    framework: str | None
    level_rank: int | None
    root_milli: int
    root_total_milli: int
    source_milli: int
    target_milli: int
    rule: str
    enrolment_id: str
    programme: str
    member: str
    requirement: str | None
    nature: Nature | None
    module: Module | None
    learning_ended: str | None
    assessed: str | None
    requested: str
    superseded_by: str | None = None
    withdrawn: bool = False

    @property
    def rule_code(self) -> str:
        """Return the rule without its version."""
        return self.rule.partition("@")[0]


class Whole(NamedTuple):
    """What shares are taken of, and the calendars that periods are counted by."""

    credits_milli: int
    courses: int
    years: Mapping[str, Sequence[AcademicYear]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """A limit that would be exceeded: what it allows and what there would be."""

    limit: str
    allowed_milli: int
    reached_milli: int


def counts_in(use: Use, over: UseFilter) -> bool:
    """Tell whether a use is of what a filter describes."""
    return (
        (not over.root_members or use.root_member in over.root_members)
        and (not over.root_kinds or use.root_kind in over.root_kinds)
        and (
            not over.achievement_kinds or use.achievement_kind in over.achievement_kinds
        )
        and (not over.schemes or use.scheme in over.schemes)
        and (not over.content_groups or use.content_group in over.content_groups)
        and (not over.natures or use.nature in over.natures)
        and (not over.modules or use.module in over.modules)
        and (not over.requirements or use.requirement in over.requirements)
    )


def find_excess(
    limits: Iterable[Limit], before: Iterable[Use], *, new: Sequence[Use], whole: Whole
) -> Excess | None:
    """Return the first limit that the new uses, on top of the others, exceed.

    ``new`` are the uses of one exchange: one enrolment, member, rule and learner.
    """
    earlier = before if isinstance(before, list) else list(before)
    for limit in limits if new else ():
        scoped = _scoped(earlier, new[0], within=limit.within)
        excess = _excess(limit, scoped, new=new, whole=whole)
        if excess is not None:
            return excess
    return None


def tightest(limit: Limit, uses: Iterable[Use], *, whole: Whole) -> Excess:
    """Return where a limit without periods leaves the least room, or is exceeded most.

    ``uses`` are all of one scope. Of a limit on each of several, the first such one.
    """
    groups: dict[str | None, list[Use]] = {}
    for use in _measurable(uses, limit):
        groups.setdefault(_each_of(use, limit.each), []).append(use)
    found = [
        Excess(
            limit=limit.code,
            allowed_milli=_allowed(limit, group, whole=whole),
            reached_milli=_measured(group, limit.measure),
        )
        for group in groups.values() or ([],)
    ]
    return max(found, key=lambda one: one.reached_milli - one.allowed_milli)


def _scoped(uses: Sequence[Use], new: Use, *, within: Within) -> Sequence[Use]:
    """Return the uses in the scope of a new one."""
    match within:
        case Within.ENROLMENT:
            return [use for use in uses if use.enrolment_id == new.enrolment_id]
        case Within.MEMBER:
            return [use for use in uses if use.member == new.member]
        case Within.RULE:
            return [use for use in uses if use.rule_code == new.rule_code]
        case Within.LEARNER:
            return uses
        case _:
            assert_never(within)


def measured_by_group(
    limit: Limit, uses: Iterable[Use], *, like: Use, whole: Whole
) -> dict[tuple[str | None, str | None], int]:
    """Return what a limit measures of uses in the scope of one, for each group apart.

    The exchanges of all uses are told apart by their case.
    """
    groups: dict[tuple[str | None, str | None], list[Use]] = {}
    for use in _measurable(_scoped(list(uses), like, within=limit.within), limit):
        groups.setdefault(_group_of(use, limit, whole=whole), []).append(use)
    return {key: _measured(group, limit.measure) for key, group in groups.items()}


def allowed_of(limit: Limit, *, whole: Whole) -> int | None:
    """Return what a limit allows; None where that depends on what is measured."""
    if limit.share_of is ShareOf.ROOT_CREDITS:
        return None
    return _allowed(limit, (), whole=whole)


def _excess(
    limit: Limit, before: Sequence[Use], *, new: Sequence[Use], whole: Whole
) -> Excess | None:
    groups = _grouped(limit, before, new=new, whole=whole)
    for key in sorted(groups, key=str) if len(groups) > 1 else groups:
        group = groups[key]
        reached = _measured(group, limit.measure)
        allowed = _allowed(limit, group, whole=whole)
        if limit.only_if is not None:
            companions = (
                use.target_milli
                for use in (*before, *new)
                if counts_in(use, limit.only_if)
                and _period_of(use, limit.period, whole=whole) == key[0]
            )
            allowed = allowed if any(companions) else 0
        if reached > allowed:
            return Excess(
                limit=limit.code, allowed_milli=allowed, reached_milli=reached
            )
    return None


def _grouped(
    limit: Limit, before: Iterable[Use], *, new: Iterable[Use], whole: Whole
) -> dict[tuple[str | None, str | None], list[Use]]:
    """Return what a limit measures, by group, of the groups with a new use in them.

    In one pass over what was before, which may be long, and without a call where none
    is needed.
    """
    groups: dict[tuple[str | None, str | None], list[Use]] = {}
    for use in _measurable(new, limit):
        groups.setdefault(_group_of(use, limit, whole=whole), []).append(use)
    if not groups:
        return groups
    if limit.each is Each.ROOT:
        roots = {each for _, each in groups}
        before = [use for use in before if use.root in roots]
    measured = _measurable(before, limit)
    if limit.each is None and limit.period is None:
        groups[None, None] += measured
        return groups
    for use in measured:
        group = groups.get(_group_of(use, limit, whole=whole))
        if group is not None:
            group.append(use)
    return groups


def _group_of(use: Use, limit: Limit, *, whole: Whole) -> tuple[str | None, str | None]:
    return _period_of(use, limit.period, whole=whole), _each_of(use, limit.each)


def _measurable(uses: Iterable[Use], limit: Limit) -> Iterable[Use]:
    over = limit.over
    if any(over.__dict__.values()):
        uses = [use for use in uses if counts_in(use, over)]
    if limit.measure is Measure.CREDITS:
        return uses
    return [use for use in uses if use.superseded_by is None]


def _measured(group: Iterable[Use], measure: Measure) -> int:
    match measure:
        case Measure.CREDITS:
            return sum(use.target_milli for use in group)
        case Measure.COURSES:
            return CREDIT_MILLI * len({(one.case_id, one.target) for one in group})
        case Measure.EXCHANGES:
            return CREDIT_MILLI * len({one.case_id for one in group})
        case _:
            assert_never(measure)


def _allowed(limit: Limit, group: Sequence[Use], *, whole: Whole) -> int:
    if limit.share is None or limit.share_of is None:
        return credits_milli(limit.at_most or "0")
    return share_milli(_total(limit.share_of, group, whole=whole), limit.share)


def _total(share_of: ShareOf, group: Sequence[Use], *, whole: Whole) -> int:
    match share_of:
        case ShareOf.PROGRAMME_CREDITS:
            return whole.credits_milli
        case ShareOf.PROGRAMME_COURSES:
            return whole.courses * CREDIT_MILLI
        case ShareOf.ROOT_CREDITS:
            return sum({use.root: use.root_total_milli for use in group}.values())
        case _:
            assert_never(share_of)


def _period_of(use: Use, period: Period | None, *, whole: Whole) -> str | None:
    if period is None:
        return None
    days = {
        PeriodBy.LEARNING_ENDED: use.learning_ended,
        PeriodBy.ASSESSED: use.assessed,
        PeriodBy.REQUESTED: use.requested,
    }
    day = days[period.by]
    if day is None:
        return None
    return span_on(whole.years[period.calendar], period.unit, day=day)


def _each_of(use: Use, each: Each | None) -> str | None:
    match each:
        case Each.ROOT:
            return use.root
        case Each.ROOT_MEMBER:
            return use.root_member
        case Each.CONTENT_GROUP:
            return use.content_group or use.root
        case Each.REQUIREMENT:
            return use.requirement
        case None:
            return None
        case _:
            assert_never(each)
