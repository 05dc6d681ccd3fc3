"""Graduation and appeals over HTTP: what is missing, what is signed, who decides."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.domain.state import AppealRecord, AssessmentRecord, EnrolmentRecord
from ledger.integrity.disclosures import make_disclosure
from projections.cases.versions import all_records
from tests.bank import LEARNER, SCHOOL
from tests.consortium_cases import CONSUMING, ENROLMENT, RECOGNISING, case, give
from tests.consortium_names import COMMITTEE, OTHER, SECOND, mandate
from tests.e2e.http_bank import HttpBank, check_problem
from tests.e2e.http_cases import (
    about_case,
    apply,
    exchanging,
    path_of,
    send,
    sewing,
)

Json = dict[str, Any]  # Any: plain JSON.
GRADUATION: Final = path_of("graduation")


def number(value: int) -> str:
    """Return an id."""
    return str(uuid.UUID(int=9_000 + value, version=4))


@pytest.fixture
def bank(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve two colleges and a committee on either database."""
    with exchanging(tmp_path, database_url) as served:
        yield served


def asked(bank: HttpBank, language: str = "en", **query: str | int) -> Json:
    """Return what is met and missing."""
    answer = bank.client.get(
        GRADUATION,
        params={"enrolment": ENROLMENT, **query},
        headers={"Accept-Language": language},
    )
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def count(bank: HttpBank, lot: str, *, amount: str, toward: str, number_: int) -> None:
    """Redeem a lot."""
    body = {
        "redemption_id": number(number_),
        "enrolment_id": ENROLMENT,
        "requirement": toward,
        "lots": [{"award_id": lot, "credits": amount}],
    }
    answer = send(bank, "credit.redeemed.v1", body=body)
    assert answer.status_code == 201, answer.text


def sign(bank: HttpBank, value: int) -> int:
    """Sign what is told, and return its position."""
    body = {**asked(bank)["body"], "assessment_id": number(value)}
    answer = send(bank, "graduation.assessed.v1", body=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["position"])


def appeal(**changes: object) -> Json:
    """Return the body of an appeal against the first assessment."""
    body = {
        "appeal_id": number(50),
        "learner_id": LEARNER,
        "against": {"what": "graduation", "id": number(1)},
        "panel": SCHOOL,
        "grounds": "new_evidence",
        "reason": "另有成果",
    }
    return {**body, **changes}


def decided(appeal_id: str, outcome: str, **changes: object) -> Json:
    """Return the body of a decision."""
    named = {"appeal_id": appeal_id, "outcome": outcome, "reason": "已核查"}
    return {**named, "reason_code": "facts_confirmed", **changes}


@pytest.mark.traced
def test_what_is_missing_is_told_signed_and_met_in_the_end(bank: HttpBank) -> None:
    """With the origin of every lot; a past tells what had been signed by then."""
    for place in range(2):
        lot = give(bank, SCHOOL, reference=f"own-{place}")
        count(bank, lot, amount="3", toward="WELDING", number_=10 + place)
    lacking, chinese = asked(bank), asked(bank, "zh-CN")
    first = sign(bank, 1)
    wrong = {**lacking["body"], "assessment_id": number(2), "result": "met"}
    refused = send(bank, "graduation.assessed.v1", body=wrong)
    for place in range(4):
        sewn = sewing(bank, f"sewn-{place}")
        apply(bank, place, rule=RECOGNISING, lots=[(sewn, "2")])
        made = bank.client.get(f"/v1/exchanges/{case(place)}").json()["created"][0]
        count(bank, made, amount="1", toward="FREE", number_=20 + place)
    almost = asked(bank)

    codes = [one["code"] for one in lacking["missing"]]
    assert codes == ["requirement-short", "total-short"]
    assert lacking["missing"][0]["detail"] == "FREE (FREE) still needs 6 credits."
    assert chinese["missing"][0]["detail"] == "FREE（FREE）尚缺 6 学分。"
    (lot, _) = lacking["requirements"][0]["lots"]
    assert (lot["issuer"], lot["achievement"]) == (SCHOOL, f"{SCHOOL}/WELD-1@1")
    check_problem(refused, (409, "assessment-differs"), pointer="/body/result")
    total = {"kind": "total", "bound": "10", "reached": "10", "met": True}
    assert almost["bounds"] == [total]
    assert (almost["result"], almost["last"]["result"]) == ("not_met", "not_met")
    assert almost["last"]["missing"] == ["requirement:FREE", "total"]
    before = asked(bank, as_of_position=first - 1)
    assert (before["last"], "body" in before) == (None, False)
    assert asked(bank, as_of_position=first)["last"]["position"] == first
    bank.check_log()


