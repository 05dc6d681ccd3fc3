"""A tally is read as it was counted, however many pages it takes."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.language.uses import Use
from ledger.domain.rules.tallies import (
    PAGE_USES,
    changed_pages,
    further_pages,
    pages_with,
    tally_of,
)
from ledger.domain.state import Ref, Slice, TallyRecord
from ledger.domain.types import MemberKind
from tests.builders import LEARNER


def use(number: int) -> Use:
    """Return the use of a case of its own."""
    nothing = dict.fromkeys(
        (
            "achievement_kind",
            "scheme",
            "content_group",
            "framework",
            "level_rank",
            "requirement",
            "nature",
            "module",
            "learning_ended",
            "assessed",
        )
    )
    amounts = ("root_milli", "root_total_milli", "source_milli", "target_milli")
    return Use.model_validate(
        {
            **nothing,
            **dict.fromkeys(amounts, 1000),
            "case_id": f"case-{number}",
            "target": 0,
            "root": f"award-{number}",
            "root_member": "north-school",
            "root_kind": MemberKind.SCHOOL,
            "rule": "south-college/WELD@1",
            "enrolment_id": "enrolment",
            "programme": "south-college/WELDER@1",
            "member": "south-college",
            "requested": "2026-09-01",
        }
    )


def counted(state: Slice, first: int, *, count: int) -> None:
    """Count so many more uses, by one exchange."""
    more = [use(number) for number in range(first, first + count)]
    state.put(tuple(pages_with(state, LEARNER, more=more)))


@given(st.lists(st.integers(0, 2 * PAGE_USES + 1), max_size=6))
def test_uses_are_read_in_the_order_of_counting(counts: list[int]) -> None:
    """No page holds more than its share, and all of them are named by the first."""
    state = Slice(complete=True)
    for number, count in enumerate(counts):
        counted(state, sum(counts[:number]), count=count)

    found = [one.case_id for one in tally_of(state, LEARNER)]

    assert found == [f"case-{number}" for number in range(sum(counts))]
    records = [one for one in state.known.values() if isinstance(one, TallyRecord)]
    assert all(len(one.uses) <= PAGE_USES for one in records)
    pages = {Ref(TallyRecord, (LEARNER, one.page)) for one in records if one.page}
    assert set(further_pages(state, LEARNER)) == pages


def test_only_the_first_and_the_last_page_are_asked_for_to_count_more() -> None:
    """And no page before the last is written again."""
    state = Slice(complete=True)
    counted(state, 0, count=3 * PAGE_USES)
    known = Slice()
    for page in (0, 2):
        key = (LEARNER, page)
        known.learn(Ref(TallyRecord, key), state.find(TallyRecord, key))

    written = tuple(pages_with(known, LEARNER, more=[use(99)]))

    assert [one.page for one in written] == [0, 3]


def test_what_is_taken_out_leaves_its_page_and_no_other_changes() -> None:
    """There is room on the last page again, and none is lost."""
    state = Slice(complete=True)
    counted(state, 0, count=2 * PAGE_USES + 1)

    def without(uses: Iterable[Use]) -> Iterable[Use]:
        return [one for one in uses if one.case_id != f"case-{PAGE_USES}"]

    changed = tuple(changed_pages(state, LEARNER, change=without))
    state.put(changed)
    counted(state, 99, count=1)

    assert [one.page for one in changed] == [1]
    names = [one.case_id for one in tally_of(state, LEARNER)]
    assert len(names) == 2 * PAGE_USES + 1
    assert names[-1] == "case-99"
