"""A proof is made from a bank and checked without one; nothing else passes for one."""

import os
from pathlib import Path

import orjson
import pytest

from client.bank import Bank as Client
from client.proven import ProvenEntry
from ledger.integrity.notes_proof import NoteProof, read_note_proof
from tests.bank import LEARNER, Bank
from tests.tampering.cosigned import POLICY_TEXT, cosignature
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_queries import AWARD, history
from tests.unit.client.simulator import Face, reply


@pytest.fixture
def proof(machine: Path, face: Face, run: Run) -> Path:
    """Write the proof of an award."""
    award = run(*AWARD, "--learner", LEARNER).out.strip()
    face.answers[f"/v1/awards/{award}"] = reply(history(award, 4))
    assert run("prove", award, "--out", machine / "proof.json").code == 0
    return machine / "proof.json"


def changed(proof: Path, name: str, *, value: object) -> Path:
    """Write a proof with one field changed."""
    document = orjson.loads(proof.read_bytes())
    path = proof.with_name("changed.json")
    path.write_bytes(orjson.dumps({**document, name: value}))
    return path


def test_a_proof_is_checked_offline(
    proof: Path, bank: Bank, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the ledger's name alone; no address is asked."""
    monkeypatch.setenv("SKILLBANK_URL", "http://127.0.0.1:1")
    ledger = ("--ledger", bank.ledger)

    shown = run("audit", "proof", proof, *ledger)
    data = run("audit", "proof", proof, *ledger, "--json")

    assert shown.code == 0
    assert "credits    3" in shown.out
    assert "later" in shown.err
    assert orjson.loads(data.out)["verified"] is True


def test_a_proof_that_was_changed_proves_nothing(
    proof: Path, bank: Bank, run: Run
) -> None:
    """Code 1, whichever part was changed."""
    document = orjson.loads(proof.read_bytes())
    zero = "A" * 43
    for name, value in (
        ("position", 3),
        ("path", [zero] * len(document["path"])),
        ("entry", document["founding"]),
        ("founding", document["entry"]),
        ("checkpoint", document["checkpoint"].replace("\n", "\n1", 1)),
    ):
        ran = run(
            "audit", "proof", changed(proof, name, value=value), "--ledger", bank.ledger
        )

        assert (ran.code, ran.out) == (1, ""), name
        assert "does not prove" in ran.err


def test_a_proof_from_another_ledger_is_named(proof: Path, run: Run) -> None:
    """A name that is mistyped looks the same: both are to be compared."""
    ran = run("audit", "proof", proof, "--ledger", "other.example#" + "A" * 43)

    assert ran.code == 1
    assert ProvenEntry.read(proof.read_bytes()).ledger in ran.err


def test_what_cannot_be_checked_has_its_own_codes(
    proof: Path, bank: Bank, run: Run
) -> None:
    """4 without a name, 2 for what is no name, 3 for what is no proof."""
    nameless = run("audit", "proof", proof)
    misspelt = run("audit", "proof", proof, "--ledger", "bank")
    (proof.parent / "text").write_text("{}")
    other = run("audit", "proof", proof.parent / "text", "--ledger", bank.ledger)

    assert (nameless.code, nameless.out.strip()) == (4, bank.ledger)
    assert (misspelt.code, other.code) == (2, 3)


def test_a_proof_of_something_else_is_no_proof_of_an_award(
    proof: Path, bank: Bank, run: Run
) -> None:
    """An account's opening is in the ledger, but nobody learned anything by it."""
    opened = proof.with_name("opened.json")
    with Client(os.environ["SKILLBANK_URL"], ledger=bank.ledger) as client:
        opened.write_text(client.proof(3).model_dump_json())

    ran = run("audit", "proof", opened, "--ledger", bank.ledger)

    assert ran.code == 3
    assert "account.opened.v1" in ran.err


def test_a_proof_is_written_as_text_that_other_tools_read(
    proof: Path, bank: Bank, run: Run
) -> None:
    """It brings its entry along, and is checked like any other."""
    award = orjson.loads(run("audit", "proof", proof, "--json", *pin(bank)).out)
    out = proof.with_name("award.tlog-proof")

    written = run("prove", award["award_id"], "--text", "--out", out)
    shown = run("prove", award["award_id"], "--text")
    checked = run("audit", "proof", out, *pin(bank), "--json")

    assert (written.code, checked.code) == (0, 0)
    assert shown.out == out.read_text()
    assert orjson.loads(checked.out) == award
    assert ProvenEntry.read(out.read_bytes()) == ProvenEntry.read(proof.read_bytes())
    bare = NoteProof(index=4, path=(), note=read_note_proof(shown.out).note)
    for text, code in (
        (bare.text(), 3),
        (shown.out.replace("index 4", "index 04"), 3),
        (shown.out.replace("index 4", "index 3"), 1),
    ):
        out.write_text(text)
        assert run("audit", "proof", out, *pin(bank)).code == code


def test_a_proof_tells_which_witnesses_stand_behind_it(
    proof: Path, bank: Bank, face: Face, run: Run
) -> None:
    """Under the reader's own policy, offline too; a forged line is a fault."""
    policy = proof.with_name("policy.toml")
    policy.write_text(POLICY_TEXT)
    own = ("--witness-policy", policy)
    award = orjson.loads(run("audit", "proof", proof, "--json", *pin(bank)).out)
    head = bank.store.read_head()
    assert head is not None
    lines = {name: cosignature(head, name) for name in ("north", "west", "south")}
    out = proof.with_name("award.tlog-proof")

    face.answers["/v1/checkpoints"] = reply({"checkpoints": []})
    early = run("prove", award["award_id"], *own)
    face.answers["/v1/checkpoints"] = reply(
        {"checkpoints": [{"checkpoint": head.note + "".join(lines.values())}]}
    )
    made = run("prove", award["award_id"], "--text", "--out", out, *own)
    checked = run("audit", "proof", out, *pin(bank), *own, "--json")

    assert (early.code, award["witnesses"]["named"]) == (0, [])
    assert "No quorum" in early.err
    assert (made.code, checked.code) == (0, 0), made.err + checked.err
    assert lines["north"] in out.read_text()
    assert orjson.loads(checked.out)["witnesses"] == {
        "named": ["north", "west", "south"],
        "verified": ["north", "south"],
        "quorum": True,
    }
    assert "north, south; quorum" in run("audit", "proof", out, *pin(bank), *own).out
    assert "west, south; not verified" in run("audit", "proof", out, *pin(bank)).out
    for line, code in ((lines["south"], "no-quorum"), (lines["south"], "bank-fault")):
        forged = "" if code == "no-quorum" else line[:-9] + "AAAAAA==\n"
        out.write_text(made_text(out, line, other=forged))
        refused = run("audit", "proof", out, *pin(bank), *own, "--json")
        assert (refused.code, orjson.loads(refused.out)["error"]) == (1, code)


def made_text(file: Path, line: str, *, other: str) -> str:
    """Return a proof with another line in the place of one, or at its end."""
    text = file.read_text()
    return text.replace(line, other) if line in text else text + other


def pin(bank: Bank) -> tuple[str, str]:
    """Return how the ledger's name is said."""
    return ("--ledger", bank.ledger)
