"""Nothing that a party signs is left out of what it is shown, in either language."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.cli.demo.agreements import read_agreements
from api.cli.rules.plain import describe
from api.cli.rules.words import WORDS, Speech
from ledger.domain.language import caps, selectors, shapes
from ledger.domain.language.shapes import RuleTerms

PAGE = Path(__file__).parents[3] / "docs" / "spec" / "rules.md"
(EXAMPLE,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
FULL: dict[str, Any] = {  # Any: plain JSON.
    **orjson.loads(EXAMPLE),
    "valid_until": "2030-08-31",
    "open_to_accession": False,
    "remainder": "drop",
    "shortfall_at_most": "2",
}
COMPONENT = ("source", "groups", 0, "components", 0)
CHANGES: tuple[tuple[tuple[str | int, ...], object], ...] = (
    (("recogniser",), "yuping"),
    (("parties",), ["yuqiao", "yuping", "pandong"]),
    (("committee",), "weiyuan"),
    (("open_to_accession",), True),
    (("valid_from",), "2024-09-01"),
    (("valid_until",), "2031-08-31"),
    (("dated_by",), "cohort"),
    (("request_window", "calendar"), "yuqiao/other"),
    (("request_window", "unit"), "year"),
    (("request_window", "first_day"), 2),
    (("request_window", "last_day"), 15),
    ((*COMPONENT, "of", "achievement"), "yuping/OTHER"),
    ((*COMPONENT, "of", "members"), ["yuping"]),
    ((*COMPONENT, "of", "member_kinds"), ["school"]),
    ((*COMPONENT, "of", "achievement_kinds"), ["course"]),
    ((*COMPONENT, "of", "schemes"), ["X证书"]),
    ((*COMPONENT, "of", "content_groups"), ["welding"]),
    ((*COMPONENT, "of", "level", "framework"), "x-level"),
    ((*COMPONENT, "of", "level", "at_least"), "3"),
    ((*COMPONENT, "of", "level", "at_most"), "1"),
    ((*COMPONENT, "of", "skills"), ["焊接"]),
    ((*COMPONENT, "of", "excluded_natures"), ["elective"]),
    ((*COMPONENT, "of", "excluded_modules"), ["common"]),
    ((*COMPONENT, "of", "excluded_content_groups"), ["politics"]),
    ((*COMPONENT, "predicates", 0, "name"), "attendance"),
    ((*COMPONENT, "predicates", 0, "at_least"), "71"),
    ((*COMPONENT, "predicates", 0, "scale"), "5"),
    ((*COMPONENT, "credits_at_least"), "1"),
    ((*COMPONENT, "workload_at_least"), {"value": "16", "unit": "hour"}),
    ((*COMPONENT, "lots_at_most"), 3),
    ((*COMPONENT, "age", "months"), 61),
    ((*COMPONENT, "age", "since"), "recorded"),
    ((*COMPONENT, "age", "at"), "enrolled"),
    (("targets", 0, "outcome"), "exam_waived"),
    (("targets", 0, "requirement", "programme"), "yuqiao/OTHER"),
    (("targets", 0, "requirement", "code"), "CORE"),
    (("targets", 0, "credits"), "3"),
    (("targets", 0, "credits_at_most"), "3"),
    (("targets", 0, "grade_policy"), "keep"),
    (("targets", 0, "grade"), "A"),
    (("targets", 0, "grade_table"), [{"from_at_least": "90", "grade": "A"}]),
    (("targets", 0, "counts_in_gpa"), True),
    (("targets", 0, "supplement"), {"tasks": "report", "due_days": 9}),
    (("effect",), "consume"),
    (("once_per",), "member"),
    (("remainder",), "elective"),
    (("supersede",), "replace"),
    (("shortfall_at_most",), "1"),
    (("attestations", 0, "code"), "hours"),
    (("attestations", 0, "at_least"), "71"),
    (("limits", 0, "code"), "other"),
    (("limits", 0, "measure"), "courses"),
    (("limits", 0, "at_most"), "5"),
    (("limits", 0, "over", "achievement_kinds"), ["course"]),
    (("limits", 0, "over", "root_members"), ["yuping"]),
    (("limits", 0, "within"), "learner"),
    (("limits", 0, "each"), "root"),
    (("limits", 0, "only_if"), {"root_members": ["yuping"]}),
    (
        ("limits", 0, "period"),
        {"calendar": "yuqiao/other", "unit": "year", "by": "requested"},
    ),
    (("workdays",), "yuqiao/other"),
    (("approval", 0, "role"), "teacher"),
    (("approval", 0, "member"), "yuping"),
    (("approval", 0, "due_workdays"), 4),
)


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return the full rule with one value changed."""
    made = copy.deepcopy(FULL)
    holder: Any = made  # Any: plain JSON.
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return made


