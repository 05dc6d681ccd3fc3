"""What can my certificate become, and what is missing? As a learner of 17 asks it."""

from collections.abc import Mapping
from typing import Any

import pytest

from api.wording.options import sentences, texts
from ledger.domain.rules.options.lacks import CODES
from ledger.domain.rules.options.option import Option
from ledger.domain.state import EnrolmentRecord
from tests.banks.bank import Step, StoryBank, read_bank
from tests.banks.story import Player
from tests.learner_options import options_of, speaker_for

Facts = dict[str, Any]  # Any: what a lack says.


class Learner(Player):
    """One learner of a bank, who asks after some steps."""

    def __init__(
        self, bank: str, *steps: Step, changed: Mapping[str, Step] | None = None
    ) -> None:
        """Play the steps, after some of the bank's rules were changed."""
        data = read_bank(bank)
        for rule in data["rules"]:
            rule.update((changed or {}).get(rule["code"], {}))
        super().__init__(StoryBank(data))
        self.play(steps)

    def options(self) -> dict[str, Option]:
        """Return what there is, by the code of its rule."""
        found = options_of(self.ledger.state, self.enrolment, on=self.bank.day)
        return {one.rule.rule.partition("/")[2].partition("@")[0]: one for one in found}

    @property
    def enrolment(self) -> EnrolmentRecord:
        """Return the enrolment in the bank's first programme."""
        identity = self.bank.enrolments[self.bank.first_programme()]
        found = self.ledger.state.find(EnrolmentRecord, identity)
        assert found is not None
        return found

    def lacks(self, rule: str) -> list[Facts]:
        """Return what is missing under a rule."""
        return [
            {"code": one.code, **dict(one.facts)} for one in self.options()[rule].lacks
        ]

    def said(self, rule: str, language: str) -> list[str]:
        """Return the sentences about a rule."""
        speaker = speaker_for(self.ledger.state, self.enrolment, language=language)
        return sentences(self.options()[rule], speaker=speaker)


BASIC = "basic"
DESKS = [{"role": "faculty", "member": "college", "due_workdays": 5}]


def award(name: str, of: str, **more: object) -> Step:
    """Return a step that gives a result."""
    return {"award": name, "of": of, **more}


def test_an_x_certificate_goes_where_its_level_leads() -> None:
    """A low one becomes the basic course; for the core it says which level is asked."""
    learner = Learner("x_certificates", award("low", "x-body/LOW", credits="3"))

    assert learner.options()["BASIC"].is_available
    assert learner.lacks("CORE") == [
        {
            "code": "level-outside",
            "award_id": learner.lots["low"],
            "framework": "x",
            "has": "初级",
            "at_least": "中级",
        }
    ]
    (said,) = learner.said("CORE", "en")
    assert said == (
        "x-body/LOW@1 (x-body) has the level 初级; asked for is at least 中级. "
        "Ask x-body how to reach it."
    )
    assert learner.said("BASIC", "zh-CN") == [
        "按“BASIC”可以认定：《x-body/LOW@1》（x-body） 3（原成绩保留）。",
        "可得到：3课程学分（BASIC）。",
        "提交后由系统即时办理。",
    ]


def test_what_counts_already_says_so_and_in_which_case() -> None:
    """The same certificate is not offered for a second time."""
    learner = Learner(
        "x_certificates",
        award("low", "x-body/LOW", credits="3"),
        {"exchange": "BASIC", "lots": ["low"], "gives": ["3"]},
    )

    (lack,) = learner.lacks("BASIC")
    assert lack["code"] == "root-used"
    assert lack["exchange_id"] == learner.cases["BASIC"]


def test_of_two_certificates_the_higher_is_brought() -> None:
    """The learner need not choose."""
    learner = Learner(
        "x_certificates",
        award("mid", "x-body/MID", credits="6"),
        award("high", "x-body/HIGH", credits="12"),
    )

    (lot,) = learner.options()["CORE"].application.lots
    assert lot.award_id == learner.lots["high"]


