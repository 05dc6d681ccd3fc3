"""What achievements are is read once, and told of every lot as the rules see it."""

from collections.abc import Iterator, Sequence

from ledger.domain.measures import AchievementKind
from ledger.domain.state import (
    AchievementRecord,
    Key,
    LotSketch,
    MemberRecord,
    Record,
)
from ledger.domain.types import MemberKind
from projections.options.versions import Versions

SCHOOL = MemberRecord(
    member_id="school",
    member_kind=MemberKind.SCHOOL,
    name="学校",
    name_en=None,
    status="active",
    successor=None,
    admitted_position=1,
)


class Catalogue:
    """A state that notes which achievements it is asked for."""

    def __init__(self) -> None:
        """Be asked for nothing yet."""
        self.asked: list[list[Key]] = []

    def load(self, kind: str, keys: Sequence[Key]) -> dict[Key, Record]:
        """Return courses, each in a content group of its own name."""
        assert kind == "achievements"
        self.asked.append(list(keys))
        return {key: course(str(key)) for key in keys}

    def scan(self, kind: str, **where: str | int) -> Iterator[Record]:
        """Find nothing: nobody scans."""
        raise AssertionError(kind, where)


def course(name: str) -> AchievementRecord:
    """Return a version of a course."""
    return AchievementRecord(
        achievement=name,
        owner="school",
        achievement_kind=AchievementKind.COURSE,
        nature=None,
        module=None,
        amount_milli=None,
        workload=None,
        level=None,
        skills=(),
        content_group=f"group of {name}",
        scheme=None,
        shelf_life_months=None,
        endorsed_by=(),
        retired=False,
        position=2,
    )


def lot(number: int, achievement: str | None) -> LotSketch:
    """Return what a lot is."""
    return LotSketch(
        award_id=f"award_{number}",
        issuer="school",
        achievement=achievement,
        workload=None,
        level=None,
        learned_to=None,
        assessed_on="2026-01-01",
        position=number,
        recorded_on="2026-01-02",
        revoked=False,
    )


def groups(
    versions: Versions, state: Catalogue, *achievements: str | None
) -> list[str | None]:
    """Return the content groups of lots, as they are told."""
    lots = [lot(*one) for one in enumerate(achievements)]
    return [one.content_group for one in versions.facts(state, lots, members=[SCHOOL])]


def test_each_version_is_read_once_whoever_asks() -> None:
    """All that are new with one question; a lot without an achievement has none."""
    state, versions = Catalogue(), Versions()

    told = ["group of a@1", None, "group of b@1", "group of a@1"]
    assert groups(versions, state, "a@1", None, "b@1", "a@1") == told
    assert groups(versions, state, "b@1", "a@2") == ["group of b@1", "group of a@2"]
    assert groups(versions, state, None) == [None]

    assert state.asked == [["a@1", "b@1"], ["a@2"]]


def test_what_was_asked_for_longest_ago_is_dropped() -> None:
    """Memory is bounded; what was dropped is read again, and told as before."""
    state, versions = Catalogue(), Versions(versions_max=2)

    for name in ("a@1", "b@1", "a@1", "c@1", "a@1", "b@1"):
        assert groups(versions, state, name) == [f"group of {name}"]
        assert versions.count <= 2

    assert state.asked == [["a@1"], ["b@1"], ["c@1"], ["b@1"]]
    many = [f"x{number}@1" for number in range(5)]
    assert groups(versions, state, *many) == [f"group of {one}" for one in many]