def told(rule: object, language: str) -> list[str]:
    """Return what is told of a rule."""
    return describe(RuleTerms.model_validate_json(orjson.dumps(rule)), language)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("path", "value"), CHANGES, ids=["/".join(map(str, path)) for path, _ in CHANGES]
)
def test_whatever_is_changed_is_seen(
    path: tuple[str | int, ...], value: object, language: str
) -> None:
    """Another value makes another text."""
    assert told(changed(path, value), language) != told(FULL, language)


def test_a_period_is_told_in_full() -> None:
    """Calendar, unit, and which date puts an exchange into it."""
    path = ("limits", 0, "period")
    period = {"calendar": "yuqiao/other", "unit": "year", "by": "requested"}
    texts = {
        tuple(told(changed(path, {**period, name: value}), "zh-CN"))
        for name, value in (
            ("unit", "year"),
            ("unit", "term"),
            ("calendar", "yuqiao/third"),
            ("by", "assessed"),
        )
    }

    assert len(texts) == 4


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_way_to_convert_is_told_apart(language: str) -> None:
    """By ratio and by workload, with step, rounding and where it is rounded."""
    ratio = {"numerator": 1, "denominator": 2}
    hours = [{"value": "16", "unit": "hour"}, {"value": "1", "unit": "practice_week"}]
    by_ratio = {"method": "ratio", "ratio": ratio}
    ways = [
        by_ratio,
        {"method": "ratio", "ratio": {**ratio, "denominator": 3}},
        {**by_ratio, "step": "0.5"},
        {**by_ratio, "rounding": "half_up"},
        {**by_ratio, "round_at": "lot"},
        {**by_ratio, "round_at": "programme"},
        {"method": "workload", "per_credit": hours},
        {"method": "workload", "per_credit": hours[:1]},
    ]
    texts = set()
    for way in ways:
        rule = {**FULL, "conversion": way}
        target = {**FULL["targets"][0]}
        del target["credits"]
        texts.add(tuple(told({**rule, "targets": [target]}, language)))

    assert len(texts) == len(ways)


def test_groups_and_automatic_decisions_are_told() -> None:
    """All or any of several groups, and that no desk decides."""
    group = FULL["source"]["groups"][0]
    pair = {**group, "components": group["components"] * 2}
    rule = {**FULL, "source": {"mode": "any_of", "groups": [pair, group]}}
    rule |= {"approval": [], "committee": None}
    lines = told(rule, "zh-CN")

    assert "学习者须提供（任选其一）：" in lines
    assert "  任选其一：" in lines
    assert sum(line.startswith("  [") for line in lines) == 3
    assert lines[-1] == "审批：自动，符合条件即时认定"


def test_no_word_of_the_language_is_missing() -> None:
    """Each choice that is signed has its Chinese and its English."""
    choices = [
        *shapes.Outcome,
        *shapes.Effect,
        *shapes.OncePer,
        *shapes.Remainder,
        *shapes.Supersede,
        *shapes.Rounding,
        *shapes.RoundAt,
        *shapes.DatedBy,
        *selectors.Mode,
        *selectors.DateOf,
        *selectors.AgeAt,
        *caps.Measure,
        *caps.ShareOf,
        *caps.Within,
        *caps.PeriodUnit,
        *caps.Each,
    ]

    assert [one for one in choices if one.value not in WORDS] == []


def test_the_samples_rules_are_told_in_two_languages() -> None:
    """With Chinese and without it."""
    for one in read_agreements()["rules"]:
        terms = {"valid_from": "2023-09-01", **one}
        del terms["code"]

        assert all(map(_has_chinese, _own_words(told(terms, "zh-CN"))))
        assert told(terms, "en")[0] == f"Title: {one['title_en']}"


def _own_words(lines: list[str]) -> Iterator[str]:
    return (line for line in lines if not line.startswith("  "))


def _has_chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def test_an_unknown_word_is_told_as_it_is() -> None:
    """What a newer bank says is not hidden."""
    assert Speech("zh").word("brand_new") == "brand_new"
