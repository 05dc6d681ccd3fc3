"""The caps that bind a case: of its rule, its programme, and every policy in force."""

from collections.abc import Iterable, Mapping, Sequence

from ledger.domain.errors import exchanges as errors
from ledger.domain.language.caps import Limit
from ledger.domain.language.uses import Use, Whole, find_excess
from ledger.domain.measures import AcademicYear
from ledger.domain.rules.cases import Case, calendar_years
from ledger.domain.rules.envelope import is_one
from ledger.domain.state import PolicyRecord, Slice


def check_caps(
    case: Case,
    state: Slice,
    *,
    before: Sequence[Use],
    uses: Sequence[Use],
    policies: Iterable[PolicyRecord],
) -> None:
    """Check every cap of the rule, the programme and the policies in force.

    Raises:
        CapExceededError: naming the limit, what it allows and what there would be.
    """
    limits = [
        *[("rule", limit) for limit in case.rule.terms.limits],
        *[("programme", limit) for limit in case.programme.limits],
        *[(policy.policy, limit) for policy in policies for limit in policy.limits],
    ]
    whole = Whole(
        credits_milli=case.programme.credits_milli,
        courses=len(case.programme.requirements),
        years=_years(state, [limit for _, limit in limits]),
    )
    for origin, limit in limits:
        excess = find_excess((limit,), before, new=uses, whole=whole)
        if excess is not None:
            raise errors.CapExceededError(
                pointer="/body/lots",
                origin=origin,
                limit=excess.limit,
                allowed_milli=excess.allowed_milli,
                reached_milli=excess.reached_milli,
            )
    _check_home(case, state, uses=(*before, *uses))


def _years(
    state: Slice, limits: Iterable[Limit]
) -> Mapping[str, Sequence[AcademicYear]]:
    names = {limit.period.calendar for limit in limits if limit.period is not None}
    return {name: calendar_years(state, name) for name in sorted(names)}


def _check_home(case: Case, state: Slice, *, uses: Iterable[Use]) -> None:
    enrolment = case.enrolment
    own = [use for use in uses if use.enrolment_id == enrolment.enrolment_id]
    allowed = case.programme.credits_milli - case.programme.home_at_least_milli
    if sum(use.target_milli for use in own) <= allowed:
        # Whoever they come from, they are not too many.
        return
    home = {
        member
        for member in {use.root_member for use in own}
        if is_one(state, enrolment.school, other=member)
    }
    away = sum(
        use.target_milli for use in own if use.attested or use.root_member not in home
    )
    if away > allowed:
        raise errors.CapExceededError(
            pointer="/body/lots",
            origin="programme",
            limit="home_at_least",
            allowed_milli=allowed,
            reached_milli=away,
        )
