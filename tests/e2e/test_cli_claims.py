"""A certificate handed in at a school's window: every command about claims."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.e2e.cli_machine import SCHOOL, Ran, founded
from tests.e2e.test_cli_exchange import COMPANY, Town

OUTSIDE = {
    "code": "X-1",
    "version": 1,
    "title": "焊接技能等级证书",
    "kind": "skill_certificate",
    "credits": "2",
    "awarding_body": {"name": "评价机构", "scheme": "X"},
}
NUMBER = "X-2026-000123"
CERTIFICATE = ("--scheme", "X", "--number", NUMBER)
ATTESTED = (
    *("--credits", "2", "--assessed-on", "2026-06-30"),
    *("--set", "certificate_scheme=X", "--set", f"certificate_number={NUMBER}"),
    *("--set", "verification_method=original_seen"),
    *("--set", "verification_source=原件", "--set", "verified_on=2026-09-02"),
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Found one bank for all; the company offers to attest the certificate."""
    with founded(tmp_path_factory.mktemp("town")) as machine:
        made = Town(machine)
        machine.post(
            made.keys, "achievement.published.v1", body=OUTSIDE, member=COMPANY
        )
        yield made


@pytest.fixture
def sealed(town: Town) -> Path:
    """Seal a guardian's mandate on paper."""
    form = town.machine.folder / "claim-form.txt"
    form.write_text("申报委托书")
    sealed = town.machine.folder / "sealed.json"
    how = ("--by", "guardian", "--notice", "2026-1", "--out", sealed)
    proof = town.run("mandate", "seal", form, *how).strip()
    assert orjson.loads(sealed.read_bytes())["mandate"]["proof"] == proof
    return sealed


def file_claim(town: Town, sealed: Path, *more: str) -> Ran:
    """File a claim with the company."""
    asked = ("--achievement", f"{COMPANY}/X-1@1", "--attester", COMPANY)
    words = ("claim", "file", town.learner, *asked, *CERTIFICATE)
    return town.attempt(*words, "--mandate", sealed, *more)


def award(town: Town, claim: str) -> Ran:
    """Have the company award what was claimed."""
    named = ("--learner", town.learner, "--achievement", "X-1", "--claim", claim)
    reference = ("--reference", "PD-CLAIM-1")
    return town.attempt("award", *named, *reference, *ATTESTED, member=COMPANY)


def claims(town: Town) -> dict[str, Any]:
    """Return the learner's claims by their ids."""
    found = town.show("claim", "list", town.learner)["claims"]
    return {one["claim_id"]: one for one in found}


def test_a_certificate_is_filed_completed_and_awarded(
    town: Town, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the school for the learner, over the company's desk; told in two languages."""
    claim = file_claim(town, sealed).out.strip()
    missing = ("--code", "certificate_illegible", "--missing", "证书不清晰")
    told = town.attempt("claim", "return", claim, *missing, member=COMPANY)
    assert f"sent back to {SCHOOL}, which lacks: a legible certificate" in told.err
    assert claims(town)[claim]["status"] == "returned"
    assert file_claim(town, sealed, "--again", claim).code == 0
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert f"待 {COMPANY} 认证" in town.run("claim", "list", town.learner)

    done = award(town, claim)

    assert done.code == 0, done.err
    found = claims(town)[claim]
    assert (found["status"], found["award_id"]) == ("awarded", done.out.strip())
    assert found["revision"] == 1
    assert award(town, claim).out == done.out
    late = file_claim(town, sealed, "--json")
    assert (late.code, orjson.loads(late.out)["error"]) == (3, "certificate-deposited")
    named = ("--ledger", town.machine.ledger)
    assert "PASS" in town.run("audit", "verify", town.machine.bank, *named)
    assert NUMBER.encode() not in (town.machine.bank / "ledger.db").read_bytes()


def test_claims_are_refused_taken_back_and_proven_by_their_form(
    town: Town, sealed: Path
) -> None:
    """Half a certificate is no certificate; the wrong form proves nothing."""
    other = ("--number", "X-2026-000777")
    first, second = (file_claim(town, sealed, *other).out.strip() for _ in range(2))
    why = ("--reason", "not_verifiable", "--text", "无法核验")
    told = town.attempt("claim", "refuse", first, *why, member=COMPANY)
    assert (told.code, told.err.strip().endswith("refused")) == (0, True)
    withdraw = ("claim", "withdraw", second, "--mandate", sealed)
    town.run(*withdraw)
    again = town.attempt(*withdraw, "--json")
    assert (again.code, orjson.loads(again.out)["error"]) == (3, "claim-state")
    statuses = [claims(town)[one]["status"] for one in (first, second)]
    assert statuses == ["refused", "withdrawn"]
    half = ("claim", "file", town.learner, "--achievement", f"{COMPANY}/X-1@1")
    assert town.attempt(*half, "--scheme", "X", "--mandate", sealed).code == 2

    folder = town.machine.folder
    draft = {
        "type": "claim.withdrawn.v1",
        "body": {"claim_id": second, "reason_code": "other"},
        "mandate": orjson.loads(sealed.read_bytes()),
    }
    signed = folder / "withdrawn.jws"
    town.run("sign", town.file("draft", draft), "--out", signed)
    check = ("mandate", "check", folder / "claim-form.txt", sealed)
    proven = town.attempt(*check, signed)
    assert (proven.code, "guardian, on paper" in proven.err) == (0, True)
    proof = orjson.loads(sealed.read_bytes())["mandate"]["proof"]
    assert town.attempt(*check, proof).code == 0
    assert town.attempt(*check, "A" * 43).code == 1
    wrong = town.attempt("mandate", "check", folder / "form.txt", sealed, signed)
    assert (wrong.code, "not proven" in wrong.err) == (1, True)
    assert town.attempt(*check, folder / "form.txt").code == 3
    assert orjson.loads(sealed.read_bytes())["salt"] not in signed.read_text()


def test_a_provisional_account_is_claimed_by_its_learner(
    town: Town, sealed: Path
) -> None:
    """Until then the award is kept, and nobody uses it."""
    new = ("--achievement", "NEV-101", "--reference", "N-9", "--credits", "3")
    town.run("award", "--student", "20260009", *new)
    filing = ("claim", "file", "20260009", "--achievement", f"{COMPANY}/X-1@1")
    asked = (*filing, "--attester", COMPANY, "--mandate", sealed)
    early = town.attempt(*asked, "--json")
    assert (early.code, orjson.loads(early.out)["error"]) == (3, "account-provisional")
    assert "provisional; " in town.run("balance", "20260009")

    town.run("account", "claim", "20260009", "--mandate", sealed)

    assert town.attempt(*asked).code == 0
    assert "provisional, claimed since; " in town.run("balance", "20260009")
