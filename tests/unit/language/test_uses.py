"""Caps are counted on roots, and bind what is new."""

import pytest

from ledger.domain.language.caps import (
    Each,
    Measure,
    Period,
    PeriodBy,
    PeriodUnit,
    Ratio,
    ShareOf,
    UseFilter,
    Within,
)
from ledger.domain.language.uses import Excess, counts_in, find_excess
from ledger.domain.measures import AchievementKind
from ledger.domain.types import MemberKind, Module, Nature
from tests.unit.language.uses_of import CALENDAR, WHOLE, excess, limit, use


@pytest.mark.parametrize(
    ("field", "own", "other"),
    [
        ("root_members", "north", "east"),
        ("root_kinds", MemberKind.SCHOOL, MemberKind.ENTERPRISE),
        ("achievement_kinds", AchievementKind.COURSE, AchievementKind.PROJECT),
        ("schemes", "1+X", "2+X"),
        ("content_groups", "web", "robot"),
        ("natures", Nature.ELECTIVE, Nature.COMPULSORY),
        ("modules", Module.COMMON, Module.CORE),
        ("requirements", "OPEN", "CORE"),
    ],
)
def test_a_filter_counts_what_it_describes(
    field: str, own: object, *, other: object
) -> None:
    """Of a list any one, of the fields every one; nothing given is everything."""
    assert counts_in(use(), UseFilter(**{field: (own,)}))  # type: ignore[arg-type]  # by field
    assert counts_in(use(), UseFilter(**{field: (other, own)}))  # type: ignore[arg-type]  # by field
    assert not counts_in(use(), UseFilter(**{field: (other,)}))  # type: ignore[arg-type]  # by field
    assert counts_in(use(), UseFilter())


def test_the_cap_itself_is_allowed_and_a_thousandth_more_is_not() -> None:
    """What it allows and what there would be are told."""
    before = [use(case_id="one")]

    assert excess(limit(), before, new=[use()]) is None
    assert excess(limit(), before, new=[use(target_milli=1001)]) == Excess(
        limit="cap", allowed_milli=2000, reached_milli=2001
    )


def test_without_anything_new_no_limit_is_asked() -> None:
    """An excess that a merge caused refuses nothing by itself."""
    before = [use(case_id="one", target_milli=9000)]

    assert excess(limit(), before, new=[]) is None


def test_an_excess_elsewhere_does_not_bind_what_does_not_touch_it() -> None:
    """Of limits that hold for each apart, only those of what is new are judged."""
    apart = limit(each=Each.ROOT_MEMBER)
    before = [use(case_id="one", root_member="east", target_milli=9000)]

    assert excess(apart, before, new=[use()]) is None
    assert excess(apart, before, new=[use(root_member="east")]) is not None


@pytest.mark.parametrize(
    ("within", "shared"),
    [
        (Within.ENROLMENT, {"member": "x", "rule": "x/X@1"}),
        (Within.MEMBER, {"enrolment_id": "x", "rule": "x/X@1"}),
        (Within.RULE, {"enrolment_id": "x", "member": "x", "rule": "south/RULE@7"}),
        (Within.LEARNER, {"enrolment_id": "x", "member": "x", "rule": "x/X@1"}),
    ],
)
def test_a_scope_adds_up_what_shares_it(
    within: Within, shared: dict[str, object]
) -> None:
    """A rule is one scope in all its versions."""
    scoped = limit(within=within)
    strange = {"enrolment_id": "y", "member": "y", "rule": "y/Y@1"}
    far = [use(case_id="far", target_milli=2000, **strange)]
    near = [use(case_id="near", target_milli=2000, **shared)]

    assert excess(scoped, near, new=[use()]) is not None
    reached = excess(scoped, far, new=[use()])
    assert (reached is None) == (within is not Within.LEARNER)


@pytest.mark.parametrize(
    ("measure", "reached"),
    [(Measure.CREDITS, 4000), (Measure.COURSES, 3000), (Measure.EXCHANGES, 2000)],
)
def test_credits_courses_and_exchanges_are_counted_apart(
    measure: Measure, reached: int
) -> None:
    """Two roots behind one course are one course."""
    before = [
        use(case_id="one", target=0, root="a"),
        use(case_id="one", target=0, root="b"),
        use(case_id="one", target=1, root="a"),
    ]

    found = excess(limit(measure=measure, at_most="1"), before, new=[use()])

    assert found is not None
    assert found.reached_milli == reached


