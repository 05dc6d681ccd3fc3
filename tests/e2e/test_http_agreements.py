"""The register of agreements over HTTP: as it is, and as it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bank import OPERATOR, SCHOOL
from tests.consortium_cases import (
    CONSUMING,
    PROGRAMME,
    RECOGNISING,
    propose,
    publish_policy,
    ratify,
)
from tests.consortium_names import COMMITTEE, OTHER
from tests.e2e.http_bank import HttpBank, check_problem
from tests.e2e.http_cases import exchanging

Json = dict[str, Any]  # Any: plain JSON.


@pytest.fixture
def bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve two colleges."""
    with exchanging(tmp_path, sqlite_url) as served:
        yield served


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve the same on either database."""
    with exchanging(tmp_path, database_url) as served:
        yield served


def names(bank: HttpBank, **query: str | int) -> list[str]:
    """Return the names of the rules that are found."""
    rules: Json = bank.read("/v1/rules", **query)
    return [one["rule"] for one in rules["rules"]]


def test_rules_are_found_by_what_they_take_and_give(bank: HttpBank) -> None:
    """By member or by programme; each says all that its parties signed."""
    last = bank.size() - 1
    both = [CONSUMING, RECOGNISING]

    assert names(bank, min_position=last) == both
    assert names(bank, source=OTHER) == both
    assert names(bank, source=SCHOOL) == []
    assert names(bank, target=SCHOOL) == both
    assert names(bank, target=PROGRAMME.partition("@")[0], source=OTHER) == both
    assert names(bank, target=OTHER) == []
    assert names(bank, status="proposed") == []
    assert names(bank, in_force="true") == both
    assert names(bank, effective_on="2025-12-31", in_force="true") == []
    pages = bank.pages("/v1/rules", "rules", limit=1)
    assert [[one["rule"] for one in page] for page in pages] == [[one] for one in both]
    rule: Json = bank.read(f"/v1/rules/{CONSUMING}")
    assert rule["terms"]["approval"] == [
        {"role": "dean", "member": SCHOOL, "due_workdays": 2}
    ]


def test_where_a_rule_stood_is_known_for_every_position(either: HttpBank) -> None:
    """Proposed, agreed, suspended, resumed, retired; another one rejected."""
    bank = either
    name = propose(bank, "LATER")
    proposed = bank.size() - 1
    ratify(bank, name)
    why = {"rule": name, "reason_code": "under_review"}
    bank.post(OTHER, "rule.suspended.v1", body=why)
    bank.post(OTHER, "rule.resumed.v1", body=why)
    ended = {**why, "reason_code": "replaced", "last_day": "2026-09-30"}
    last = bank.post(SCHOOL, "rule.retired.v1", body=ended).receipt.position  # type: ignore[union-attr]  # a single

    path = f"/v1/rules/{name}"
    states: list[Json] = [
        bank.read(path, as_of_position=position)
        for position in range(proposed, last + 1)
    ]
    words = ["proposed", "agreed", "suspended", "agreed", "retired"]
    assert [one["status"] for one in states] == words
    assert [len(one["history"]) for one in states] == [1, 2, 3, 4, 5]
    assert [one["in_force"] for one in states] == [False, True, False, True, True]
    assert states[0]["waiting_for"] == [OTHER]
    late: Json = bank.read(path, effective_on="2026-10-01")
    assert (late["status"], late["in_force"]) == ("retired", False)
    early = bank.get(path, as_of_position=proposed - 1)
    check_problem(early, (404, "no-such-rule"), pointer="/path/name")

    never = propose(bank, "NEVER")
    refused = {"rule": never, "reason_code": "terms_not_agreed"}
    end = bank.post(OTHER, "rule.rejected.v1", body=refused).receipt.position  # type: ignore[union-attr]  # a single
    gone: Json = bank.read(f"/v1/rules/{never}", min_position=end)
    assert (gone["status"], gone["rejected_by"]) == ("rejected", OTHER)


def test_programmes_and_policies_are_public(bank: HttpBank) -> None:
    """A policy is in force once its committee has endorsed it, from its first day."""
    publish_policy(bank)
    end = bank.size() - 1

    now: Json = bank.read("/v1/policies", min_position=end)
    before: Json = bank.read("/v1/policies", as_of_position=end - 1)
    early: Json = bank.read("/v1/policies", effective_on="2025-12-31")
    programmes: Json = bank.read("/v1/programmes", member=SCHOOL)
    none: Json = bank.read("/v1/programmes", member=OTHER)

    states = [(one["policies"][0]["in_force"]) for one in (now, before, early)]
    assert states == [True, False, False]
    (policy,) = now["policies"]
    assert policy["policy"] == f"{OPERATOR}/HALF@1"
    assert policy["committee"] == COMMITTEE
    (programme,) = programmes["programmes"]
    assert (programme["programme"], programme["credits"]) == (PROGRAMME, "10")
    codes = [one["code"] for one in programme["requirements"]]
    assert codes == ["WELDING", "FREE"]
    assert none["programmes"] == []
