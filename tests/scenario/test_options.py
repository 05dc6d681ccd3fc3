"""What can my certificate become, and what is missing? As a learner of 17 asks it."""

from typing import Any

import pytest

from api.wording.options import Speaker, sentences, texts
from ledger.domain.rules.options.finding import Option
from ledger.domain.rules.options.lacks import CODES
from ledger.domain.state import EnrolmentRecord, MemberRecord, ProgrammeRecord
from projections.options.queries import Names
from tests.banks.bank import Step, StoryBank, read_bank
from tests.banks.story import Player
from tests.learner_options import lots_of, options_of

Facts = dict[str, Any]  # Any: what a lack says.


class Learner(Player):
    """One learner of a bank, who asks after some steps."""

    def __init__(self, bank: str, *steps: Step, **changes: object) -> None:
        """Play the steps; ``changes`` are made to the bank's first rule."""
        data = read_bank(bank)
        for rule in data["rules"][:1]:
            rule.update(changes)
        super().__init__(StoryBank(data))
        self.play(steps)

    def options(self, into: str | None = None) -> dict[str, Option]:
        """Return what there is, by the code of its rule."""
        identity = self.bank.enrolments[into or self.bank.first_programme()]
        enrolment = self.ledger.state.find(EnrolmentRecord, identity)
        assert enrolment is not None
        found = options_of(self.ledger.state, enrolment, on=self.bank.day)
        return {one.rule.rule.partition("/")[2].partition("@")[0]: one for one in found}

    def lacks(self, rule: str, into: str | None = None) -> list[Facts]:
        """Return what is missing under a rule."""
        return [
            {"code": one.code, **dict(one.facts)}
            for one in self.options(into)[rule].lacks
        ]

    def said(self, rule: str, language: str) -> list[str]:
        """Return the sentences about a rule."""
        state = self.ledger.state
        option = self.options()[rule]
        enrolment = state.find(EnrolmentRecord, option.application.enrolment_id)
        assert enrolment is not None
        programme = state.find(ProgrammeRecord, enrolment.programme)
        assert programme is not None
        members = [one for one in state.known.values() if isinstance(one, MemberRecord)]
        names = Names(
            achievements={},
            members={one.member_id: one for one in members},
            programme=programme,
            lots={lot.award_id: lot for lot in lots_of(state)},
        )
        return sentences(option, speaker=Speaker(language=language, names=names))


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
    assert learner.said("CORE", "en") == [
        "x-body/LOW@1 (x-body) has the level 初级; asked for is at least 中级. "
        "Ask x-body how to reach it."
    ]
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
    assert CODES <= set(said)
    for code, each in said.items():
        assert set(each) == {"en", "zh-CN"}, code


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_no_sentence_leaves_a_gap(language: str) -> None:
    """Whatever a bank's learner lacks, nothing is said with a question mark in it."""
    learner = Learner(
        "college_practice",
        award("old", "west-college/WELD", credits="1", learned_to="2010-01-01"),
    )
    for rule in learner.options():
        assert all("?" not in one for one in learner.said(rule, language))