def test_what_was_topped_up_is_credits_still_and_an_exchange_no_more() -> None:
    """Else a higher certificate could never be added to the lower one."""
    before = [use(case_id="one", superseded_by="case")]

    assert (
        excess(limit(measure=Measure.EXCHANGES, at_most="1"), before, new=[use()])
        is None
    )
    assert excess(limit(at_most="1"), before, new=[use()]) is not None


@pytest.mark.parametrize(
    ("share_of", "allowed"),
    [
        (ShareOf.PROGRAMME_CREDITS, 5000),
        (ShareOf.PROGRAMME_COURSES, 2500),
        (ShareOf.ROOT_CREDITS, 2500),
    ],
)
def test_a_share_is_of_its_whole_rounded_down(share_of: ShareOf, allowed: int) -> None:
    """Each root is counted once into the whole that a share of roots is of."""
    share = limit(
        at_most=None, share=Ratio(numerator=1, denominator=2), share_of=share_of
    )
    before = [
        use(case_id="one", target_milli=9000),
        use(case_id="two", root="other", root_total_milli=2000),
    ]

    found = excess(share, before, new=[use()])

    assert found is not None
    assert found.allowed_milli == allowed


@pytest.mark.parametrize(
    ("unit", "by", "other", "same"),
    [
        (PeriodUnit.TERM, PeriodBy.LEARNING_ENDED, {"learning_ended": "2026-07-01"}, 0),
        (PeriodUnit.TERM, PeriodBy.LEARNING_ENDED, {"learning_ended": "2026-01-01"}, 1),
        (PeriodUnit.TERM, PeriodBy.ASSESSED, {"assessed": "2026-06-30"}, 0),
        (PeriodUnit.TERM, PeriodBy.REQUESTED, {"requested": "2026-06-30"}, 0),
        (PeriodUnit.YEAR, PeriodBy.REQUESTED, {"requested": "2026-06-30"}, 1),
        (PeriodUnit.YEAR, PeriodBy.REQUESTED, {"requested": "2027-01-01"}, 0),
        (PeriodUnit.TERM, PeriodBy.ASSESSED, {"assessed": None}, 0),
    ],
)
def test_a_period_is_that_of_its_date(
    unit: PeriodUnit, by: PeriodBy, *, other: dict[str, object], same: int
) -> None:
    """Two uses share a cap where the date that decides lies in the same span."""
    apart = limit(at_most="1", period=Period(calendar=CALENDAR, unit=unit, by=by))

    found = excess(apart, [use(case_id="one", **other)], new=[use()])

    assert (found is not None) == bool(same)


@pytest.mark.parametrize(
    ("each", "other"),
    [
        (Each.ROOT, {"root": "x"}),
        (Each.ROOT_MEMBER, {"root_member": "x"}),
        (Each.CONTENT_GROUP, {"content_group": "x"}),
        (Each.CONTENT_GROUP, {"content_group": None, "root": "x"}),
        (Each.REQUIREMENT, {"requirement": "x"}),
    ],
)
def test_a_cap_for_each_is_counted_apart(each: Each, other: dict[str, object]) -> None:
    """What has no content group is a group of its own root."""
    apart = limit(at_most="1", each=each)

    assert excess(apart, [use(case_id="one", **other)], new=[use()]) is None
    assert excess(apart, [use(case_id="one")], new=[use()]) is not None


def test_a_limit_with_a_condition_allows_nothing_where_it_fails() -> None:
    """The companion must be of the same period, and give more than nothing."""
    term = Period(calendar=CALENDAR, unit=PeriodUnit.TERM)
    earlier = limit(
        over=UseFilter(root_members=("north",)),
        only_if=UseFilter(root_members=("centre",)),
        period=term,
    )
    beside = {"case_id": "one", "root_member": "centre"}
    nothing = Excess(limit="cap", allowed_milli=0, reached_milli=1000)

    assert excess(earlier, [], new=[use()]) == nothing
    assert excess(earlier, [use(**beside, target_milli=0)], new=[use()]) == nothing
    other_term = use(**beside, learning_ended="2026-07-01")
    assert excess(earlier, [other_term], new=[use()]) == nothing
    assert excess(earlier, [use(**beside)], new=[use()]) is None
    assert excess(earlier, [], new=[use(), use(root="b", root_member="centre")]) is None


def test_the_first_limit_exceeded_is_the_one_told() -> None:
    """In the order in which they are written."""
    limits = (limit(code="wide", at_most="9"), limit(code="a"), limit(code="b"))

    found = find_excess(limits, [], new=[use(target_milli=2001)], whole=WHOLE)

    assert found is not None
    assert found.limit == "a"
