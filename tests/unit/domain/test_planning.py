"""What is tried for a plan: applications, parts of lots, days, and bounds."""

from collections.abc import Sequence

import pytest

from ledger.domain.language.shapes import Outcome, RequirementName
from ledger.domain.rules.planning.bounds import bounds_of, counts_for
from ledger.domain.rules.planning.candidates import Candidate, day_for
from ledger.domain.rules.planning.steps import take
from ledger.domain.rules.settlement import Gain
from ledger.domain.state import RuleRecord
from ledger.domain.statements.programmes import Requirement
from ledger.domain.types import Module, Nature
from tests.builders import OTHER, SCHOOL, TODAY, Ledger, award
from tests.planning import gathered, plan
from tests.scenario.agreements import (
    AT_WEST,
    CALENDAR,
    ENROLMENT,
    WEST,
    agree,
    component,
    ground,
    proposal,
    target,
)


def bank(*, lots: int = 0, **terms: object) -> Ledger:
    """Return a ledger with one rule, and so many lots besides the first."""
    ledger = ground()
    agree(ledger, proposal("AUTO", **{"approval": [], **terms}))
    for place in range(lots):
        ledger.say(SCHOOL, "credit.awarded.v1", body=award(f"lot-{place}", credits="1"))
    return ledger


def tried(ledger: Ledger) -> list[Candidate]:
    """Return what is worth applying for."""
    return gathered(ledger).candidates


def sizes(found: Sequence[Candidate]) -> list[int]:
    """Return how many lots each application offers."""
    return [len(one.lots) for one in found]


@pytest.mark.parametrize(
    ("gain", "nature", "expected"),
    [
        ({"requirement": RequirementName(programme="ab/P", code="A")}, "core", True),
        ({"requirement": RequirementName(programme="ab/P", code="B")}, "core", False),
        ({"achievement": "ab/X"}, "compulsory", True),
        ({"achievement": "ab/Y"}, "compulsory", False),
        ({"outcome": Outcome.ELECTIVE_CREDIT}, "elective", True),
        ({"outcome": Outcome.ELECTIVE_CREDIT}, "compulsory", False),
        ({}, "elective", False),
    ],
)
def test_a_gain_counts_where_its_lot_will(
    gain: dict[str, object], nature: str, *, expected: bool
) -> None:
    """For its requirement, by its achievement, or as an elective."""
    named: dict[str, object] = {"requirement": None, "achievement": None}
    made = {"outcome": Outcome.COURSE_CREDIT, "amount_milli": 1, **named, **gain}
    requirement = Requirement(
        code="A",
        title="A",
        nature=Nature.ELECTIVE if nature == "elective" else Nature.COMPULSORY,
        module=Module.CORE,
        credits="1",
        satisfied_by=("ab/X",),
    )

    assert counts_for(Gain(**made), requirement) is expected  # type: ignore[arg-type]  # fields of a gain


def test_of_few_lots_every_combination_is_tried() -> None:
    """Three lots: seven ways."""
    assert sorted(sizes(tried(bank(lots=2)))) == [1, 1, 1, 2, 2, 2, 3]


def test_of_many_lots_each_and_all_are_tried() -> None:
    """And what just reaches a minimum, the oldest or the largest first."""
    assert sorted(sizes(tried(bank(lots=6)))) == [1] * 7 + [7]
    source = {"groups": [{"components": [component(credits_at_least="6")]}]}
    assert set(sizes(tried(bank(lots=6, source=source)))) == {4}


def test_of_a_fixed_gain_no_more_is_offered_than_it_needs() -> None:
    """The rest of the lot stays free for something else."""
    source = {"groups": [{"components": [component(credits_at_least="2")]}]}
    fixed, aim = {"method": "fixed"}, [target(credits="3")]
    (found,) = tried(bank(source=source, conversion=fixed, targets=aim))

    assert [lot.amount_milli for lot in found.lots] == [2000]


def test_any_of_two_components_is_tried_alone() -> None:
    """Each component names its own index."""
    group = {"mode": "any_of", "components": [component(), component()]}
    found = tried(bank(source={"groups": [group]}))

    assert [[lot.component for lot in one.lots] for one in found] == [[0], [1]]


def test_a_lot_is_cut_until_every_cap_allows_it() -> None:
    """Three caps, one after the other."""
    caps = [
        {"code": f"cap-{place}", "at_most": amount}
        for place, amount in enumerate(("2.5", "2", "1.5"))
    ]
    (found,) = tried(bank(limits=caps))

    assert found.gained_milli == 1500
    assert [lot.amount_milli for lot in found.lots] == [1500]


def test_what_no_part_makes_small_enough_is_refused() -> None:
    """A cap of nothing; and a fixed gain, which has no parts."""
    nothing = bank(limits=[{"code": "none", "at_most": "0"}])
    fixed = bank(
        limits=[{"code": "few", "at_most": "1"}],
        conversion={"method": "fixed"},
        targets=[target(credits="3")],
    )
    for ledger in (nothing, fixed):
        found = gathered(ledger)
        assert found.candidates == []
        assert [one.error.code for one in found.refused] == ["cap-exceeded"]


def test_a_part_never_gives_more_than_was_wanted() -> None:
    """Where one thousandth gives three, four cannot be had: three are."""
    threefold = {"method": "ratio", "ratio": {"numerator": 3, "denominator": 1}}
    (found,) = tried(bank(conversion=threefold))

    assert [lot.amount_milli for lot in found.lots_for(4)] == [1]
    assert found.lots_for(9000) == found.lots


def test_the_first_day_is_that_of_dates_and_window() -> None:
    """Where none is left it is today, and trying tells why not."""
    window = {"calendar": CALENDAR, "first_day": 40, "last_day": 50}
    ledger = bank(request_window=window, dated_by="cohort")
    rule = ledger.state.find(RuleRecord, f"{OTHER}/AUTO@1")
    assert rule is not None

    days = [
        day_for(rule, ledger.state, today=day)
        for day in (TODAY, "2026-10-12", "2026-12-01")
    ]

    assert days == ["2026-10-09", "2026-10-12", "2026-12-01"]


def test_what_counts_already_leaves_less_room() -> None:
    """Caps and roots are counted on top of earlier exchanges."""
    half = {"numerator": 1, "denominator": 2}
    ledger = bank(
        lots=4,
        effect="recognise",
        limits=[
            {"code": "six", "at_most": "6"},
            {"code": "root", "share": half, "share_of": "root_credits"},
        ],
        conversion={"method": "ratio", "ratio": half},
    )
    west = {"recogniser": WEST, "approval": [], "effect": "recognise"}
    agree(ledger, proposal("WEST", **west))
    for enrolment_id in (AT_WEST, ENROLMENT):
        found, setting = plan(ledger, enrolment_id=enrolment_id)
        assert found.done.score.covered_milli > 0
        for one in found.steps:
            ledger.state.put(take(one.step, ledger.state, setting=setting))

    after = gathered(ledger)
    bounds = bounds_of(after.candidates, after.ground, state=ledger.state)

    assert all(one.room >= 0 for one in bounds)
