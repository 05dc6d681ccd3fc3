"""What counts already is looked at without names: for any names, nothing changes.

Two learners have uses of any kind, and ask for the same one after the other. Whatever
of it was concluded for the first must be what the second comes to alone.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.language.uses import Use
from ledger.domain.rules.tallies import PAGE_USES
from ledger.domain.state import Slice, TallyRecord
from ledger.making import altered
from tests.builders import LEARNER, SECOND, Body, award_of
from tests.property.requests_judged import plain, written
from tests.property.test_requests_alike import (
    ALIKE,
    LEARNERS,
    RULES,
    count_first,
    prepared,
    request_of,
)
from tests.scenario.agreements import number

PLACES: Final = (2, 3)
"""The lots that the two learners offer, each under the enrolment of that place."""
CONTENT: Final = (None, "welding", "another", "offered")
"""A content group may be called as a root, another of the learner's or the new one."""
Said = Mapping[str, object]
OTHERS: Final = [one for one in RULES if "supersede" not in str(one)]


def use_like(pattern: Use, said: Said, *, learner: int) -> Use:
    """Return a use that says this, with names of its learner's own."""
    own = PLACES[learner]
    names = [number(700 + 10 * learner + place) for place in range(3)]
    roots = [award_of(f"another-{learner}-{place}") for place in range(3)]
    # The last root is the very one that is offered.
    root = [*roots, award_of(f"lot-{own}")][int(str(said["root"]))]
    groups = {None: None, "welding": "welding", "another": roots[0]}
    groups["offered"] = award_of(f"lot-{own}")
    return altered(
        pattern,
        root=root,
        case_id=names[int(str(said["case"]))],
        enrolment_id=number(100 + own) if said["is_own"] else number(800 + learner),
        superseded_by=names[0] if said["is_topped_up"] else None,
        withdrawn=said["is_withdrawn"],
        content_group=groups[said["content"]],  # type: ignore[index]  # one of these
        target=said["target"],
        target_milli=said["milli"],
        root_milli=said["milli"],
    )


USES: Final[st.SearchStrategy[dict[str, object]]] = st.fixed_dictionaries(
    {
        "root": st.sampled_from([0, 0, 1, 2, 3]),
        "case": st.sampled_from([0, 1, 2]),
        "is_own": st.booleans(),
        "is_topped_up": st.sampled_from([False, False, True]),
        "is_withdrawn": st.sampled_from([False, False, False, True]),
        "content": st.sampled_from(CONTENT),
        "target": st.sampled_from([0, 0, 1]),
        "milli": st.sampled_from([0, 500, 1000, 2000]),
    }
)
USE: Final[Said] = {
    "root": 0,
    "case": 0,
    "is_own": True,
    "is_topped_up": False,
    "is_withdrawn": False,
    "content": None,
    "target": 0,
    "milli": 1000,
}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[Said], list[Said]]:
    """Return what counts for two learners: nearly the same, or anything."""
    first = draw(st.lists(USES, max_size=3))
    second: list[dict[str, object]] = [dict(one) for one in first]
    how = draw(st.sampled_from(["alike", "nearly", "otherwise"]))
    if second and how == "nearly":
        place = draw(st.integers(0, len(second) - 1))
        name = draw(st.sampled_from(sorted(USE)))
        second[place][name] = draw(USES)[name]
    elif how == "otherwise":
        second = draw(st.lists(USES, max_size=3))
    return list(first), list(second)


def with_uses(state: Slice, learner_id: str, *, uses: Sequence[Use]) -> None:
    """Have this count for a learner, on as many pages as that takes."""
    parts = [uses[at : at + PAGE_USES] for at in range(0, len(uses), PAGE_USES)] or [()]
    state.put(
        TallyRecord(
            learner_id=learner_id, page=page, pages=len(parts), uses=tuple(part)
        )
        for page, part in enumerate(parts)
    )


def one_after_another(rule: Body, said: Sequence[Sequence[Said]]) -> None:
    """Hold what two learners come to in turn against what each comes to alone."""
    ledger = prepared(ALIKE, ALIKE)
    count_first(ledger)
    under = Slice(ledger.state)
    page = under.find(TallyRecord, (LEARNERS[0], 0))
    assert page is not None
    pattern = page.uses[0]
    for learner, uses in enumerate(said):
        made = [use_like(pattern, one, learner=learner) for one in uses]
        with_uses(under, LEARNERS[learner], uses=made)
    kept, numbers = Slice(under, concluding=True), count(500)

    for learner, place in enumerate(PLACES):
        asked = (place, "1", "none")
        act: Any = request_of(ledger, rule, asked=asked, identity=number(next(numbers)))
        assert act.statement.body.learner_id == LEARNERS[learner]
        assert written(act, kept) == plain(act, under)


MANY: Final = [dict(USE, case=place % 3, is_own=False) for place in range(17)]
AT_ONCE: Final = [dict(USE, is_own=False), dict(USE, is_own=False)]
APART: Final = [AT_ONCE[0], dict(USE, is_own=False, case=1)]
ELSEWHERE: Final = [dict(USE, is_own=False)]
GROUPED: Final = [dict(USE, root=1, content="another")]
ONE_GROUP: Final = [USE, dict(USE, root=1)]


CASES: Final = (
    (12, [USE], ELSEWHERE),
    (12, ELSEWHERE, [USE]),
    (10, [USE], [dict(USE, root=3)]),
    (16, AT_ONCE, APART),
    (16, APART, APART),
    (11, [dict(USE, content="offered")], ELSEWHERE),
    (11, [USE, *GROUPED], [dict(USE, root=2), *GROUPED]),
    (11, [USE], ONE_GROUP),
    (1, MANY, MANY),
)
"""A rule, and what counts for either."""


@pytest.mark.traced
@pytest.mark.parametrize(("rule", "first", "second"), CASES)
def test_names_that_matter_are_looked_at(
    rule: int, first: Sequence[Said], second: Sequence[Said]
) -> None:
    """What two learners have differs in what such a rule asks."""
    one_after_another(RULES[rule], (first, second))


@settings(deadline=None)
@given(st.sampled_from(OTHERS), pairs())
def test_what_counts_already_is_the_same_under_any_names(
    rule: Body, said: tuple[Sequence[Said], Sequence[Said]]
) -> None:
    """What is concluded of one learner's is what another's comes to."""
    one_after_another(rule, said)


def test_the_two_learners_are_others() -> None:
    """Or nothing would be shown."""
    assert LEARNERS == (LEARNER, SECOND)
    assert [LEARNERS[place % 2] for place in PLACES] == list(LEARNERS)
