"""Every error has one status, and words for it in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import errors as requests
from api.bank import NotCaughtUpError
from api.problems import problem_of
from api.statuses import STATUS
from api.wording import LANGUAGES, choose_language, say, wordings
from ledger.domain.errors import RejectionError
from ledger.intake import LinesRefusedError
from ledger.integrity.errors import IntegrityError
from ledger.sequencer import (
    BusyError,
    ClockJumpError,
    InternalFaultError,
    NotComparedError,
    UncertainError,
)
from ledger.store.reader import StoreUnavailableError

OTHERS = (
    LinesRefusedError,
    NotCaughtUpError,
    BusyError,
    ClockJumpError,
    InternalFaultError,
    NotComparedError,
    UncertainError,
    StoreUnavailableError,
)
FRAMEWORK = {"missing-field", "unknown-field", "invalid-value"}
ABSTRACT = {RejectionError}
AUDIT = "ledger.audit"
"""Its findings reach an auditor, never a caller."""
AUDITORS = "ledger/audit/*.py"
CALLERS = sorted(
    (kind for kind in STATUS if not kind.__module__.startswith(AUDIT)),
    key=lambda kind: (kind.__module__, kind.__name__),
)
ROOT = Path(__file__).parents[2]


def below(base: type[Exception]) -> Iterator[type[Exception]]:
    """Return a class and all that derive from it."""
    yield base
    for child in base.__subclasses__():
        yield from below(child)


def code_of(kind: type[Exception]) -> str:
    """Return the stable code of a class."""
    return str(getattr(kind, "code", "store-unavailable"))


def field_codes() -> set[str]:
    """Return the codes of single fields, as the source spells them."""
    found: set[str] = set()
    for path in sorted({*ROOT.glob("ledger/**/*.py")} - {*ROOT.glob(AUDITORS)}):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            words = node.keywords if isinstance(node, ast.Call) else []
            named = {word.arg: word.value for word in words}
            code = named.get("code")
            said = named.keys() & {"pointer", "text"}
            if said and isinstance(code, ast.Constant):
                found.add(str(code.value))
    return found


def test_the_table_holds_every_error_and_no_other() -> None:
    """A class that nobody gave a status would be a 500."""
    bases = (RejectionError, IntegrityError, requests.RequestError)
    known = {
        kind
        for base in bases
        for kind in below(base)
        if not kind.__module__.startswith(AUDIT)
    } - ABSTRACT

    assert known | set(OTHERS) == set(CALLERS)


def test_every_code_has_words_in_both_languages_and_no_words_are_idle() -> None:
    """Chinese ones in Chinese, English ones in English."""
    codes = {code_of(kind) for kind in CALLERS} | field_codes() | FRAMEWORK
    chinese = re.compile("[一-鿿]")

    assert {"not-founding", "invalid-credits", "not-disclosable-here"} <= field_codes()
    assert codes == set(wordings())
    for code, words in wordings().items():
        assert set(words) == set(LANGUAGES), code
        assert chinese.search(words["zh-CN"]), code
        assert not chinese.search(words["en"]), code
        assert words["en"].endswith((".", "}")), code


def test_both_languages_tell_the_same_facts() -> None:
    """What stands in braces is filled in either way."""
    for code, words in wordings().items():
        named = [set(re.findall(r"\{(\w+)\}", words[one])) for one in LANGUAGES]
        assert named[0] == named[1], code


@pytest.mark.parametrize("kind", CALLERS)
def test_the_words_of_a_class_are_complete_sentences(kind: type[Exception]) -> None:
    """Even when the error carries no facts, the text is one."""
    for language in LANGUAGES:
        assert say(code_of(kind), language, details={}) != code_of(kind)
        assert "{" not in say(code_of(kind), language, details={})


def test_a_code_nobody_worded_is_shown_as_it_is() -> None:
    """Better than a fault of its own."""
    assert say("brand-new", "en", details={}) == "brand-new"


def test_facts_are_filled_in_and_never_formatted_themselves() -> None:
    """A member's own text cannot reach into the bank's."""
    facts: dict[str, str | int] = {"ledger": "{ledger.__class__}%s"}

    assert "{ledger.__class__}%s" in say("wrong-ledger", "en", details=facts)


def test_a_store_that_is_away_is_told_without_its_words() -> None:
    """What a database says may hold anything."""
    error = StoreUnavailableError("SELECT secret FROM vault")

    status, problem = problem_of(error, language="en")

    assert status == 503
    assert problem["code"] == "store-unavailable"
    assert "secret" not in str(problem)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("ZH-Hans-CN;q=0.5", "zh-CN"),
        ("en-GB, zh", "en"),
        ("zh, en", "zh-CN"),
        ("zh;q=0.5, en;q=0.8", "en"),
        ("en;q=0.5, zh;q=0.8", "zh-CN"),
        ("fr, de;q=0.9", "en"),
        ("fr, zh;q=0.1", "zh-CN"),
        ("zh;q=0", "en"),
        ("en;q=0, *;q=0.5", "zh-CN"),
        ("zh;q=0, *", "en"),
        ("*", "en"),
        ("fr, *;q=0.1", "en"),
        ("zh;q=1.000, en;q=0.999", "zh-CN"),
        ("zh;q=x, en;q=0.1", "en"),
        ("zh ; q=0.9 , en;q=0.8", "zh-CN"),
        ("zh;level=1;q=0.2", "zh-CN"),
        (",;,=;q", "en"),
        ("zh;q=0.٣, en;q=0.2", "en"),
    ],
)
def test_the_language_is_the_one_liked_best(header: str, language: str) -> None:
    """RFC 9110 §12.5.4; whoever says nothing of use is spoken to in English."""
    assert choose_language(header) == language
