"""A day is unusual by a rule that anybody can work out again."""

from statistics import median_low

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.watching.volumes import DAYS, DAYS_KNOWN, LEAST, TIMES, Volumes

DAYS_OF = st.lists(st.integers(1, 60), min_size=1, max_size=DAYS + 8)


def told(counts: list[int]) -> list[tuple[int, int]]:
    """Return on which day, at which statement, something was unusual."""
    volumes = Volumes()
    return [
        (day, number)
        for day, count in enumerate(counts)
        for number in range(1, count + 1)
        if volumes.count("north", day=f"{day:04}") is not None
    ]


@settings(max_examples=30)
@given(DAYS_OF)
def test_a_day_is_told_once_and_where_it_becomes_unusual(counts: list[int]) -> None:
    """At the first statement above ten times the median of the days before."""
    expected = []
    for day, count in enumerate(counts):
        before = counts[max(0, day - DAYS) : day]
        if len(before) < DAYS_KNOWN:
            continue
        limit = max(TIMES * median_low(before), LEAST)
        if count > limit:
            expected.append((day, limit + 1))

    assert told(counts) == expected


def test_members_are_counted_apart() -> None:
    """What is much for one says nothing of another."""
    volumes = Volumes()
    for day in range(DAYS_KNOWN):
        volumes.count("north", day=f"{day}")

    found = [volumes.count("north", day="9") for _ in range(LEAST + 2)]
    other = [volumes.count("south", day="9") for _ in range(LEAST + 2)]

    assert found[LEAST] == "9: more than 20 statements, usually 1"
    assert [one for one in found if one] == found[LEAST : LEAST + 1]
    assert not any(other)
