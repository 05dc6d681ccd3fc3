"""Caps beside a reference that reads them word by word."""

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.language.caps import (
    Each,
    Limit,
    Measure,
    Period,
    PeriodBy,
    PeriodUnit,
    UseFilter,
    Within,
)
from ledger.domain.language.uses import Use, counts_in
from ledger.domain.types import credits_milli
from tests.unit.language.uses_of import CALENDAR, YEARS, excess, use

USES = st.builds(
    use,
    case_id=st.sampled_from(["one", "two"]),
    target=st.integers(0, 1),
    root=st.sampled_from(["a", "b"]),
    root_member=st.sampled_from(["north", "east"]),
    content_group=st.sampled_from(["web", None]),
    root_total_milli=st.just(3000),
    target_milli=st.integers(0, 3),
    enrolment_id=st.sampled_from(["enrolment", "other"]),
    member=st.sampled_from(["south", "west"]),
    requirement=st.sampled_from(["OPEN", "CORE", None]),
    requested=st.sampled_from(["2026-06-30", "2026-07-01", "2030-01-01"]),
    superseded_by=st.sampled_from([None, "later"]),
)
FILTERS = st.builds(
    UseFilter,
    root_members=st.sampled_from([(), ("north",)]),
    requirements=st.sampled_from([(), ("OPEN",)]),
)
PERIODS = st.builds(
    Period,
    calendar=st.just(CALENDAR),
    unit=st.sampled_from(PeriodUnit),
    by=st.just(PeriodBy.REQUESTED),
)
LIMITS = st.builds(
    Limit,
    code=st.just("cap"),
    measure=st.sampled_from(Measure),
    at_most=st.sampled_from(["0", "0.003", "0.005", "1", "2"]),
    over=FILTERS,
    within=st.sampled_from(Within),
    period=st.none() | PERIODS,
    each=st.none() | st.sampled_from(Each),
    only_if=st.none() | FILTERS,
)


def keyed(one: Limit, item: Use) -> tuple[object, object]:
    """Return the group of a use, straight from the words of the limit."""
    span: object = None
    if one.period is not None:
        spans = [(x.code, x.starts_on, x.ends_on) for x in YEARS]
        if one.period.unit is PeriodUnit.TERM:
            terms = [term for year in YEARS for term in year.terms]
            spans = [(x.code, x.starts_on, x.ends_on) for x in terms]
        inside = [
            code for code, first, last in spans if first <= item.requested <= last
        ]
        span = inside[0] if inside else None
    apart = {
        None: None,
        Each.ROOT: item.root,
        Each.ROOT_MEMBER: item.root_member,
        Each.CONTENT_GROUP: item.content_group or item.root,
        Each.REQUIREMENT: item.requirement,
    }[one.each]
    return span, apart


def amount(measure: Measure, items: Iterable[Use]) -> int:
    """Measure uses one by one."""
    if measure is Measure.CREDITS:
        return sum(item.target_milli for item in items)
    current = [item for item in items if item.superseded_by is None]
    if measure is Measure.EXCHANGES:
        return 1000 * len({item.case_id for item in current})
    return 1000 * len({(item.case_id, item.target) for item in current})


def naive_exceeds(one: Limit, before: Sequence[Use], *, new: Sequence[Use]) -> bool:
    """Ask of every new use whether its group is over the limit."""
    field = {
        Within.ENROLMENT: "enrolment_id",
        Within.MEMBER: "member",
        Within.RULE: "rule_code",
        # All uses are of one learner.
        Within.LEARNER: "root_total_milli",
    }[one.within]
    own = getattr(new[0], field)
    pool = [item for item in before if getattr(item, field) == own] + list(new)
    for item in new:
        outdone = one.measure is not Measure.CREDITS and item.superseded_by
        if outdone or not counts_in(item, one.over):
            continue
        key = keyed(one, item)
        group = [x for x in pool if counts_in(x, one.over) and keyed(one, x) == key]
        allowed = credits_milli(one.at_most or "0")
        if one.only_if is not None and not any(
            counts_in(x, one.only_if) and x.target_milli and keyed(one, x)[0] == key[0]
            for x in pool
        ):
            allowed = 0
        if amount(one.measure, group) > allowed:
            return True
    return False


@given(one=LIMITS, before=st.lists(USES, max_size=8), data=st.data())
def test_caps_agree_with_a_naive_reading_of_them(
    one: Limit, before: list[Use], data: st.DataObject
) -> None:
    """Every measure, scope, period and kind of group, over any uses."""
    case = {"case_id": "new", "enrolment_id": "enrolment", "member": "south"}
    drawn = data.draw(st.lists(USES, min_size=1, max_size=4))
    new = [use(**{**dict(item), **case}) for item in drawn]

    found = excess(one, before, new=new)

    assert (found is not None) == naive_exceeds(one, before, new=new)
