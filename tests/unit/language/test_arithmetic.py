"""Credits are worked out exactly: what is split adds up, what is rounded is a step."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.language.arithmetic import (
    apportion,
    as_fraction,
    round_to,
    share_milli,
    upward,
    workload_credits,
)
from ledger.domain.language.caps import Ratio
from ledger.domain.language.shapes import Rounding
from ledger.domain.measures import Workload, WorkloadUnit

AMOUNTS = st.integers(0, 10**10)
RATIOS = st.builds(
    Ratio, numerator=st.integers(1, 10_000), denominator=st.integers(1, 10_000)
)
WEIGHTS = st.lists(AMOUNTS, min_size=1, max_size=20)
EXACT = st.builds(Fraction, AMOUNTS, st.integers(1, 10_000))


def hours(value: str, unit: WorkloadUnit = WorkloadUnit.HOUR) -> Workload:
    """Return a workload, in hours unless said."""
    return Workload(value=value, unit=unit)


@given(total=AMOUNTS, weights=WEIGHTS)
def test_parts_add_up_to_what_was_split(total: int, weights: list[int]) -> None:
    """Nothing is lost and nothing is made, whatever the weights."""
    parts = apportion(total, weights)

    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert min(parts) >= 0


@given(total=AMOUNTS, weights=WEIGHTS)
def test_every_part_is_within_one_of_its_exact_share(
    total: int, weights: list[int]
) -> None:
    """Rounding never moves more than a thousandth, and none goes to no weight."""
    whole = sum(weights) or 1

    for part, weight in zip(apportion(total, weights), weights, strict=True):
        exact = Fraction(total * weight, whole)
        assert sum(weights) == 0 or abs(part - exact) < 1
        assert sum(weights) == 0 or weight > 0 or part == 0


def test_without_any_weight_the_first_part_is_all() -> None:
    """A lot without credits still has one root that stands behind it."""
    assert apportion(7, [0, 0, 0]) == (7, 0, 0)


@given(exact=EXACT, step=st.integers(1, 10**6), rounding=st.sampled_from(Rounding))
def test_a_rounded_amount_is_the_right_whole_number_of_steps(
    exact: Fraction, step: int, rounding: Rounding
) -> None:
    """Down is never more than was there; half up is off by half a step at most."""
    rounded = round_to(exact, step_milli=step, rounding=rounding)

    assert rounded % step == 0
    if rounding is Rounding.DOWN:
        assert rounded <= exact < rounded + step
    else:
        assert rounded - Fraction(step, 2) <= exact < rounded + Fraction(step, 2)


@pytest.mark.parametrize(
    ("exact", "rounding", "expected"),
    [
        (Fraction(1499), Rounding.HALF_UP, 1000),
        (Fraction(1500), Rounding.HALF_UP, 2000),
        (Fraction(2999, 2), Rounding.HALF_UP, 1000),
        (Fraction(1999), Rounding.DOWN, 1000),
        (Fraction(2000), Rounding.DOWN, 2000),
        (Fraction(0), Rounding.HALF_UP, 0),
    ],
)
def test_half_a_step_is_rounded_up_and_less_is_not(
    exact: Fraction, rounding: Rounding, expected: int
) -> None:
    """The half itself is the boundary."""
    assert round_to(exact, step_milli=1000, rounding=rounding) == expected


@given(wanted=AMOUNTS, ratio=RATIOS)
def test_what_a_ratio_makes_enough_of_is_the_least(wanted: int, ratio: Ratio) -> None:
    """A thousandth less would not reach it."""
    brought = upward(wanted, ratio)

    assert brought * as_fraction(ratio) >= wanted
    assert brought == 0 or (brought - 1) * as_fraction(ratio) < wanted


@given(whole=AMOUNTS, ratio=RATIOS)
def test_a_share_is_the_exact_one_cut_to_thousandths(whole: int, ratio: Ratio) -> None:
    """A cap that is a share is never a thousandth too wide."""
    share = share_milli(whole, ratio)

    assert share <= whole * as_fraction(ratio) < share + 1


def test_half_of_an_odd_whole_is_the_smaller_half() -> None:
    """Half of 99.001 credits allows 49.500."""
    half = Ratio(numerator=1, denominator=2)

    assert share_milli(99_001, half) == 49_500


@given(value=st.integers(0, 10**9), unit=st.integers(1, 10**6))
def test_workload_becomes_credits_exactly(value: int, unit: int) -> None:
    """Hours by hours per credit, without rounding."""
    load = hours(f"{value // 1000}.{value % 1000:03d}")
    per_credit = hours(f"{unit // 1000}.{unit % 1000:03d}")

    found = workload_credits(load, (per_credit,))

    assert found == Fraction(value * 1000, unit)


def test_workload_in_another_unit_is_not_credits() -> None:
    """A day is not so many hours unless the rule says so."""
    per_credit = (hours("16"), hours("1", WorkloadUnit.PRACTICE_WEEK))

    assert workload_credits(hours("8", WorkloadUnit.DAY), per_credit) is None
    weeks = hours("2", WorkloadUnit.PRACTICE_WEEK)
    assert workload_credits(weeks, per_credit) == 2000