def test_an_enrolment_of_nobody_or_another_is_not_found(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Neither now nor in a past."""
    with exchanging(tmp_path, sqlite_url) as bank:
        for path, query in (
            (GRADUATION, {"enrolment": number(9)}),
            (GRADUATION, {"enrolment": number(9), "as_of_position": 1}),
            (path_of("graduation", SECOND), {"enrolment": ENROLMENT}),
        ):
            check_problem(bank.get(path, **query), (404, "no-such-enrolment"))


@pytest.mark.traced
def test_an_appeal_goes_to_the_school_and_then_to_the_committee(
    bank: HttpBank,
) -> None:
    """The list tells who decides, and what is due by whom until when."""
    sign(bank, 1)
    filed = send(bank, "appeal.filed.v1", body=appeal())
    verdict = decided(number(50), "upheld")
    foreign = send(bank, "appeal.decided.v1", body=verdict, iss=OTHER)
    send(bank, "appeal.decided.v1", body=verdict)
    more = appeal(appeal_id=number(51), follows=number(50), panel=COMMITTEE)
    send(bank, "appeal.filed.v1", body=more)
    due = {"due_on": "2026-10-01"}
    verdict = decided(number(51), "remitted", **due)
    last = send(bank, "appeal.decided.v1", body=verdict, iss=COMMITTEE)

    assert filed.status_code == 201, filed.text
    check_problem(foreign, (403, "appeal-panel"), pointer="/iss")
    assert last.status_code == 201, last.text
    path, position = path_of("appeals"), last.json()["position"]
    listed: Json = bank.read(path, min_position=position)
    first, second = listed["appeals"]
    then: Json = bank.read(path, as_of_position=position - 1)
    assert (first["status"], first["due"], first["level"]) == ("upheld", None, 1)
    assert (second["status"], second["level"]) == ("remitted", 2)
    assert second["due"] == {"member": SCHOOL, **due}
    assert then["appeals"][1]["waiting_for"] == COMMITTEE
    pages = list(bank.pages(path, "appeals", limit=1))
    assert [len(page) for page in pages] == [1, 1]
    trail: Json = bank.read(path_of("trail"))
    kinds = [one["type"].removesuffix(".v1") for one in trail["events"][-5:]]
    assert kinds == ["graduation.assessed", *["appeal.filed", "appeal.decided"] * 2]
    bank.check_log()


def test_what_is_read_is_what_the_writer_decides_from(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Of appeals against anything; evidence goes to the vault and nowhere else."""
    with exchanging(tmp_path, sqlite_url) as bank:
        own = give(bank, SCHOOL, reference="own")
        count(bank, own, amount="3", toward="WELDING", number_=10)
        apply(bank, 1, rule=CONSUMING, lots=[(sewing(bank, "one"), "2")])
        about_case(bank, "declined", number=1, reason_code="other")
        sign(bank, 1)
        shown = make_disclosure("evidence", "录像", salt="s" * 22)
        subjects = {
            "award": own,
            "redemption": number(10),
            "exchange": case(1),
            "graduation": number(1),
        }
        for place, (what, identity) in enumerate(subjects.items()):
            named = {"against": {"what": what, "id": identity}, "_sd": [shown.digest]}
            body = appeal(appeal_id=number(60 + place), **named)
            statement = bank.statement(
                SCHOOL, "appeal.filed.v1", body=body, mandate=mandate(bank)
            )
            answer = bank.send(bank.sign(statement, disclosures=[shown]))
            assert answer.status_code == 201, answer.text
        last = bank.size() - 1
        raw = bank.store.read_raw(last)
        listed: Json = bank.read(path_of("appeals"), min_position=last)

        assert "录像".encode() not in raw
        ids = {one["against"]["id"] for one in listed["appeals"]}
        assert ids == {*subjects.values()}
        with bank.served.runner.engine.connect() as connection:
            for record in (AppealRecord, AssessmentRecord, EnrolmentRecord):
                kept = list(all_records(connection, record, position=last))
                assert kept == list(bank.store.scan(record.kind))
                assert kept
        bank.check_log()
