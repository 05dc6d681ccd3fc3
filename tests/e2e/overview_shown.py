"""What an overview must say, given what was counted by hand."""

from collections import Counter
from decimal import Decimal

from projections.overview.queries import Figures, overview
from tests.e2e import naive
from tests.e2e.naive_cases import Json
from tests.e2e.naive_overview import Counts

LATER = "2026-12-31"
"""A day by which every desk's time has passed."""


def check_overview(figures: Figures, counts: Counts) -> Json:
    """Require every figure but the credits by state, and return them all."""
    shown = overview(figures, today=LATER)
    members = Counter(tuple(one) for one in counts.members.values())
    assert {
        (one["kind"], one["status"]): one["count"] for one in shown["members"]
    } == members
    for one in shown["accounts"]:
        for word in ("opened", "claimed", "closed"):
            assert one[word] == counts.turns[word, one["mode"]]
    assert {one["mode"] for one in shown["accounts"]} == {*counts.accounts.values()}
    learners = shown["learners"]
    assert learners["accounts"] == len(counts.accounts)
    for name in ("award", "exchange", "redemption"):
        assert learners[f"with_{name}"] == len(counts.had[name])
    _check_awards(shown["awards"], counts)
    _check_cases(shown, counts)
    assert shown["rules"] == Counter(one["word"] for one in counts.rules.values())
    assert shown["redemptions"] == {
        word: Counter(counts.redemptions.values())[word]
        for word in ("counted", "reversed")
    }
    assert len(shown["months"]) == 24
    for month in shown["months"]:
        for kind in ("awards", "exchanges", "redemptions"):
            assert month[kind] == counts.months[kind, month["month"]]
    return shown


def _check_awards(shown: Json, counts: Counts) -> None:
    assert shown["count"] == len(counts.awards)
    assert shown["used"] == len(counts.used)
    for part, name in ((0, "member"), (1, "kind")):
        expected: dict[str, tuple[int, Decimal]] = {}
        for award in counts.awards.values():
            number, amount = expected.get(str(award[part]), (0, Decimal()))
            expected[str(award[part])] = number + 1, amount + award[2]
        assert {
            one[name]: (one["count"], one["credits"]) for one in shown[f"by_{name}"]
        } == {key: (one[0], naive.text(one[1])) for key, one in expected.items()}
    used = Counter(counts.awards[one][0] for one in counts.used)
    assert {one["member"]: one["used"] for one in shown["by_member"]} == {
        one["member"]: used[one["member"]] for one in shown["by_member"]
    }


def _check_cases(shown: Json, counts: Counts) -> None:
    cases = counts.cases.values()
    by = Counter((one["terms"]["recogniser"], one["status"]) for one in cases)
    assert {
        (row["member"], status): amount
        for row in shown["exchanges"]["by_recogniser"]
        for status, amount in row.items()
        if status != "member" and amount
    } == by
    desks: Counter[tuple[str, str | None]] = Counter()
    waiting: Counter[tuple[str, str | None]] = Counter()
    for one in cases:
        approval = one["terms"].get("approval", ())
        if one["status"] == "returned":
            desks[one["by"], None] += 1
        elif one["status"] == "requested" and approval:
            step = approval[one["step"]]
            desks[step["member"], step["role"]] += 1
            waiting[step["member"], step["role"]] += 1
    found = {(one["member"], one["role"]): one["open"] for one in shown["desks"]}
    late = {(one["member"], one["role"]): one["overdue"] for one in shown["desks"]}
    assert found == desks
    assert {desk: count for desk, count in late.items() if count} == waiting
