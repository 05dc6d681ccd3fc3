"""How a refusal looks from outside: a clear error, nothing stored, nothing lost."""

from collections.abc import Callable
from typing import NamedTuple

from tests.bank import LEARNER
from tests.e2e.http_bank import SINGLE, HttpBank, check_problem


class Sent(NamedTuple):
    """What a caller sends."""

    raw: bytes
    media_type: str = SINGLE


Make = Callable[[HttpBank], Sent]
"""Writes what comes before, and returns what is then refused."""


class Refused(NamedTuple):
    """One case: what is sent, and how it is answered."""

    name: str
    make: Make
    status: int
    code: str
    pointer: str = ""


def check_refused(bank: HttpBank, case: Refused) -> dict[str, object]:
    """Send it in both languages; the log stays as it was, and goes on after it."""
    sent = case.make(bank)
    before, kept = list(bank.raw_entries()), bank.served.vault.read(LEARNER)

    english = bank.send(sent.raw, sent.media_type, Accept_Language="en")
    chinese = bank.send(sent.raw, sent.media_type, Accept_Language="zh-CN")

    problem = check_problem(english, (case.status, case.code))
    said = check_problem(chinese, (case.status, case.code))
    assert problem["detail"] != said["detail"]
    assert str(problem["detail"]).isascii()
    assert any("一" <= letter <= "鿿" for letter in str(said["detail"]))
    errors, words = problem["errors"], said["errors"]
    assert isinstance(errors, list)
    assert isinstance(words, list)
    assert errors
    for one, word in zip(errors, words, strict=True):
        assert (one["code"], one["pointer"]) == (word["code"], word["pointer"])
        assert one["detail"] != word["detail"]
    assert errors[0]["pointer"].endswith(case.pointer), errors
    assert list(bank.raw_entries()) == before
    assert bank.served.vault.read(LEARNER) == kept
    bank.check_log()
    return problem
