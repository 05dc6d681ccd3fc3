"""How much less to bring where a cap, or what a root counts for, leaves only a part.

Only a gain in proportion to what is brought can be cut. Taken away is from the end: as
many lots as possible stay whole. Whether the rest is accepted is for the checks.
"""

from collections.abc import Iterable, Mapping

from ledger.domain.errors import RejectionError
from ledger.domain.errors import exchanges as errors
from ledger.domain.language.arithmetic import as_fraction
from ledger.domain.rules.cases import Case
from ledger.domain.state import HeldLot


def less_under(case: Case, error: RejectionError) -> tuple[HeldLot, ...]:
    """Return an application with so much less that it might do; or nothing."""
    ratio = case.rule.terms.conversion.ratio
    if ratio is None:
        return ()
    if isinstance(error, errors.RootUsedError):
        return _less_of_root(case, error)
    details = _amounts(error)
    over = details["reached_milli"] - details["allowed_milli"]
    left = int(-(-over // as_fraction(ratio)))
    kept: list[HeldLot] = []
    for one in reversed(case.application.lots):
        taken = min(left, one.amount_milli)
        left -= taken
        kept.append(_cut(one, one.amount_milli - taken))
    return _some(reversed(kept))


def _less_of_root(case: Case, error: RejectionError) -> tuple[HeldLot, ...]:
    root, left = error.details["root"], _amounts(error)["left_milli"]
    kept: list[HeldLot] = []
    for lot, one in zip(case.lots, case.application.lots, strict=True):
        behind = sum(each.amount_milli for each in lot.roots if each.award_id == root)
        if root not in {each.award_id for each in lot.roots}:
            kept.append(one)
            continue
        # Rounded down, as what stands behind a part is rounded up.
        most = min(one.amount_milli, left * lot.awarded_milli // max(1, behind))
        left -= -(-behind * most // max(1, lot.awarded_milli))
        kept.append(_cut(one, most))
    return _some(kept)


def _amounts(error: RejectionError) -> Mapping[str, int]:
    details = error.details.items()
    return {name: value for name, value in details if isinstance(value, int)}


def _cut(one: HeldLot, amount_milli: int) -> HeldLot:
    return HeldLot(**{**dict(one), "amount_milli": amount_milli})


def _some(lots: Iterable[HeldLot]) -> tuple[HeldLot, ...]:
    return tuple(one for one in lots if one.amount_milli)
