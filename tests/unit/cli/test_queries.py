"""Questions have answers that are checked, and shown without harm."""

from pathlib import Path

import orjson

from client.proven import ProvenEntry
from ledger.domain.rules.awards import award_id
from tests.bank import LEARNER, SCHOOL, Bank
from tests.unit.cli.conftest import Run
from tests.unit.client.simulator import Face, reply

AWARD = ("award", "--achievement", "WELD-1", "--reference", "R-1", "--credits", "3")
BALANCE = {
    "learner_id": LEARNER,
    "account": {"survivor": LEARNER, "home": SCHOOL, "mode": "self", "closed": False},
    "position": 4,
    "earned": "3",
    "issued": [
        {
            "member": "evil\x1b[31m",
            "achievements": 1,
            "awarded": "3",
            "available": "3",
            "held": "0",
            "exchanged": "0",
            "redeemed": "0",
            "expired": "0",
            "revoked": "0",
            "contested": "0",
        }
    ],
}


def test_a_balance_is_shown(machine: Path, face: Face, run: Run) -> None:
    """As a table, as JSON, and never with signs that a terminal obeys."""
    face.answers[f"/v1/learners/{LEARNER}/balance"] = reply(BALANCE)

    table, data = run("balance", LEARNER), run("balance", LEARNER, "--json")

    assert "available" in table.out
    assert "\x1b" not in table.out
    assert orjson.loads(data.out)["earned"] == "3"
    assert machine.exists()


def test_a_trail_is_shown_by_student_number(
    machine: Path, face: Face, run: Run
) -> None:
    """The pseudonym is looked up in the member's own list."""
    run(*AWARD, "--student", "2026001")
    lines = (machine / "keys" / f"{SCHOOL}.learners.jsonl").read_bytes().splitlines()
    learner = orjson.loads(lines[0])["learner_id"]
    event = {
        "position": 4,
        "recorded_at": "2026-11-23T08:00:00.000Z",
        "type": "credit.awarded.v1",
        "issuer": SCHOOL,
        "statement_id": "x",
        "signed_by": "y",
        "credits": "3",
    }
    face.answers[f"/v1/learners/{learner}/trail"] = reply({"events": [event]})

    table, data = run("trail", "2026001"), run("trail", "2026001", "--json")
    unknown = run("trail", "2026002")

    assert "credits awarded" in table.out
    assert orjson.loads(data.out)["events"][0]["position"] == 4
    assert (unknown.code, unknown.out) == (3, "")


def test_awards_are_listed_with_their_ids(machine: Path, face: Face, run: Run) -> None:
    """An id is never folded, and what was taken back is seen."""
    one, two = (
        award_id(member_id=SCHOOL, reference_tag=c * 43, revision=0) for c in "AB"
    )
    plain = {**history(one, 4), "title": "焊接", "available": "3"}
    partly = {**history(two, 5), "available": "1.5", "status": "partly_revoked"}
    listed = [
        plain,
        {**partly, "assessed_on": "2026-06-30"},
        {**plain, "contested": True},
    ]
    face.answers[f"/v1/learners/{LEARNER}/awards"] = reply({"awards": listed})

    shown, data = run("awards", LEARNER), run("awards", LEARNER, "--json")
    face.answers[f"/v1/learners/{LEARNER}/awards"] = reply({"awards": []})
    none = run("awards", LEARNER)

    lines = shown.out.splitlines()
    assert lines[0] == f"{one}  3 credits, active"
    assert lines[1].startswith(f"  {SCHOOL}/WELD-1@1 焊接; entry 4")
    assert lines[2] == f"{two}  1.5 of 3 credits, partly revoked"
    assert "on 2026-06-30; entry 5" in lines[3]
    assert lines[4] == f"{one}  3 credits, in doubt"
    assert len(orjson.loads(data.out)["awards"]) == 3
    assert (none.code, none.out, none.err) == (0, "", "No awards.\n")
    assert machine.exists()


def test_an_award_is_proven(machine: Path, bank: Bank, face: Face, run: Run) -> None:
    """The file that is written proves it to anyone who knows the ledger's name."""
    award = run(*AWARD, "--learner", LEARNER).out.strip()
    face.answers[f"/v1/awards/{award}"] = reply(history(award, 4))

    shown = run("prove", award, "--out", machine / "proof.json")
    data = orjson.loads(run("prove", award, "--json").out)

    assert shown.code == 0
    assert "entry 4" in shown.out
    assert data["statement"]["body"]["credits"] == "3"
    proven = ProvenEntry.read((machine / "proof.json").read_bytes())
    proven.verify(ledger=bank.ledger)


def test_the_proof_of_another_entry_proves_no_award(
    machine: Path, face: Face, run: Run
) -> None:
    """A bank that points to another entry is at fault: code 1."""
    run(*AWARD, "--learner", LEARNER)
    other = award_id(member_id=SCHOOL, reference_tag="A" * 43, revision=0)
    for position in (3, 4):
        face.answers[f"/v1/awards/{other}"] = reply(history(other, position))
        assert run("prove", other).code == 1
    assert machine.exists()


def history(award: str, position: int) -> dict[str, object]:
    """Return an award as the bank shows it."""
    amounts = ("available", "held", "exchanged", "redeemed", "expired", "revoked")
    return {
        "award_id": award,
        "learner_id": LEARNER,
        "issuer": SCHOOL,
        "achievement": f"{SCHOOL}/WELD-1@1",
        "basis": "issued",
        "passed": True,
        "awarded": "3",
        **dict.fromkeys(amounts, "0"),
        "status": "active",
        "contested": False,
        "recorded_at": "2026-11-23T08:00:00.000Z",
        "position": position,
        "signed_by": "x",
        "entries": [],
    }
