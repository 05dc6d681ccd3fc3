"""Which of a learner's lots an option brings, and how much of them."""

from typing import Any

from tests.scenario.test_options import COURSE, Learner, award

Offers = list[tuple[str, int, int]]
FORTY: dict[str, Any] = {"value": "40", "unit": "hour"}  # Any: as data says it.


def offered(learner: Learner, rule: str) -> Offers:
    """Return what an open option brings, by the lots' names in the story."""
    option = learner.options()[rule]
    assert option.is_available
    names = {identity: name for name, identity in learner.lots.items()}
    return [
        (names[one.award_id], one.amount_milli, one.component)
        for one in option.application.lots
    ]


def test_for_a_fixed_gain_no_more_is_brought_than_is_asked_for() -> None:
    """The first alternative that is there, two lots where one is too little."""
    course = {"of": {"achievement": "open-college/COURSE"}, "credits_at_least": "4"}
    sports = {"of": {"achievement": "open-college/SPORTS"}}
    groups = [{"components": [sports]}, {"components": [course]}]
    source = {"mode": "any_of", "groups": groups}
    aim = {"programme": "college/NURSING", "code": "BASIC"}
    fixed = {"outcome": "course_credit", "credits": "4", "requirement": aim}
    plain = {"source": source, "targets": [fixed], "conversion": {"method": "fixed"}}
    learner = Learner(
        "college_practice",
        COURSE,
        award("second", "open-college/COURSE", credits="3"),
        award("third", "open-college/COURSE", credits="3"),
        changed={"BASIC": plain},
    )

    assert offered(learner, "BASIC") == [("course", 3000, 1), ("second", 1000, 1)]


def test_a_gain_by_the_hour_brings_all_hours() -> None:
    """As soon as there are enough of them."""
    asked = {"of": {"achievement_kinds": ["training"]}, "workload_at_least": FORTY}
    changed = {"HOURS-18": {"source": {"groups": [{"components": [asked]}]}}}
    long, short = ({"value": hours, "unit": "hour"} for hours in ("36", "18"))
    learner = Learner(
        "college_practice",
        award("long", "factory/SHIFT", workload=long),
        award("short", "factory/SHIFT", workload=short),
        changed=changed,
    )

    assert [name for name, _, _ in offered(learner, "HOURS-18")] == ["long", "short"]
    assert learner.options()["HOURS-18"].gained_milli == 3000


def test_a_cap_that_no_part_fits_under_is_told_and_ends_the_search() -> None:
    """A course is a course however little is brought."""
    none = {"limits": [{"code": "none", "measure": "courses", "at_most": "0"}]}
    twelve = {**COURSE, "credits": "12"}
    learner = Learner("college_practice", twelve, changed={"COMMON": none})

    (lack,) = learner.lacks("COMMON")
    assert (lack["code"], lack["limit"]) == ("cap-exceeded", "none")


def test_what_is_left_of_a_root_is_brought_where_a_part_counts() -> None:
    """The rest of a course after a third of it counted."""
    learner = Learner(
        "college_practice",
        {**COURSE, "credits": "9"},
        {
            "exchange": "ELECTIVE",
            "lots": [{"award": "course", "credits": "3"}],
            "gives": ["3"],
        },
    )

    assert offered(learner, "ELECTIVE") == [("course", 6000, 0)]
    capped = learner.options()["ELECTIVE"].capped
    assert capped is not None
    assert capped.code == "root-used"
    assert capped.fact("exchange_id") == learner.cases["ELECTIVE"]