def test_every_code_is_said_in_both_languages() -> None:
    """And each sentence says more than the code."""
    said = texts()["sentences"]
    assert set(said) >= CODES
    for code, each in said.items():
        assert set(each) == {"en", "zh-CN"}, code


COURSE = award("course", "open-college/COURSE", credits="3")


def test_a_shortfall_and_a_closed_window_are_told_together() -> None:
    """All that is missing, not only the first: the sum, and the day it opens again."""
    learner = Learner("college_practice", {**COURSE, "on": "2026-10-01"})

    assert learner.lacks("COURSE-6") == [
        {"code": "outside-window", "opens_on": "2027-02-22"},
        {"code": "source-too-small"},
    ]
    learner.bank.day = "2027-08-01"
    assert learner.lacks("COURSE-6")[0] == {"code": "outside-window"}


def test_what_somebody_must_vouch_for_is_told_apart() -> None:
    """It is open, on the condition; the first desk and its days are named."""
    learner = Learner("college_practice", COURSE)

    assert learner.options()["DESKS"].is_available
    assert learner.said("DESKS", "en")[2:] == [
        "Somebody must vouch for content-match of at least 70: college.",
        "It goes to faculty at college first. Workdays: 5. Desks in all: 2.",
    ]


def test_a_cap_lets_a_part_through_and_says_which_cap() -> None:
    """Of twelve credits eight fit under the programme's cap for basic courses."""
    learner = Learner("college_practice", {**COURSE, "credits": "12"})

    option = learner.options()["BASIC"]
    assert (option.is_available, option.gained_milli) == (True, 8000)
    assert option.capped is not None
    assert (option.capped.code, option.capped.fact("limit")) == ("cap-exceeded", BASIC)
    assert any("4" in one and BASIC in one for one in learner.said("BASIC", "en"))

    none = learner.lacks("CORE")
    assert [one["code"] for one in none] == ["cap-exceeded"]


@pytest.mark.parametrize(
    ("changes", "reason", "told"),
    [
        ({"valid_from": "2026-12-01"}, "not-yet", ("opens_on", "2026-12-01")),
        (
            {"valid_from": "2020-01-01", "valid_until": "2026-08-31"},
            "ended",
            ("last_day", "2026-08-31"),
        ),
        ({"valid_from": "2026-12-01", "dated_by": "cohort"}, "not-yet", ()),
        ({"valid_from": "2026-12-01", "dated_by": "learning_ended"}, "not-yet", ()),
    ],
    ids=["begins", "ended", "by the cohort", "by the learning"],
)
def test_a_rule_that_does_not_apply_today_tells_when(
    changes: Step, reason: str, told: tuple[str, ...]
) -> None:
    """Beside whatever else is missing."""
    learner = Learner("college_practice", COURSE, changed={"COMMON": changes})

    (lack,) = learner.lacks("COMMON")
    assert (lack["code"], lack["reason"]) == ("rule-not-in-force", reason)
    assert not told or lack[told[0]] == told[1]


def test_a_rule_in_suspense_is_told_with_what_is_missing_of_the_lots() -> None:
    """By the lot earned last where the rule is dated by what is brought."""
    asked = {"credits_at_least": "4", "of": {"achievement_kinds": ["course"]}}
    source = {"groups": [{"components": [asked]}]}
    dated = {"source": source, "dated_by": "learning_ended"}
    learner = Learner("college_practice", COURSE, changed={"COMMON": dated})
    paused = {"rule": "college/COMMON@1", "reason_code": "under_review"}
    learner.bank.say("college", "rule.suspended", body=paused)

    suspended, missing = learner.lacks("COMMON")
    assert (suspended["code"], suspended["reason"]) == (
        "rule-not-in-force",
        "suspended",
    )
    assert missing == {
        "code": "credits-missing",
        "component": 0,
        "asked_milli": 4000,
        "has_milli": 3000,
        "more_milli": 1000,
    }


