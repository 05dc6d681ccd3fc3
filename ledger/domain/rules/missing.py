"""What stands between a learner and graduation, one finding for each thing that does.

The wording is the API's; ``pointer`` leads into the body that is to be signed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from ledger.domain.rules.bounds import BoundStanding
from ledger.domain.rules.graduation import Assessment, RequirementStanding
from ledger.domain.statements.graduation import BoundKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One thing that is missing, or does not count for now."""

    code: str
    pointer: str
    details: Mapping[str, str | int] = field(default_factory=dict)


def missing_in(assessment: Assessment) -> Iterable[Missing]:
    """Return what is missing, in the order of the body."""
    for number, one in enumerate(assessment.requirements):
        yield from _of_requirement(one, pointer=f"/requirements/{number}")
    for identity in assessment.unplaced:
        yield Missing(
            code="redemption-unplaced",
            pointer="/requirements",
            details={"redemption": identity},
        )
    for number, bound in enumerate(assessment.bounds):
        if not bound.is_met:
            yield _of_bound(bound, pointer=f"/bounds/{number}")


def _of_requirement(one: RequirementStanding, *, pointer: str) -> Iterable[Missing]:
    named = {"requirement": one.requirement.code, "title": one.requirement.title}
    for place, part in enumerate(one.lots):
        if part.doubt is not None:
            lot = {"lot": part.lot.award_id, "doubt": part.doubt.value}
            yield Missing(
                code="lot-in-doubt",
                pointer=f"{pointer}/lots/{place}",
                details={**named, **lot},
            )
    if one.is_met:
        return
    lacking = one.needed_milli - one.counted_milli
    if lacking > 0:
        yield Missing(
            code="requirement-short",
            pointer=pointer,
            details={**named, "lacking_milli": lacking},
        )
    else:
        yield Missing(code="requirement-open", pointer=pointer, details=named)


def _of_bound(one: BoundStanding, *, pointer: str) -> Missing:
    figures: dict[str, str | int] = {
        "bound_milli": one.bound_milli,
        "reached_milli": one.reached_milli,
        "bound_code": one.code or one.kind.value,
    }
    match one.kind:
        case BoundKind.TOTAL:
            return Missing(code="total-short", pointer=pointer, details=figures)
        case BoundKind.MINIMUM:
            return Missing(code="minimum-short", pointer=pointer, details=figures)
        case BoundKind.HOME_AT_LEAST:
            return Missing(code="home-short", pointer=pointer, details=figures)
        case BoundKind.LAST_AT_HOME:
            return Missing(code="last-short", pointer=pointer, details=figures)
        case BoundKind.LIMIT:
            return Missing(code="limit-exceeded", pointer=pointer, details=figures)
        case _:
            assert_never(one.kind)
