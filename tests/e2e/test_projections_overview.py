"""Every figure of the consortium is the one that counting the log gives."""

from decimal import Decimal

import pytest

from projections.overview.queries import overview, read_figures, share
from tests.e2e import naive
from tests.e2e.naive_overview import count
from tests.e2e.overview_shown import check_overview
from tests.e2e.projected import Read

STATES = ("available", "held", "exchanged", "redeemed", "expired", "revoked")


def test_every_figure_is_what_the_log_counts_to(read: Read) -> None:
    """Of a history with every ending, projected a few entries at a time."""
    figures = read_figures(read.connection)
    counts = count(read.log)

    shown = check_overview(figures, counts)

    assert figures.position == read.last
    assert counts.used
    assert shown["desks"]
    assert shown["learners"]["with_exchange_share"] == share(
        len(counts.had["exchange"]), len(counts.had["award"])
    )
    sums: dict[tuple[str, str], Decimal] = {}
    for award in naive.awards_at(read.log, read.last).values():
        for state, amount in award.parts(None).items():
            before = sums.get((award.iss, state), Decimal())
            sums[award.iss, state] = before + amount
    for row in shown["credits"]["by_member"]:
        for state in STATES:
            assert row[state] == naive.text(sums[row["member"], state])
    for state in STATES:
        whole = sum((one for (_, of), one in sums.items() if of == state), Decimal())
        assert shown["credits"][state] == naive.text(whole)
    assert len(shown["credits"]["by_member"]) == len({member for member, _ in sums})


def test_nothing_is_overdue_until_its_day_has_passed(read: Read) -> None:
    """On the very day a desk still has time; of the years only the last two show."""
    figures = read_figures(read.connection)
    due = sorted(parts[2] for parts, _ in figures.rows("desks") if parts[2])

    on_the_day = overview(figures, today=due[0])
    day_after = overview(figures, today="2026-12-31")

    assert sum(one["overdue"] for one in on_the_day["desks"]) == 0
    assert sum(one["overdue"] for one in day_after["desks"]) == len(due)
    later = overview(figures, today="2031-01-01")["months"]
    assert [later[0]["month"], later[-1]["month"]] == ["2029-02", "2031-01"]
    assert not any(one["awards"] for one in later)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, None),
        (0, 3, "0.0"),
        (1, 3, "33.3"),
        (2, 3, "66.6"),
        (3, 3, "100.0"),
        (1, 50, "2.0"),
    ],
)
def test_a_share_is_never_rounded_up(
    part: int, whole: int, expected: str | None
) -> None:
    """In per cent; of nothing there is none."""
    assert share(part, whole) == expected