def test_hours_that_are_still_to_be_done_are_counted() -> None:
    """Of forty hours twenty-four are left; weeks are not hours."""
    asked = {
        "of": {"achievement_kinds": ["training"]},
        "workload_at_least": {"value": "40", "unit": "hour"},
    }
    changed = {"HOURS-18": {"source": {"groups": [{"components": [asked]}]}}}
    shift = award("shift", "factory/SHIFT", workload={"value": "16", "unit": "hour"})
    weeks = {"value": "2", "unit": "practice_week"}
    later = award("weeks", "factory/SHIFT", workload=weeks)
    learner = Learner("college_practice", shift, later, changed=changed)

    assert learner.lacks("HOURS-18") == [
        {
            "code": "workload-missing",
            "component": 0,
            "unit": "hour",
            "asked_milli": 40_000,
            "more_milli": 24_000,
        }
    ]


def test_a_missing_course_is_named_beside_the_one_that_is_there() -> None:
    """Where all of a group are asked, and the second is nowhere."""
    both = [
        {"of": {"achievement": f"open-college/{code}"}} for code in ("COURSE", "SPORTS")
    ]
    changed = {"COMMON": {"source": {"groups": [{"components": both}]}}}
    learner = Learner("college_practice", COURSE, changed=changed)

    assert learner.lacks("COMMON") == [{"code": "component-missing", "component": 1}]
    assert learner.said("COMMON", "zh-CN") == [
        "还需要：open-college/SPORTS。可向open-college了解如何取得。"
    ]


def test_a_result_without_a_score_is_asked_for_it() -> None:
    """What was never disclosed cannot be shown; what was is to be shown."""
    asked = {
        "of": {"achievement_kinds": ["course"]},
        "predicates": [{"name": "score", "at_least": "60"}],
    }
    changed = {"COMMON": {"source": {"groups": [{"components": [asked]}]}}}
    plain = Learner("college_practice", COURSE, changed=changed)
    scored = Learner("college_practice", {**COURSE, "score": "80"}, changed=changed)

    (lack,) = plain.lacks("COMMON")
    assert (lack["code"], lack["name"]) == ("value-unknown", "score")
    (shown,) = scored.options()["COMMON"].to_show
    assert (shown.name, shown.at_least) == ("score", "60")
    assert any("score of at least 60" in one for one in scored.said("COMMON", "en"))


def test_what_is_held_used_expired_or_not_passed_says_so() -> None:
    """Each lot for itself, all of them together."""
    consuming = {"effect": "consume", "approval": DESKS, "workdays": "college/terms"}
    failed = award("failed", "open-college/COURSE", credits="0", passed=False)
    gone = award("gone", "open-college/COURSE", credits="3", valid_until="2026-09-10")
    learner = Learner(
        "college_practice",
        *(failed, gone, COURSE),
        {"request": "COMMON", "lots": ["course"]},
        changed={"COMMON": consuming},
    )

    found = {one["code"]: one for one in learner.lacks("COMMON")}
    assert found["lot-held"]["exchange_id"] == learner.cases["COMMON"]
    assert found["lot-expired"]["expired_on"] == "2026-09-10"
    assert found["lot-unusable"]["reason"] == "not-passed"
    learner.play([{"accept": "COMMON", "gives": ["3"]}])
    assert "lot-used" in {one["code"] for one in learner.lacks("COMMON")}


def test_an_older_version_makes_room_for_the_one_that_applies() -> None:
    """And a better level is said to be one even where the lot has none."""
    learner = Learner("college_practice", COURSE)
    assert [one.rule.rule for one in learner.options().values()].count(
        "college/COMMON@1"
    ) == 1
    data = next(one for one in learner.bank.data["rules"] if one["code"] == "COMMON")
    learner.bank.agree(learner.bank.propose({**data, "version": 2}))

    assert learner.options()["COMMON"].rule.rule == "college/COMMON@2"
