"""A selector means the lots it describes, and no other."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.language.matching import (
    LotFacts,
    Offer,
    is_recent,
    matches,
    missing_component,
)
from ledger.domain.language.selectors import (
    AgeAt,
    Component,
    DateOf,
    Group,
    LevelRange,
    MaxAge,
    Mode,
    Selector,
    Source,
)
from ledger.domain.measures import AchievementKind, Level, Workload, WorkloadUnit
from ledger.domain.types import MemberKind, Module, Nature

RANKS = {"x": {"初级": 1, "中级": 2, "高级": 3}}
LOT = {
    "award_id": "award",
    "issuer": "north-college",
    "issuer_kind": MemberKind.SCHOOL,
    "achievement": "north-college/WELD@2",
    "achievement_kind": AchievementKind.COURSE,
    "scheme": "1+X",
    "content_group": "welding",
    "level": Level(framework="x", code="中级"),
    "skills": ("mig", "tig"),
    "nature": Nature.COMPULSORY,
    "module": Module.CORE,
    "workload": Workload(value="32", unit=WorkloadUnit.HOUR),
    "learned_to": "2026-06-30",
    "assessed_on": "2026-07-10",
    "recorded_on": "2026-09-01",
}
NOTHING = dict.fromkeys(
    (
        *("achievement", "achievement_kind", "scheme", "content_group", "level"),
        *("nature", "module", "workload", "learned_to", "assessed_on"),
    )
)


def lot(**changes: object) -> LotFacts:
    """Return the facts of a welding course, with some of them changed."""
    return LotFacts(**{**LOT, **changes})  # type: ignore[arg-type]  # by field


def offer(amount: int = 3000, component: int = 0, **changes: object) -> Offer:
    """Return an offer of that course."""
    return Offer(lot=lot(**changes), amount_milli=amount, component=component)


def component(**fields: object) -> Component:
    """Return a component that takes anything, asking for more where said."""
    return Component(of=Selector(), **fields)  # type: ignore[arg-type]  # by field


@pytest.mark.parametrize(
    ("fields", "matched"),
    [
        ({}, True),
        ({"achievement": "north-college/WELD"}, True),
        ({"achievement": "north-college/WELD@2"}, True),
        ({"achievement": "north-college/WELD@1"}, False),
        ({"achievement": "north-college/WEL"}, False),
        ({"members": ("south-college", "north-college")}, True),
        ({"members": ("south-college",)}, False),
        ({"member_kinds": (MemberKind.SCHOOL,)}, True),
        ({"member_kinds": (MemberKind.ENTERPRISE,)}, False),
        ({"achievement_kinds": (AchievementKind.COURSE,)}, True),
        ({"achievement_kinds": (AchievementKind.TRAINING,)}, False),
        ({"schemes": ("1+X",)}, True),
        ({"schemes": ("2+X",)}, False),
        ({"content_groups": ("welding",)}, True),
        ({"content_groups": ("web",)}, False),
        ({"skills": ("tig", "arc")}, True),
        ({"skills": ("arc",)}, False),
        ({"excluded_natures": (Nature.ELECTIVE,)}, True),
        ({"excluded_natures": (Nature.COMPULSORY,)}, False),
        ({"excluded_modules": (Module.CORE,)}, False),
        ({"excluded_content_groups": ("welding",)}, False),
        ({"members": ("north-college",), "schemes": ("2+X",)}, False),
    ],
)
def test_all_that_is_given_must_hold(
    fields: Mapping[str, object], *, matched: bool
) -> None:
    """Of a list any one, of the fields every one."""
    selector = Selector(**fields)  # type: ignore[arg-type]  # by field

    assert matches(lot(), selector, ranks=RANKS) is matched


@pytest.mark.parametrize(
    "fields",
    [
        {"achievement": "north-college/WELD"},
        {"achievement_kinds": (AchievementKind.COURSE,)},
        {"schemes": ("1+X",)},
        {"content_groups": ("welding",)},
        {"skills": ("tig",)},
        {"level": LevelRange(framework="x", at_least="初级")},
    ],
)
def test_what_a_lot_does_not_say_is_not_matched(fields: Mapping[str, object]) -> None:
    """A converted lot has no achievement, and is selected by its member alone."""
    bare = lot(**NOTHING, skills=())

    assert not matches(bare, Selector(**fields), ranks=RANKS)  # type: ignore[arg-type]  # by field
    assert matches(bare, Selector(members=("north-college",)), ranks=RANKS)
    excluding = Selector(excluded_natures=(Nature.ELECTIVE,))
    assert matches(bare, excluding, ranks=RANKS)


@pytest.mark.parametrize(
    ("at_least", "at_most", "code", "matched"),
    [
        ("初级", None, "初级", True),
        ("中级", None, "初级", False),
        ("中级", None, "中级", True),
        (None, "中级", "中级", True),
        (None, "中级", "高级", False),
        ("中级", "中级", "中级", True),
        ("初级", "高级", "unheard", False),
    ],
)
def test_levels_are_compared_by_rank_with_both_ends(
    at_least: str | None, at_most: str | None, *, code: str, matched: bool
) -> None:
    """A code that its framework does not know is no level of it."""
    wanted = LevelRange(framework="x", at_least=at_least, at_most=at_most)
    facts = lot(level=Level(framework="x", code=code))

    assert matches(facts, Selector(level=wanted), ranks=RANKS) is matched


def test_a_level_of_another_framework_is_not_compared() -> None:
    """中级 of one scale says nothing on another."""
    wanted = LevelRange(framework="x", at_least="初级")
    facts = lot(level=Level(framework="y", code="中级"))

    assert not matches(facts, Selector(level=wanted), ranks=RANKS)


@pytest.mark.parametrize(
    ("which", "changes", "expected"),
    [
        (DateOf.LEARNING_ENDED, {}, "2026-06-30"),
        (DateOf.LEARNING_ENDED, {"learned_to": None}, "2026-07-10"),
        (DateOf.ASSESSED, {}, "2026-07-10"),
        (DateOf.ASSESSED, {"assessed_on": None}, "2026-06-30"),
        (DateOf.RECORDED, {}, "2026-09-01"),
        (DateOf.ASSESSED, {"assessed_on": None, "learned_to": None}, "2026-09-01"),
        (
            DateOf.LEARNING_ENDED,
            {"assessed_on": None, "learned_to": None},
            "2026-09-01",
        ),
    ],
)
def test_a_date_that_is_not_known_is_the_next_best(
    which: DateOf, changes: Mapping[str, object], *, expected: str
) -> None:
    """What was recorded is always known."""
    assert lot(**changes).date_of(which) == expected


@pytest.mark.parametrize(
    ("at", "requested", "enrolled", "recent"),
    [
        (AgeAt.REQUESTED, "2031-06-30", "2040-01-01", True),
        (AgeAt.REQUESTED, "2031-07-01", "2020-01-01", False),
        (AgeAt.ENROLLED, "2040-01-01", "2031-06-30", True),
        (AgeAt.ENROLLED, "2020-01-01", "2031-07-01", False),
    ],
)
def test_the_last_day_of_an_age_itself_counts(
    at: AgeAt, requested: str, *, enrolled: str, recent: bool
) -> None:
    """Five years after 30 June end with 30 June."""
    age = MaxAge(months=60, at=at)

    assert is_recent(lot(), age, requested=requested, enrolled=enrolled) is recent


def source(mode: Mode, *groups: Group) -> Source:
    """Return a source of groups."""
    return Source(mode=mode, groups=groups)


def group(mode: Mode, *components: Component) -> Group:
    """Return a group of components."""
    return Group(mode=mode, components=components)


ASKING = component(credits_at_least="3", lots_at_most=2)
HOURS = component(workload_at_least=Workload(value="64", unit=WorkloadUnit.HOUR))


@pytest.mark.parametrize(
    ("amounts", "missing"),
    [
        ([2999], 0),
        ([3000], None),
        ([1500, 1500], None),
        ([1500, 1499], 0),
        ([1000, 1000, 1000], 0),
    ],
)
def test_a_component_has_enough_in_few_enough_lots(
    amounts: list[int], missing: int | None
) -> None:
    """The minimum is over the sum; a third lot is one too many."""
    offers = [offer(amount) for amount in amounts]

    assert missing_component(
        source(Mode.ALL_OF, group(Mode.ALL_OF, ASKING)), offers
    ) == (missing)


@pytest.mark.parametrize(
    ("loads", "missing"),
    [
        ([("64", WorkloadUnit.HOUR)], None),
        ([("32", WorkloadUnit.HOUR), ("32", WorkloadUnit.HOUR)], None),
        ([("63.999", WorkloadUnit.HOUR)], 0),
        ([("64", WorkloadUnit.DAY)], 0),
        ([None], 0),
    ],
)
def test_a_minimum_of_workload_is_in_its_own_unit(
    loads: list[tuple[str, WorkloadUnit] | None], missing: int | None
) -> None:
    """Days are not hours, and no workload is none."""
    offers = [
        offer(workload=Workload(value=one[0], unit=one[1]) if one else None)
        for one in loads
    ]

    assert missing_component(
        source(Mode.ALL_OF, group(Mode.ALL_OF, HOURS)), offers
    ) == (missing)


@st.composite
def sources(draw: st.DrawFn) -> tuple[Source, list[Offer]]:
    """Return a source of anything, and offers for some of its components."""
    modes = st.sampled_from(Mode)
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    groups = [
        group(draw(modes), *(component(credits_at_least="1") for _ in range(size)))
        for size in sizes
    ]
    offered = draw(st.sets(st.integers(0, sum(sizes) - 1)))
    amounts = st.sampled_from([999, 1000])
    offers = [offer(draw(amounts), index) for index in sorted(offered)]
    return source(draw(modes), *groups), offers


@given(sources())
def test_a_source_is_satisfied_as_its_modes_say(
    drawn: tuple[Source, list[Offer]],
) -> None:
    """Every one or any one, of groups and inside each; none that is too small."""
    wanted, offers = drawn
    brought = {one.component: one.amount_milli for one in offers}
    index, satisfied = 0, []
    for one in wanted.groups:
        indexes = range(index, index + len(one.components))
        every = {Mode.ALL_OF: all, Mode.ANY_OF: any}[one.mode]
        satisfied.append(every(number in brought for number in indexes))
        index += len(one.components)
    every = {Mode.ALL_OF: all, Mode.ANY_OF: any}[wanted.mode]
    good = every(satisfied) and all(amount >= 1000 for amount in brought.values())

    missing = missing_component(wanted, offers)

    assert (missing is None) == good
    assert missing is None or brought.get(missing, 0) < 1000
    assert len(wanted.components) == index
