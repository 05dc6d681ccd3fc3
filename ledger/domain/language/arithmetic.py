"""Exact integer arithmetic of credits: ratios, steps, and parts that add up."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

from ledger.domain.language.caps import Ratio
from ledger.domain.language.shapes import Rounding
from ledger.domain.measures import Workload
from ledger.domain.types import credits_milli

CREDIT_MILLI: Final = 1000
"""One credit in thousandths."""


def as_fraction(ratio: Ratio) -> Fraction:
    """Return the exact value of a ratio."""
    return _fraction(ratio.numerator, ratio.denominator)


@lru_cache(maxsize=1024)
def _fraction(numerator: int, denominator: int) -> Fraction:
    return Fraction(numerator, denominator)


def upward(amount_milli: int, ratio: Ratio) -> int:
    """Return the least whole number that a ratio makes so much or more of."""
    return -(-amount_milli * ratio.denominator // ratio.numerator)


def share_milli(whole_milli: int, ratio: Ratio) -> int:
    """Return a share of a whole, rounded down to thousandths."""
    return whole_milli * ratio.numerator // ratio.denominator


def round_to(exact: Fraction, *, step_milli: int, rounding: Rounding) -> int:
    """Return an exact number of thousandths as whole steps."""
    # In whole numbers, which is what it comes to, and costs a tenth.
    above, below = exact.numerator, exact.denominator * step_milli
    if rounding is Rounding.HALF_UP:
        return (2 * above + below) // (2 * below) * step_milli
    return above // below * step_milli


def workload_credits(
    workload: Workload, per_credit: Sequence[Workload]
) -> Fraction | None:
    """Return the thousandths of credit in a workload; None for another unit."""
    for one in per_credit:
        if one.unit is workload.unit:
            exact = Fraction(credits_milli(workload.value), credits_milli(one.value))
            return exact * CREDIT_MILLI
    return None


def apportion(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split a total by weights into whole parts that add up to it.

    Each part is within one of its exact share; without any weight the first gets all.
    """
    if len(weights) == 1:
        return (total,)
    whole = sum(weights)
    if whole == 0:
        return (total, *(0 for _ in weights[1:]))
    parts, passed, given = [], 0, 0
    for weight in weights:
        passed += weight
        upto = total * passed // whole
        parts.append(upto - given)
        given = upto
    return tuple(parts)
