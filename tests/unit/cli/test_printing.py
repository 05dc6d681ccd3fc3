"""Every code and action that a document may hold has words in both languages."""

from enum import StrEnum

import pytest

from api.cli.documents.printing import Printing
from api.wording import LANGUAGES
from api.wording import documents as wording
from ledger.domain.language.shapes import Effect, GradePolicy, Outcome
from ledger.domain.measures import AchievementKind, WorkloadUnit
from ledger.domain.rules.provenance import SOURCE_AMENDED, SOURCE_REVOKED
from ledger.domain.state import ExchangeStatus
from ledger.domain.statements.awards import (
    AmendReason,
    Attempt,
    Basis,
    RevokeReason,
    VerificationMethod,
)
from ledger.domain.statements.exchanges import ExchangeReason, ReturnReason
from ledger.domain.statements.programmes import EnrolmentOutcome, StudyMode
from ledger.domain.types import Module, Nature
from projections.progress.cases import CAN_DO

CODES: tuple[type[StrEnum], ...] = (
    *(Effect, GradePolicy, Outcome, AchievementKind, WorkloadUnit, ExchangeStatus),
    *(AmendReason, Attempt, Basis, RevokeReason, VerificationMethod),
    *(ExchangeReason, ReturnReason, EnrolmentOutcome, StudyMode, Module, Nature),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_word(language: str) -> None:
    """A code that nobody gave a word would be printed as it is."""
    codes = {str(code) for kind in CODES for code in kind}
    codes |= {SOURCE_AMENDED, SOURCE_REVOKED, "exchange", "review"}

    assert codes <= wording.words(language).keys()


def test_every_status_of_a_case_has_a_word() -> None:
    """A learner never reads a code."""
    codes = {*map(str, ExchangeStatus), SOURCE_AMENDED, SOURCE_REVOKED}

    told = [wording.word(code, "zh-CN", section="statuses") for code in sorted(codes)]

    assert all(not text.isascii() for text in told)
    assert wording.word("returned", "en", section="statuses").startswith("sent back")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_words(language: str) -> None:
    """What a learner can do is told in words, not in codes."""
    actions = {one for several in CAN_DO.values() for one in several}

    told = {wording.word(one, language, section="actions") for one in actions}

    assert not told & actions


def test_a_code_nobody_knows_is_shown_as_it_is() -> None:
    """An older program goes on working."""
    assert wording.word("brand_new", "en") == "brand_new"
    assert wording.word("janitor", "zh-CN", section="roles") == "janitor"


@pytest.mark.parametrize(
    ("day", "language", "text"),
    [
        ("2026-11-30", "zh-CN", "11月30日"),
        ("2027-01-02", "zh-CN", "2027年1月2日"),
        ("2026-11-30", "en", "30 November"),
        ("2027-01-02", "en", "2 January 2027"),
    ],
)
def test_a_day_has_its_year_only_if_it_is_another(
    day: str, language: str, text: str
) -> None:
    """As people say it."""
    assert wording.day_text(day, language, today="2026-09-01") == text


def test_any_document_is_printed_by_its_labels() -> None:
    """Empty fields are left out, codes have words, free text is never taken for one."""
    content = {
        "status": "accepted",
        "opinion": "accepted",
        "title_en": "Welding",
        "empty": [],
        "step": 0,
        "counts": True,
        "member": {"member_id": "x", "name": "南方学院", "name_en": None},
        "sources": [{"credits": "2"}, "plain"],
        "result": {"credits": "1"},
    }
    labels = {"status": "状态", "credits": "学分", "member": "单位"}
    printing = Printing(labels, {"accepted": "已认定"}, language="zh-CN")

    assert list(printing.lines(content)) == [
        "状态：已认定",
        "opinion：accepted",
        "step：1",
        "counts：是",
        "单位：南方学院",
        "sources：",
        "  1.",
        "    学分：2",
        "  2. plain",
        "result：",
        "  学分：1",
    ]
