"""Claims over HTTP: filed, sent back, awarded, and seen as they were."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from ledger.integrity.disclosures import make_disclosure
from tests.bank import SCHOOL, achievement, award
from tests.consortium_names import OTHER, THIRD, award_of, mandate
from tests.e2e.http_bank import HttpBank, check_problem, serving
from tests.e2e.http_cases import path_of
from tests.scenario.agreements import number

Json = dict[str, Any]  # Any: plain JSON.
OUTSIDE = f"{OTHER}/X-1@1"
CLAIMS = tuple(number(90 + place) for place in range(3))
CERTIFICATE = {"scheme": "X证书", "number": "X-2026-0001"}
SHOWN = tuple(
    make_disclosure("certificate", CERTIFICATE, salt=sign * 22) for sign in "abc"
)


@contextmanager
def attesting(folder: Path, url: str) -> Iterator[HttpBank]:
    """Serve a school, and a college that attests outside certificates."""
    with serving(folder, url) as served:
        served.admit(OTHER, kind="school")
        body = achievement(
            code="X-1",
            kind="skill_certificate",
            awarding_body={"name": "外部机构", "scheme": "X证书"},
        )
        served.post(OTHER, "achievement.published.v1", body=body)
        opened = {"learner_id": THIRD, "mode": "provisional"}
        served.post(SCHOOL, "account.opened.v1", body=opened)
        yield served


@pytest.fixture
def bank(tmp_path: Path, database_url: str) -> Iterator[HttpBank]:
    """Serve both on either database."""
    with attesting(tmp_path, database_url) as served:
        yield served


@pytest.fixture
def sqlite_bank(tmp_path: Path, sqlite_url: str) -> Iterator[HttpBank]:
    """Serve the same on SQLite."""
    with attesting(tmp_path, sqlite_url) as served:
        yield served


def claim_account(bank: HttpBank) -> None:
    """Have the learner take the account over."""
    body = {"learner_id": THIRD}
    bank.post(SCHOOL, "account.claimed.v1", body=body, mandate=mandate(bank))


def file_bytes(bank: HttpBank, place: int = 0, **changes: object) -> bytes:
    """Return a signed claim that discloses the certificate."""
    body = {
        "claim_id": CLAIMS[place],
        "learner_id": THIRD,
        "attester": OTHER,
        "achievement": OUTSIDE,
        "_sd": [SHOWN[place].digest],
        **changes,
    }
    said = bank.statement(SCHOOL, "claim.filed.v1", body=body, mandate=mandate(bank))
    return bank.sign(said, disclosures=[SHOWN[place]])


def send_back(bank: HttpBank) -> Response:
    """Have the attester name what is missing."""
    body = {
        "claim_id": CLAIMS[0],
        "revision": 0,
        "missing_codes": ["certificate_illegible"],
        "missing": "证书扫描件不清晰",
    }
    return bank.send_statement(OTHER, "claim.returned.v1", body=body)


def award_bytes(bank: HttpBank, place: int = 0) -> bytes:
    """Return the signed award that ends a claim."""
    body = award(
        f"attested-{place}",
        learner_id=THIRD,
        achievement=OUTSIDE,
        basis="attested",
        claim=CLAIMS[place],
        verification={
            "method": "original_seen",
            "source": "原件",
            "verified_on": "2026-08-01",
        },
        _sd=[SHOWN[place].digest],
    )
    said = bank.statement(OTHER, "credit.awarded.v1", body=body)
    return bank.sign(said, disclosures=[SHOWN[place]])


@pytest.mark.traced
def test_a_claim_is_seen_from_its_filing_to_its_award(bank: HttpBank) -> None:
    """Before the learner is known nobody files; the past is told as it was."""
    early = bank.send(file_bytes(bank))
    check_problem(early, (409, "account-provisional"), pointer="/body/learner_id")
    claim_account(bank)
    filed = bank.send(file_bytes(bank))
    assert filed.status_code == 201, filed.text
    first = filed.json()["position"]
    assert send_back(bank).is_success
    again = bank.send(file_bytes(bank, revision=1))
    assert again.is_success, again.text
    position = bank.send(award_bytes(bank)).json()["position"]

    listed: Json = bank.read(path_of("claims", THIRD), min_position=position)
    (done,) = listed["claims"]
    one: Json = bank.read(f"/v1/claims/{CLAIMS[0]}")
    returned: Json = bank.read(f"/v1/claims/{CLAIMS[0]}", as_of_position=first + 1)
    none: Json = bank.read(path_of("claims", THIRD), as_of_position=first - 1)

    assert (done["status"], done["revision"]) == ("awarded", 1)
    assert done["award_id"] == award_of("attested-0", member=OTHER)
    assert done["desk"] is None
    assert "tags" not in done
    assert [each["type"] for each in one["entries"]] == [
        "claim.filed.v1",
        "claim.returned.v1",
        "claim.filed.v1",
        "credit.awarded.v1",
    ]
    assert returned["missing_codes"] == ["certificate_illegible"]
    assert returned["desk"] == {"member": SCHOOL, "due_on": None}
    assert none["claims"] == []
    trail: Json = bank.read(path_of("trail", THIRD))
    events = [each for each in trail["events"] if each["type"].startswith("claim.")]
    assert {each["claim_id"] for each in events} == {CLAIMS[0]}
    assert "不清晰" not in str(trail)
    balance: Json = bank.read(path_of("balance", THIRD))
    account = balance["account"]
    assert (account["mode"], account["claimed"]) == ("provisional", True)
    bank.check_log()


def test_a_certificate_is_deposited_once_and_nobody_is_told_whose(
    sqlite_bank: HttpBank,
) -> None:
    """Two claims may be open; the second award and a third claim are refused."""
    bank = sqlite_bank
    claim_account(bank)
    for place in (0, 1):
        assert bank.send(file_bytes(bank, place)).status_code == 201
    assert bank.send(award_bytes(bank)).status_code == 201

    second = bank.send(award_bytes(bank, 1))
    third = bank.send(file_bytes(bank, 2))

    for refused in (second, third):
        problem = check_problem(refused, (409, "certificate-deposited"))
        assert THIRD not in str(problem)
        assert OTHER not in str(problem["errors"])
    pages = list(bank.pages(path_of("claims", THIRD), "claims", limit=1))
    assert [page[0]["status"] for page in pages] == ["awarded", "filed"]
    bank.check_log()


def test_what_is_asked_of_no_claim_is_not_found(sqlite_bank: HttpBank) -> None:
    """Nor of no learner; whoever is not asked to attest is refused."""
    bank = sqlite_bank
    nothing = bank.get(f"/v1/claims/{CLAIMS[0]}")
    nobody = bank.get(path_of("claims", "learner_" + "e" * 32))
    check_problem(nothing, (404, "no-such-claim"), pointer="/path/claim_id")
    check_problem(nobody, (404, "no-such-learner"), pointer="/path/learner_id")
    claim_account(bank)
    bank.send(file_bytes(bank))
    why = {"claim_id": CLAIMS[0], "revision": 0, "reason_code": "other"}

    foreign = bank.send_statement(SCHOOL, "claim.refused.v1", body=why)
    unasked = bank.send_statement(
        OTHER,
        "claim.withdrawn.v1",
        body={"claim_id": CLAIMS[0], "reason_code": "other"},
    )

    check_problem(foreign, (403, "not-the-attester"), pointer="/iss")
    check_problem(unasked, (422, "mandate-missing"), pointer="/mandate")


def test_a_claim_lies_on_the_attesters_desk_and_on_its_trail(
    sqlite_bank: HttpBank,
) -> None:
    """Then on that of whoever filed it, and at its end on nobody's."""
    bank = sqlite_bank
    claim_account(bank)
    desks, acts = [], (file_bytes(bank), None, file_bytes(bank, revision=1))
    for act in (*acts, award_bytes(bank)):
        said = send_back(bank) if act is None else bank.send(act)
        overview: Json = bank.read("/v1/overview", min_position=said.json()["position"])
        desks.append([(one["member"], one["role"]) for one in overview["desks"]])
    told: Json = bank.read("/v1/audit/trail", member=OTHER, type="claim")

    attester = [(OTHER, "attester")]
    assert desks == [attester, [(SCHOOL, None)], attester, []]
    words = [one["type"] for one in told["events"]]
    assert words == ["claim.filed.v1", "claim.returned.v1", "claim.filed.v1"]
    assert all({SCHOOL, OTHER} <= {*one["about"]["members"]} for one in told["events"])
